"""Settled cases of the ledger: what adding, closing, reopening, returning and voiding move and tell."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import select

from fetlock import Conflict, Invalid, Work
from fetlock.domain.entitlements import ledger, service
from fetlock.domain.entitlements.models import Entitlement, EntitlementEntry, EntitlementState
from fetlock.domain.invoices import closing, lines, payments
from fetlock.domain.invoices.lines import Changed
from fetlock.domain.invoices.models import Invoice, InvoiceLine
from fetlock.outbox.models import OutboxRow
from fetlock.testing import Clinic, SamplePlans


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(),)


class Till:
    """The commands of these tests, on one clinic."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic

    def add(self, quantity: int, product: str = "NAIL") -> Changed:
        wanted = [self.clinic.line(product, quantity)]
        return self.clinic.run(lambda work: lines.add_lines(work, self.clinic.client_id, wanted))

    def add_to(self, invoice_id: int, quantity: int) -> Changed:
        wanted = [self.clinic.line("NAIL", quantity)]
        return self.clinic.run(lambda work: lines.add_lines_to(work, invoice_id, wanted))

    def change(self, line_id: int, quantity: int) -> Changed:
        return self.clinic.run(lambda work: lines.change_line(work, line_id, quantity=Decimal(quantity)))

    def remove(self, line_id: int) -> Changed:
        return self.clinic.run(lambda work: lines.remove_line(work, line_id))

    def give_back(self, line_id: int, quantity: int) -> Changed:
        return self.clinic.run(
            lambda work: lines.return_line(work, line_id, Decimal(quantity), reason="Unused")
        )

    def close(self, invoice_id: int) -> Invoice:
        def settle(work: Work) -> Invoice:
            invoice = work.session.get_one(Invoice, invoice_id)
            if invoice.balance:
                payments.take_payment(work, invoice_id, invoice.balance, "card")
            return closing.close(work, invoice_id)

        return self.clinic.run(settle)

    def reopen(self, invoice_id: int) -> Invoice:
        return self.clinic.run(lambda work: closing.reopen(work, invoice_id, reason="A mistake"))

    def void(self, invoice_id: int) -> Invoice:
        return self.clinic.run(lambda work: closing.void(work, invoice_id, reason="A mistake"))

    def set_state(self, key: int, state: EntitlementState) -> None:
        self.clinic.run(
            lambda work: service.set_state(work.session, work.session.get_one(Entitlement, key), state)
        )

    def available(self, key: int) -> int:
        with self.clinic.reading() as session:
            return int(ledger.balances(session, [session.get_one(Entitlement, key)])[key].available)

    def entries(self) -> list[str]:
        """Every entry as "reserve 2"."""
        with self.clinic.reading() as session:
            found = session.scalars(select(EntitlementEntry).order_by(EntitlementEntry.id))
            return [f"{entry.kind} {entry.quantity.normalize():f}" for entry in found]

    def posted(self) -> list[str]:
        """The quantity of every outbox row, in order."""
        with self.clinic.reading() as session:
            return [
                row.payload["quantity"] for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            ]


@pytest.fixture
def till(clinic: Clinic) -> Till:
    return Till(clinic)


@pytest.mark.req("CP-55", "CP-57", "CP-68")
def test_adding_reserves_at_once_and_posts_nothing(clinic: Clinic, till: Till) -> None:
    key = clinic.entitle("NAIL gold", 3)
    added = till.add(1)
    assert added.invoice.gross == 0
    assert till.available(key) == 2
    assert (till.entries(), till.posted()) == (["reserve 1"], [])


@pytest.mark.req("CP-61", "CP-62", "CP-67", "CPX-2")
def test_a_line_over_two_terms_is_posted_as_two_entries(clinic: Clinic, till: Till) -> None:
    current = clinic.entitle("NAIL gold 1", 1, days=(-300, 60))
    renewed = clinic.entitle("NAIL gold 2", 2, days=(61, 425), usable_from=0, term=2)
    added = till.add(2)
    assert (till.available(current), till.available(renewed)) == (0, 1)
    till.close(added.invoice.id)
    assert till.entries() == ["reserve 1", "reserve 1", "commit 1", "commit 1"]
    assert till.posted() == ["1", "1"]
    with clinic.reading() as session:
        keys = set(session.scalars(select(OutboxRow.key)))
        commits = select(EntitlementEntry.uuid).where(EntitlementEntry.kind == "commit")
        assert keys == set(session.scalars(commits))
    with pytest.raises(Conflict):
        till.close(added.invoice.id)
    assert till.posted() == ["1", "1"]


