"""How the host comes to call each hook, and what came of it: one driver a hook, whatever the fault.

A driver runs while the fault is in force, looks at what people would see, and answers the outcome. Where
the outcome promises that it goes well later, the driver heals the plugin and sees to it that it does.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import select, update

from fetlock import Blocked, Conflict, clock
from fetlock.domain.invoices import candidates, closing
from fetlock.domain.invoices.lines import return_line
from fetlock.domain.invoices.models import Invoice, InvoiceState
from fetlock.domain.messages.models import Message, MessageState
from fetlock.domain.patients.models import Patient
from fetlock.domain.patients.owners import change_owner
from fetlock.domain.plugins.switching import hangs_on
from fetlock.jobs.models import JobState
from fetlock.outbox.models import AskRow, EventPending, OutboxRow, OutboxState
from fetlock.platform.breaker import Place
from fetlock.services import ask, queue_message, store_parcel
from tests.dummy_plugin.counting import instead
from tests.dummy_plugin.models import Heard, Member
from tests.dummy_plugin.naming import JOIN, NAME
from tests.faults.matrix import Outcome
from tests.hook_contracts.hosting import Host
from tests.hook_contracts.test_service_hooks import claim

_number: Final = itertools.count(1)
_HTMX: Final = {"hx-request": "true"}


@dataclass(frozen=True)
class Case:
    """One cell of the matrix under way: the host, and the hook that has a fault."""

    host: Host
    hook: str

    def heal(self) -> None:
        """The plugin is mended."""
        instead.clear()

    def patient(self, code: str = "57A") -> str:
        """The path of a patient's page; 57A is a member of the club, 57B is not."""
        return f"patients/{self.host.clinic.records.patients[code]}"

    def owing(self, owes: bool) -> None:
        """Whether the member owes the club its fee: something that hangs on the plugin."""
        self.host.runtime.database.write(
            lambda session: session.execute(update(Member).values(owes_fee=owes))
        )

    def rows(self, model: type[Any]) -> list[Any]:
        """All rows of a table, in order."""
        with self.host.runtime.database.reading() as session:
            return list(session.scalars(select(model).order_by(model.id)))


Driver = Callable[[Case], Outcome]


def patient_panels(case: Case) -> Outcome:
    assert "Biscuit" in case.host.page(case.patient())
    assert "Weight" in case.host.page(f"{case.patient()}/panels/weights")
    card = case.host.page(f"{case.patient()}/panels/dummy")
    if "Unavailable" in card:
        assert "Incident" in card
        return Outcome.OWN_PLACE
    assert "Club member M-57A" in card
    assert "Member of the club" in card
    return Outcome.NOTHING


def benefit_plans(case: Case) -> Outcome:
    tab = case.host.page(f"{case.patient()}/plans")
    if "Unavailable" in tab:
        return Outcome.OWN_PLACE
    assert "Care Plan: Dummy Club" in tab
    return Outcome.NOTHING


def no_benefit_plans(case: Case) -> Outcome:
    tab = case.host.page(f"{case.patient('57B')}/plans")
    if "/no-plan" in tab:
        return Outcome.NOTHING
    assert "No care plan" in tab
    return Outcome.OWN_PLACE


def patient_questions(case: Case) -> Outcome:
    path = f"/s/north/{case.patient('57B')}/questions"
    answer = case.host.staff().post(path, headers=_HTMX)
    assert answer.status_code in (200, 201)
    return Outcome.NOTHING if "hx-get" in answer.text else Outcome.OWN_PLACE


def said_of_an_invoice(part: str, words: str) -> Driver:
    """A line that a plugin has on an invoice, loaded by itself."""

    def drive(case: Case) -> Outcome:
        invoice_id = case.host.add("NAIL").invoice.id
        shown = case.host.page(f"invoices/{invoice_id}/{part}/dummy")
        assert "28.50" in case.host.page(f"invoices/{invoice_id}")
        return Outcome.OWN_PLACE if words in shown else Outcome.NOTHING

    return drive


def staff_integrations(case: Case) -> Outcome:
    employee = case.host.clinic.records.staff["Nurse"]
    part = case.host.page(f"administration/employees/{employee}/integrations")
    if "can’t be shown right now" in part:
        return Outcome.OWN_PLACE
    assert "Known there as" in part
    return Outcome.NOTHING


