"""A day that gives the host every reason to call a plugin: what it then calls is the gate's doing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from fetlock.domain.invoices import closing
from fetlock.domain.invoices.lines import Changed, return_line
from fetlock.domain.patients.models import Patient
from fetlock.domain.patients.owners import change_owner
from fetlock.services import ask, queue_message
from tests.dummy_plugin.members import question
from tests.dummy_plugin.naming import NAME
from tests.hook_contracts.hosting import Host

CLAIM_HOOKS: Final = frozenset({"submit_claim", "cancel_claim", "claim_declaration", "validate_claim"})
_HTMX: Final = {"hx-request": "true"}


def spend_a_day(host: Host, site: str = "north") -> None:
    """Open every page, price, close, reopen and return, text, change an owner, let the worker pass."""
    _look_at_pages(host, site)
    _sell(host, site)
    _change_owner(host, site)
    _ask_and_text(host, site)
    _claim(host, site)
    host.work_off(later=timedelta(hours=30))
    host.staff().get(f"/s/{site}/administration/plugins/{NAME}/switch/off")


def _look_at_pages(host: Host, site: str) -> None:
    staff, base = host.staff(), f"/s/{site}"
    for code in ("57A", "58A"):
        patient = f"{base}/patients/{host.clinic.records.patients[code]}"
        for path in ("", "/club", "/plans", f"/panels/{NAME}"):
            staff.get(f"{patient}{path}", headers=_HTMX)
        staff.post(f"{patient}/questions", headers=_HTMX)
    employee = host.clinic.records.staff["Nurse"]
    staff.get(f"{base}/administration/employees/{employee}")
    staff.get(f"{base}/administration/employees/{employee}/integrations", headers=_HTMX)
    typed = {"address": "", "api_secret": "typed", "discount": "5"}
    staff.post(f"{base}/administration/plugins/{NAME}/settings/test", data=typed, headers=_HTMX)


def _sell(host: Host, site: str) -> None:
    added = host.add("FOOD", "NAIL", site=site)
    invoice = f"/s/{site}/invoices/{added.invoice.id}"
    for path in ("", f"/notices/{NAME}", f"/payers/{NAME}"):
        host.staff().get(f"{invoice}{path}", headers=_HTMX)
    host.close(added.invoice.id, site=site)
    returned: Changed = host.run(
        lambda work: return_line(work, added.line_ids[1], Decimal(1), reason="Not done"), site=site
    )
    host.close(returned.invoice.id, site=site)
    host.run(lambda work: closing.reopen(work, returned.invoice.id, reason="A slip"), site=site)


def _change_owner(host: Host, site: str) -> None:
    patient_id = host.clinic.records.patients["58A"]
    clients = host.clinic.records.clients

    def give(work: Any) -> None:
        patient = work.session.get_one(Patient, patient_id)
        other = clients["57" if patient.client_id == clients["58"] else "58"]
        change_owner(work, patient_id, other, seen_revision=patient.revision)

    host.run(give, site=site)


def _ask_and_text(host: Host, site: str) -> None:
    wanted = question(host.clinic.patient_id, "57A")
    if host.run(lambda work: NAME in work.enabled, site=site):  # only the plugin's own pages would ask
        host.run(lambda work: ask(work, NAME, wanted.question, wanted.data), site=site)
    client_id = host.clinic.records.clients["57"]
    host.run(lambda work: queue_message(work, client_id, "sms", "", "Biscuit is ready."), site=site)


def _claim(host: Host, site: str) -> None:
    """No part of the host submits claims yet: the dispatcher's own gate is what stands before them."""
    enabled = host.run(lambda work: work.enabled, site=site)
    for hook in sorted(CLAIM_HOOKS):
        host.runtime.hooks.call(hook, None, enabled)