@pytest.mark.req("CP-70")
@pytest.mark.parametrize(("first", "second", "delta"), [(2, 3, ["1"]), (2, 1, ["-1"]), (2, 2, [])])
def test_closing_again_posts_the_difference_alone(
    clinic: Clinic, till: Till, first: int, second: int, delta: list[str]
) -> None:
    key = clinic.entitle("NAIL gold", 5)
    added = till.add(first)
    till.close(added.invoice.id)
    till.reopen(added.invoice.id)
    till.change(added.line_ids[0], second)
    till.close(added.invoice.id)
    assert till.posted() == [str(first), *delta]
    assert till.available(key) == 5 - second


@pytest.mark.req("CPX-3")
def test_on_a_reopened_invoice_less_frees_nothing_until_it_closes(clinic: Clinic, till: Till) -> None:
    key = clinic.entitle("NAIL gold", 3)
    added = till.add(2)
    till.close(added.invoice.id)
    before = till.entries()
    till.reopen(added.invoice.id)
    assert till.entries() == before
    till.change(added.line_ids[0], 1)
    assert till.available(key) == 1
    till.change(added.line_ids[0], 3)
    assert till.available(key) == 0
    till.change(added.line_ids[0], 1)
    assert till.available(key) == 0
    till.close(added.invoice.id)
    assert till.available(key) == 2


@pytest.mark.req("CPX-3")
def test_a_line_may_take_the_place_of_another_on_a_reopened_invoice(clinic: Clinic, till: Till) -> None:
    """Its unit stays the invoice's own: the new line is covered, and nothing more is used meanwhile."""
    key = clinic.entitle("NAIL gold", 1)
    added = till.add(1)
    till.close(added.invoice.id)
    till.reopen(added.invoice.id)
    till.remove(added.line_ids[0])
    again = till.add_to(added.invoice.id, 1)
    assert again.invoice.gross == till.available(key) == 0
    till.close(added.invoice.id)
    assert till.available(key) == 0
    assert sorted(till.posted()) == ["-1", "1", "1"]


@pytest.mark.req("CP-64", "CP-69")
def test_a_return_goes_back_to_the_term_it_came_from(clinic: Clinic, till: Till) -> None:
    current = clinic.entitle("NAIL gold 1", 1, days=(-300, 60))
    renewed = clinic.entitle("NAIL gold 2", 2, days=(61, 425), usable_from=0, term=2)
    added = till.add(3)
    till.close(added.invoice.id)
    back = till.give_back(added.line_ids[0], 2)
    assert (till.available(current), till.available(renewed)) == (0, 2)
    till.close(back.invoice.id)
    assert (till.available(current), till.available(renewed)) == (0, 2)
    assert till.posted() == ["1", "2", "-2"]


@pytest.mark.req("CP-65")
@pytest.mark.parametrize("ends_before", ["the return", "its close"])
def test_when_the_plan_has_ended_a_return_restores_nothing(
    clinic: Clinic, till: Till, ends_before: str
) -> None:
    key = clinic.entitle("NAIL gold", 3)
    added = till.add(2)
    till.close(added.invoice.id)
    if ends_before == "the return":
        till.set_state(key, EntitlementState.ENDED)
    back = till.give_back(added.line_ids[0], 1)
    assert till.available(key) == (1 if ends_before == "the return" else 2)
    till.set_state(key, EntitlementState.ENDED)
    till.close(back.invoice.id)
    assert till.available(key) == 1
    assert till.entries()[-1] == "reverse 1"
    assert till.posted() == ["2"]
    till.void(back.invoice.id)
    assert till.available(key) == 1
    assert till.posted() == ["2"]