def open_work(case: Case) -> Outcome:
    case.owing(True)
    said = case.host.run(lambda work: [*hangs_on(work, NAME), work.session.get_one(Patient, 1).name])
    case.owing(False)
    assert said[-1] == "Biscuit", "the transaction goes on"
    return Outcome.NOTHING if any("owe the club" in text for text in said) else Outcome.OWN_PLACE


def propose_line_adjustments(case: Case) -> Outcome:
    added = case.host.add("NAIL")
    if added.invoice.incomplete != [NAME]:
        case.host.close(added.invoice.id)
        return Outcome.NOTHING
    with pytest.raises(Conflict, match="Price incomplete: Dummy Club"):
        case.host.close(added.invoice.id)
    case.host.close(added.invoice.id, override="The club is down")
    return Outcome.INCOMPLETE


def check_invoice_line(case: Case) -> Outcome:
    return _blocked(lambda: case.host.add("NAIL"))


def check_invoice_close(case: Case) -> Outcome:
    invoice_id = case.host.add("NAIL").invoice.id
    outcome = _blocked(lambda: case.host.close(invoice_id))
    if outcome is Outcome.BLOCKED:
        case.host.close(invoice_id, override="The club is down")
    return outcome


def validate_claim(case: Case) -> Outcome:
    """No part of the host submits claims yet: asked as any check is."""
    with httpx.Client(trust_env=False) as http:
        vetoes = case.host.run(
            lambda work: candidates.checked(work, "validate_claim", claim(case.host, http))
        )
    return Outcome.BLOCKED if [veto.code for veto in vetoes] == ["plugin_failed"] else Outcome.NOTHING


def told_of_an_invoice(happen: Callable[[Case], int]) -> Driver:
    """A notify hook: `happen` makes the event happen, and answers the invoice that shows that it did."""

    def drive(case: Case) -> Outcome:
        before = {row.event_id for row in _heard(case)}
        invoice_id = happen(case)
        return _told(case, before, lambda: _invoice(case, invoice_id))

    return drive


def invoice_closed(case: Case) -> int:
    return case.host.closed_invoice()[0]


def invoice_reopened(case: Case) -> int:
    invoice_id, _ = case.host.closed_invoice()
    case.host.run(lambda work: closing.reopen(work, invoice_id, reason="A slip"))
    return invoice_id


def items_returned(case: Case) -> int:
    _, line_id = case.host.closed_invoice()
    returned = case.host.run(lambda work: return_line(work, line_id, Decimal(1), reason="Not done"))
    case.host.close(returned.invoice.id)
    return int(returned.invoice.id)


def patient_owner_changed(case: Case) -> Outcome:
    records = case.host.clinic.records
    before = {row.event_id for row in _heard(case)}

    def give(work: Any) -> int:
        patient = work.session.get_one(Patient, records.patients["58A"])
        other = records.clients["57" if patient.client_id == records.clients["58"] else "58"]
        change_owner(work, patient.id, other, seen_revision=patient.revision)
        return other

    owner = case.host.run(give)

    def stands() -> None:
        with case.host.runtime.database.reading() as session:
            assert session.get_one(Patient, records.patients["58A"]).client_id == owner

    return _told(case, before, stands)


def deliver(case: Case) -> Outcome:
    aggregate = f"member {next(_number)}"
    case.host.run(lambda work: store_parcel(work, NAME, "owner", aggregate, {"member": aggregate}))
    case.host.work_off()
    row = case.rows(OutboxRow)[-1]
    if row.state == OutboxState.SENT:
        return Outcome.NOTHING
    assert row.state == OutboxState.FAILED
    assert "incident" in row.problem
    case.heal()
    case.host.work_off(later=timedelta(minutes=5))
    assert case.rows(OutboxRow)[-1].state == OutboxState.SENT, "nothing is lost"
    return Outcome.VISIBLE


def asked(words: str) -> Driver:
    """A question to the outside, and what becomes of its answer."""

    def drive(case: Case) -> Outcome:
        row = _ask(case)
        if row.ok:
            return Outcome.NOTHING
        assert words in row.message
        case.heal()
        assert _ask(case).ok, "asked again, it goes well"
        return Outcome.VISIBLE

    return drive


def run_job(case: Case) -> Outcome:
    def due(session: Any) -> None:
        session.scalars(select(JobState)).one().next_run_at = clock.now()

    case.host.runtime.database.write(due)
    case.host.work_off()
    [state] = case.rows(JobState)
    assert state.next_run_at > clock.now()
    if not state.last_problem:
        return Outcome.NOTHING
    assert "incident" in state.last_problem
    case.heal()
    case.host.runtime.database.write(due)
    case.host.work_off()
    assert case.rows(JobState)[0].last_problem == ""
    return Outcome.VISIBLE


