"""PL-5: one fault in each hook that shows, prices, checks or tells: it costs what its page says, and no more.

Those of the worker, of services and of employees stand beside their other proofs.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from fetlock import Blocked, Conflict
from fetlock.domain.invoices import closing
from fetlock.domain.invoices.models import Invoice, InvoiceState
from fetlock.outbox.models import AskRow, EventPending
from tests.dummy_plugin.counting import broken, names
from tests.dummy_plugin.models import Heard
from tests.dummy_plugin.naming import NAME
from tests.hook_contracts.hosting import Host

QUOTED = "Whitfield"
"""Of what the dummy's errors quote, nothing may be shown or logged."""


@pytest.fixture
def member(host: Host) -> Host:
    host.join("57A")
    return host


@pytest.fixture(autouse=True)
def _no_patient_data_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert QUOTED not in caplog.text


@pytest.mark.req("PL-5", "H-33")
def test_a_failing_proposal_marks_the_price_incomplete(member: Host) -> None:
    broken.add("propose_line_adjustments")
    added = member.add("NAIL", "FOOD")
    assert (added.invoice.incomplete, added.invoice.amount) == ([NAME], Decimal("80.00"))
    with pytest.raises(Conflict, match="Price incomplete: Dummy Club"):
        member.close(added.invoice.id)
    member.close(added.invoice.id, override="The club is down")
    with member.runtime.database.reading() as session:
        assert session.get_one(Invoice, added.invoice.id).state == InvoiceState.CLOSED


@pytest.mark.req("PL-5")
def test_a_failing_check_of_a_line_refuses_it(host: Host) -> None:
    broken.add("check_invoice_line")
    with pytest.raises(Blocked, match="Dummy Club could not check this") as refused:
        host.add("NAIL")
    assert refused.value.vetoes[0].code == "plugin_failed"


@pytest.mark.req("PL-5")
def test_a_failing_check_of_closing_can_be_overridden(host: Host) -> None:
    invoice_id = host.add("NAIL").invoice.id
    broken.add("check_invoice_close")
    with pytest.raises(Blocked, match="Dummy Club could not check this"):
        host.close(invoice_id)
    host.close(invoice_id, override="The club is down")


@pytest.mark.req("PL-5", "H-14")
@pytest.mark.parametrize("hook", ["patient_panels", "patient_icons"])
def test_a_failing_panel_costs_its_own_card(member: Host, hook: str) -> None:
    broken.add(hook)
    patient = f"patients/{member.clinic.patient_id}"
    card = member.page(f"{patient}/panels/dummy")
    assert "Dummy Club" in card
    assert "Unavailable" in card
    assert ("Club member M-57A" in card) is (hook == "patient_icons")
    assert QUOTED not in card
    assert "Biscuit" in member.page(patient)
    assert "Weight" in member.page(f"{patient}/panels/weights")


@pytest.mark.req("PL-5")
def test_failing_plans_cost_their_own_card(member: Host) -> None:
    broken.add("benefit_plans")
    tab = member.page(f"patients/{member.clinic.patient_id}/plans")
    assert "Dummy Club" in tab
    assert "Unavailable" in tab
    broken.add("no_benefit_plans")
    broken.discard("benefit_plans")
    other = member.page(f"patients/{member.clinic.records.patients['57B']}/plans")
    assert "No care plan" in other


@pytest.mark.req("PL-5")
def test_failing_questions_ask_nothing(host: Host) -> None:
    broken.add("patient_questions")
    path = f"/s/north/patients/{host.clinic.patient_id}/questions"
    assert host.staff().post(path, headers={"hx-request": "true"}).status_code in (200, 201)
    with host.runtime.database.reading() as session:
        assert session.scalars(select(AskRow)).all() == []


@pytest.mark.req("PL-5")
@pytest.mark.parametrize(
    ("hook", "part", "words"),
    [
        ("invoice_notices", "notices", "could not say"),
        ("expected_payers", "payers", "could not say who else pays"),
    ],
)
def test_a_failing_word_on_an_invoice_is_said_in_its_place(
    member: Host, hook: str, part: str, words: str
) -> None:
    invoice_id = member.add("NAIL").invoice.id
    broken.add(hook)
    shown = member.page(f"invoices/{invoice_id}/{part}/dummy")
    assert "Dummy Club" in shown
    assert words in shown
    assert "28.50" in member.page(f"invoices/{invoice_id}")


@pytest.mark.req("PL-5")
@pytest.mark.parametrize("hook", ["invoice_closed", "invoice_reopened"])
def test_a_failing_listener_undoes_its_own_part_and_is_told_again(host: Host, hook: str) -> None:
    broken.add(hook)
    invoice_id, _ = host.closed_invoice()
    host.run(lambda work: closing.reopen(work, invoice_id, reason="A slip"))
    with host.runtime.database.reading() as session:
        assert session.get_one(Invoice, invoice_id).state == InvoiceState.REOPENED
        assert hook not in {row.kind for row in session.scalars(select(Heard))}
        assert session.scalars(select(EventPending)).first() is not None
    broken.clear()
    host.work_off(later=timedelta(minutes=5))
    with host.runtime.database.reading() as session:
        assert {row.kind for row in session.scalars(select(Heard))} == {"invoice_closed", "invoice_reopened"}


@pytest.mark.req("PL-5")
def test_one_plugin_failing_leaves_the_answers_of_others(member: Host) -> None:
    broken.add("patient_panels")
    enabled = member.run(lambda work: work.enabled)
    assert member.runtime.hooks.implementers("patient_panels", enabled) == (NAME, "weights")
    before = len(names())
    page = member.page(f"patients/{member.clinic.patient_id}/panels/weights")
    assert "Weight" in page
    assert len(names()) == before, "one plugin's card asks no other plugin"