@pytest.mark.req("CPX-3")
def test_voiding_a_return_takes_back_what_it_restored(clinic: Clinic, till: Till) -> None:
    key = clinic.entitle("NAIL gold", 2)
    added = till.add(1)
    till.close(added.invoice.id)
    back = till.give_back(added.line_ids[0], 1)
    till.close(back.invoice.id)
    assert till.available(key) == 2
    till.void(back.invoice.id)
    assert till.available(key) == 1
    assert till.posted() == ["1", "-1", "1"]


@pytest.mark.req("CPX-3")
def test_a_return_is_not_taken_off_once_its_unit_is_used_again(clinic: Clinic, till: Till) -> None:
    key = clinic.entitle("NAIL gold", 1)
    added = till.add(1)
    till.close(added.invoice.id)
    back = till.give_back(added.line_ids[0], 1)
    again = clinic.run(
        lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("NAIL")]), site="south"
    )
    assert again.invoice.gross == 0
    with pytest.raises(Conflict, match="used again"):
        till.remove(back.line_ids[0])
    assert till.available(key) == 0


@pytest.mark.req("CPX-3")
def test_a_line_that_used_what_came_back_is_charged_when_the_return_goes(clinic: Clinic, till: Till) -> None:
    key = clinic.entitle("NAIL gold", 1)
    added = till.add(1)
    till.close(added.invoice.id)
    back = till.give_back(added.line_ids[0], 1)
    assert till.add(1).invoice.gross == 0
    assert till.remove(back.line_ids[0]).invoice.gross == 30
    assert till.available(key) == 0


def test_a_return_that_was_closed_stays_when_its_invoice_is_reopened(clinic: Clinic, till: Till) -> None:
    clinic.entitle("NAIL gold", 1)
    added = till.add(1)
    till.close(added.invoice.id)
    back = till.give_back(added.line_ids[0], 1)
    till.close(back.invoice.id)
    till.reopen(back.invoice.id)
    with pytest.raises(Conflict, match="closed once"):
        till.remove(back.line_ids[0])


def test_an_invoice_of_which_items_were_returned_is_not_reopened(clinic: Clinic, till: Till) -> None:
    """Priced afresh, it would no longer be what was returned of it."""
    added = till.add(2)
    till.close(added.invoice.id)
    back = till.give_back(added.line_ids[0], 1)
    for command in (till.reopen, till.void):
        with pytest.raises(Conflict):
            command(added.invoice.id)
    till.remove(back.line_ids[0])
    assert till.reopen(added.invoice.id).state == "reopened"


@pytest.mark.req("CP-71", "H-34")
def test_an_invoice_of_nothing_stays_open_until_it_is_closed(clinic: Clinic, till: Till) -> None:
    clinic.entitle("NAIL gold", 3)
    take_nothing: Callable[[Work], Invoice] = lambda work: payments.take_payment(  # noqa: E731
        work, added.invoice.id, Decimal(0), "cash"
    )
    added = till.add(1)
    assert added.invoice.state == "open"
    assert clinic.run(take_nothing).state == "closed"
    added = till.add(1)
    assert till.close(added.invoice.id).state == "closed"
    added = till.add(1, "EXAM")
    with pytest.raises(Conflict, match="balance"):
        clinic.run(lambda work: closing.close(work, added.invoice.id))
    with pytest.raises(Invalid, match="balance"):
        clinic.run(take_nothing)


@pytest.mark.req("H-32")
def test_pricing_twice_changes_nothing(clinic: Clinic, till: Till) -> None:
    clinic.entitle("NAIL gold", 2)
    added = till.add(3)
    till.add(1, "FOOD")

    def state() -> list[object]:
        with clinic.reading() as session:
            found = session.scalars(select(InvoiceLine).order_by(InvoiceLine.id)).all()
            return [
                (
                    line.price_digest,
                    line.gross,
                    [s.label for s in line.steps],
                    [c.quantity for c in line.coverage],
                )
                for line in found
            ] + [len(till.entries())]

    before = state()
    clinic.run(lambda work: lines.reprice_invoice(work, added.invoice.id, "By hand"))
    assert state() == before
