"""A busy desk: random commands on the sample clinic, through the real services (CPX-3)."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from sqlalchemy import select

from fetlock import FetlockError, Work
from fetlock.domain.entitlements import service as entitlements
from fetlock.domain.entitlements.models import Entitlement, EntitlementState
from fetlock.domain.invoices import closing, lines, payments, restoring
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState
from fetlock.testing import Clinic

SITES = ("north", "south")
PRODUCTS = ("NAIL", "NAIL", "EXAM", "EXAM", "FOOD", "BLOOD")
PATIENTS = ("57A", "57A", "57A", "57B")
OPEN = (InvoiceState.OPEN, InvoiceState.REOPENED)


class Desk:
    """Runs one random command after the other; a refusal by the domain is an answer like any other.

    `last` names the command that ran, `refused` what it was told, `touched` the invoices it named.
    `plans`: whether the desk brings plans of its own and changes them; else it works with those there are.
    `look_back`: how many of the newest invoices and lines it chooses from, by default all of them.
    """

    def __init__(
        self, clinic: Clinic, random: Random, *, plans: bool = True, look_back: int | None = None
    ) -> None:
        self.clinic = clinic
        self.random = random
        self.last = ""
        self.refused = ""
        self.touched: set[int] = set()
        self.done: dict[str, int] = {}
        self._terms = 0
        self._look_back = look_back
        self._commands: list[tuple[int, Callable[[], None]]] = [
            (26, self.add),
            (14, self.change),
            (10, self.remove),
            (5, self.restore),
            (22, self.settle_and_close),
            (10, self.reopen),
            (12, self.give_back),
            (8, self.void),
            (5, self.reprice),
            (4, self.reopen_and_close),
        ]
        if plans:
            self._bring_plans()

    def _bring_plans(self) -> None:
        self.clinic.entitle("NAIL+EXAM gold 0", 3, chain="gold")
        self.clinic.entitle("NAIL silver", 2, chain="silver", days=(-40, 300))
        self.clinic.entitle("EXAM bronze", 2, chain="bronze", patient="57B")
        self._commands += [
            (3, self.change_state),
            (3, self.resume),
            (2, self.renew),
            (2, self.use_elsewhere),
            (2, self.change_included),
            (2, self.switch),
        ]

    def step(self) -> None:
        """Run one command."""
        weights = [weight for weight, _ in self._commands]
        command = self.random.choices([c for _, c in self._commands], weights)[0]
        self.last, self.refused, self.touched = command.__name__, "", set()
        try:
            command()
            self.done[self.last] = self.done.get(self.last, 0) + 1
        except FetlockError as error:
            self.refused = error.message

    def _run(self, site_id: int, command: Callable[[Work], object]) -> None:
        slug = next(slug for slug, key in self.clinic.records.sites.items() if key == site_id)
        self.clinic.run(command, site=slug)

    def _invoice(self, *states: InvoiceState) -> Invoice | None:
        with self.clinic.reading() as session:
            found = session.scalars(
                select(Invoice)
                .where(Invoice.state.in_(states))
                .order_by(Invoice.id.desc())
                .limit(self._look_back)
            ).all()[::-1]
        if not found:
            return None
        chosen = self.random.choice(found)
        self.touched.add(chosen.id)
        return chosen

    def _line(
        self, *states: InvoiceState, removed: bool = False, sold: bool = False
    ) -> tuple[InvoiceLine, Invoice] | None:
        statement = (
            select(InvoiceLine, Invoice)
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .where(Invoice.state.in_(states), InvoiceLine.removed_at.is_not(None) == removed)
            .order_by(InvoiceLine.id.desc())
            .limit(self._look_back)
        )
        if sold:
            statement = statement.where(InvoiceLine.returns_line_id.is_(None))
        with self.clinic.reading() as session:
            found = session.execute(statement).all()[::-1]
        if not found:
            return None
        line, invoice = self.random.choice(found[-8:])
        self.touched.add(invoice.id)
        return line, invoice

    def _entitlement(self) -> int:
        with self.clinic.reading() as session:
            return self.random.choice(session.scalars(select(Entitlement.id).order_by(Entitlement.id)).all())

    def add(self) -> None:
        site = self.random.choice(SITES)
        wanted = [
            self.clinic.line(
                self.random.choice(PRODUCTS),
                self.random.randint(1, 3),
                patient=self.random.choice(PATIENTS),
                preferred_entitlement_id=self._entitlement() if self.random.random() < 0.2 else None,
            )
            for _ in range(self.random.choice((1, 1, 2)))
        ]
        reopened = self._invoice(InvoiceState.REOPENED) if self.random.random() < 0.3 else None
        if reopened is not None:
            self._run(reopened.site_id, lambda work: lines.add_lines_to(work, reopened.id, wanted))
        else:
            client_id = self.clinic.client_id
            made = self.clinic.run(lambda work: lines.add_lines(work, client_id, wanted), site=site)
            self.touched.add(made.invoice.id)

    def change(self) -> None:
        found = self._line(*OPEN)
        if found is not None:
            quantity = Decimal(self.random.randint(1, 4))
            self._run(found[1].site_id, lambda work: lines.change_line(work, found[0].id, quantity=quantity))

    def remove(self) -> None:
        found = self._line(*OPEN)
        if found is not None:
            self._run(found[1].site_id, lambda work: lines.remove_line(work, found[0].id))

    def restore(self) -> None:
        found = self._line(*OPEN, removed=True)
        if found is not None:
            self._run(found[1].site_id, lambda work: restoring.restore_line(work, found[0].id))

    def settle_and_close(self) -> None:
        invoice = self._invoice(*OPEN)
        if invoice is None:
            return

        def settle(work: Work) -> None:
            if invoice.balance:
                payments.take_payment(work, invoice.id, invoice.balance, "card")
            closing.close(work, invoice.id)

        self._run(invoice.site_id, settle)

    def reopen(self) -> None:
        invoice = self._invoice(InvoiceState.CLOSED)
        if invoice is not None:
            self._run(invoice.site_id, lambda work: closing.reopen(work, invoice.id, reason="A mistake"))

    def reopen_and_close(self) -> None:
        """Nothing was changed in between, so nothing may move."""
        invoice = self._invoice(InvoiceState.CLOSED)
        if invoice is not None:
            self._run(invoice.site_id, lambda work: closing.reopen(work, invoice.id, reason="To look at it"))
            self._run(invoice.site_id, lambda work: closing.close(work, invoice.id))

    def give_back(self) -> None:
        found = self._line(InvoiceState.CLOSED, sold=True)
        if found is None:
            return
        line, invoice = found
        quantity = Decimal(self.random.randint(1, int(line.quantity)))
        with self.clinic.reading() as session:
            open_here = session.scalar(
                select(Invoice.id).where(
                    Invoice.site_id == invoice.site_id, Invoice.state == InvoiceState.OPEN
                )
            )
        if open_here is not None:
            self.touched.add(open_here)
        self._run(
            invoice.site_id, lambda work: lines.return_line(work, line.id, quantity, reason="Not needed")
        )

    def void(self) -> None:
        invoice = self._invoice(InvoiceState.CLOSED, *OPEN)
        if invoice is not None:
            self._run(invoice.site_id, lambda work: closing.void(work, invoice.id, reason="A mistake"))

    def reprice(self) -> None:
        invoice = self._invoice(*OPEN)
        if invoice is not None:
            self._run(invoice.site_id, lambda work: lines.reprice_invoice(work, invoice.id, "By hand"))

    def change_state(self) -> None:
        self._set_state(self.random.choice((EntitlementState.SUSPENDED, EntitlementState.ENDED)))

    def resume(self) -> None:
        self._set_state(EntitlementState.ACTIVE)

    def _set_state(self, state: EntitlementState) -> None:
        key = self._entitlement()
        self.clinic.run(
            lambda work: entitlements.set_state(work.session, work.session.get_one(Entitlement, key), state)
        )

    def renew(self) -> None:
        """A further term of the gold plan, usable at once (CP-59)."""
        self._terms += 1
        days = (336 * self._terms, 336 * (self._terms + 1) - 1)
        key = f"NAIL+EXAM gold {self._terms}"
        self.clinic.entitle(key, self.random.randint(1, 3), days=days, usable_from=0, term=self._terms + 1)

    def use_elsewhere(self) -> None:
        key = self._entitlement()
        self.clinic.run(
            lambda work: entitlements.record_external(
                work.session, work.session.get_one(Entitlement, key), Decimal(1), "Seen at the vendor"
            )
        )

    def change_included(self) -> None:
        key, included = self._entitlement(), Decimal(self.random.randint(0, 5))

        def change(work: Work) -> None:
            work.session.get_one(Entitlement, key).included = included

        self.clinic.run(change)

    def switch(self) -> None:
        self.clinic.switch("plans", self.random.choice(("on", "on", "off")), site=self.random.choice(SITES))