def send_sms(case: Case) -> Outcome:
    client_id = case.host.clinic.records.clients["57"]
    case.host.run(lambda work: queue_message(work, client_id, "sms", "", "Biscuit is ready."))
    case.host.work_off()
    message = case.rows(Message)[-1]
    if message.state == MessageState.SENT:
        return Outcome.NOTHING
    assert message.state == MessageState.IN_DOUBT, "it may have gone: a person looks before it goes again"
    return Outcome.VISIBLE


def of_a_claim(case: Case) -> Outcome:
    """No part of the host submits claims yet: it would be told of the failure, and where to look it up."""
    with httpx.Client(trust_env=False, timeout=10) as http:
        answer = case.host.runtime.hooks.call_plugin(case.hook, claim(case.host, http), NAME)
    assert answer is not None
    if answer.failure is None:
        return Outcome.NOTHING
    assert answer.failure.incident
    return Outcome.VISIBLE


DRIVERS: Final[Mapping[str, Driver]] = {
    "patient_panels": patient_panels,
    "patient_icons": patient_panels,
    "benefit_plans": benefit_plans,
    "no_benefit_plans": no_benefit_plans,
    "patient_questions": patient_questions,
    "invoice_notices": said_of_an_invoice("notices", "could not say"),
    "expected_payers": said_of_an_invoice("payers", "could not say who else pays"),
    "staff_integrations": staff_integrations,
    "open_work": open_work,
    "propose_line_adjustments": propose_line_adjustments,
    "check_invoice_line": check_invoice_line,
    "check_invoice_close": check_invoice_close,
    "validate_claim": validate_claim,
    "invoice_closed": told_of_an_invoice(invoice_closed),
    "invoice_reopened": told_of_an_invoice(invoice_reopened),
    "items_returned": told_of_an_invoice(items_returned),
    "patient_owner_changed": patient_owner_changed,
    "deliver": deliver,
    "answer_ask": asked("incident"),
    "apply_ask": asked("could not be stored"),
    "run_job": run_job,
    "send_sms": send_sms,
    "submit_claim": of_a_claim,
    "cancel_claim": of_a_claim,
    "claim_declaration": of_a_claim,
}
"""Every hook but those that are asked at start, which `test_at_start.py` drives alike."""


def waits_at_breaker(case: Case) -> bool:
    """Whether the hook is left alone after failures."""
    breaker = case.host.runtime.hooks.breaker
    assert breaker is not None
    place = Place(plugin=NAME, hook=case.hook, site_id=case.host.clinic.records.sites["north"])
    stands = breaker.look(place)
    return stands is not None and stands.state.value == "open"


def _blocked(act: Callable[[], object]) -> Outcome:
    try:
        act()
    except Blocked as refused:
        return (
            Outcome.BLOCKED if [veto.code for veto in refused.vetoes] == ["plugin_failed"] else Outcome.LATER
        )
    return Outcome.NOTHING


def _heard(case: Case) -> list[Heard]:
    with case.host.runtime.database.reading() as session:
        return list(session.scalars(select(Heard).where(Heard.kind == case.hook)))


def _told(case: Case, before: set[str], stands: Callable[[], None]) -> Outcome:
    """Whether the plugin took the event in now, or takes it in later, in order; what happened `stands`."""
    stands()
    if {row.event_id for row in _heard(case)} - before:
        assert case.rows(EventPending) == []
        return Outcome.NOTHING
    assert "incident" in case.rows(EventPending)[0].problem
    case.heal()
    case.host.work_off(later=timedelta(minutes=10))
    assert case.rows(EventPending) == []
    assert len({row.event_id for row in _heard(case)} - before) == 1, "told again, once"
    return Outcome.LATER


def _invoice(case: Case, invoice_id: int) -> None:
    wanted = InvoiceState.REOPENED if case.hook == "invoice_reopened" else InvoiceState.CLOSED
    with case.host.runtime.database.reading() as session:
        assert session.get_one(Invoice, invoice_id).state == wanted


def _ask(case: Case) -> AskRow:
    data = {"patient_id": case.host.clinic.patient_id, "code": "57A", "time": next(_number)}
    case.host.run(lambda work: ask(work, NAME, JOIN, data))
    case.host.work_off()
    row: AskRow = case.rows(AskRow)[-1]
    return row
