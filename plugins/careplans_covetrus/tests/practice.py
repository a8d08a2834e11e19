"""The sample clinic with the plugin on, its worker, and the vendor's simulator: what these tests stand on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts import PatientContext
from fetlock.domain.invoices import closing, payments, quoting
from fetlock.domain.invoices.lines import Changed, add_lines, change_line, return_line
from fetlock.domain.invoices.models import Invoice, InvoiceLine
from fetlock.domain.plugins import settings as plugin_settings
from fetlock.domain.staff.models import RolePermission
from fetlock.outbox.models import OutboxAttempt, OutboxRow
from fetlock.platform.reading import SessionReading
from fetlock.platform.runtime import Runtime
from fetlock.services import ask
from fetlock.tables import EntitlementEntry
from fetlock.testing import Clinic
from fetlock_careplans_covetrus.counters import PlanShown, plans_of
from fetlock_careplans_covetrus.lookups import question
from fetlock_careplans_covetrus.naming import NAME
from fetlock_careplans_covetrus.plugin import plugin
from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_hostapp.worker import Worker


@dataclass
class Sandbox:
    """The simulator's address and its switches."""

    address: str
    http: httpx.Client

    def call(self, method: str, path: str, body: Any = None, *, status: int | None = None) -> Any:
        answer = self.http.request(method, f"{self.address}/sandbox{path}", json=body)
        if status is None:
            assert answer.is_success, answer.text
        else:
            assert answer.status_code == status, answer.text
        return answer.json()

    def state(self) -> Any:
        return self.call("GET", "/state")

    def fault(self, mode: str, **fields: Any) -> None:
        self.call("PUT", "/faults", {"mode": mode, **fields})

    def used(self, item_id: str) -> int:
        """The vendor's count of an item, over every plan."""
        counts: list[int] = [
            item["used"]
            for plan in self.state()["plans"]
            for term in plan["terms"]
            for item in term["items"]
            if item["id"] == item_id
        ]
        assert len(counts) == 1
        return counts[0]

    def usages(self) -> list[dict[str, Any]]:
        """Every usage the vendor has recorded, oldest first."""
        found: list[dict[str, Any]] = self.state()["usages"]
        return found

    def posts(self) -> list[dict[str, Any]]:
        """Every attempt to post a usage, oldest first, whatever became of it."""
        attempts: list[dict[str, Any]] = self.state()["attempts"]
        return [attempt for attempt in reversed(attempts) if attempt["method"] == "POST"]

    def raw(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """A request to the vendor's interface without the adapter."""
        headers = {"X-Api-Key": API_KEY, "X-Api-Secret": API_SECRET, **kwargs.pop("headers", {})}
        return self.http.request(method, f"{self.address}/v1{path}", headers=headers, **kwargs)


@dataclass
class Practice:
    """The clinic of `fetlock.testing` with Care Plans on at both sites, and the vendor it talks to."""

    clinic: Clinic
    runtime: Runtime
    vendor: Sandbox

    # ---- the vendor's side

    def plan(
        self, items: Sequence[dict[str, Any]] = (), *, plan_id: str = "P1", patient: str = "57A", **draft: Any
    ) -> Any:
        """Put a plan at the vendor; `draft` are further fields of the simulator's `PlanDraft`."""
        body = {"id": plan_id, "pims_client_id": patient[:2], "pims_patient_id": patient, "name": "Gold"}
        if items:
            body["items"] = list(items)  # type: ignore[assignment]
        return self.vendor.call("POST", "/plans", body | draft)

    def two_terms(self, code: str, current: int, renewed: int, **plan: Any) -> None:
        """A plan whose next term is renewed early: so many units of `code` in each."""
        terms = [
            {"items": [{"code": code, "included": current}]},
            {"items": [{"code": code, "included": renewed}], "flagged_early": True},
        ]
        self.plan(terms=terms, **plan)

    # ---- our side

    def settings(self, site: str = "north", **typed: Any) -> None:
        """Save settings of the plugin at a site."""
        self.clinic.run(lambda work: plugin_settings.save(work, self.runtime.secrets, NAME, typed), site=site)

    def connect(self, site: str = "north") -> None:
        """Enter the vendor's address and the demo's credentials at a site."""
        self.settings(site, base_url=self.vendor.address, api_key=API_KEY, api_secret=API_SECRET)

    def work_off(self, *, timeout: float = 10) -> None:
        """One pass of the worker; `timeout`: seconds it waits for the vendor."""
        with httpx.Client(trust_env=False, timeout=timeout) as client:
            Worker(self.runtime, http=client).run_once()

    def refresh(self, patient: str = "57A", *, site: str = "north") -> None:
        """Ask the vendor for a patient's plans, and have the worker answer."""
        wanted = question(self.clinic.records.patients[patient], patient[:2], patient)
        self.clinic.run(
            lambda work: ask(work, NAME, wanted.question, wanted.data, subject=wanted.subject), site=site
        )
        self.work_off()

    def add(self, *wanted: tuple[str, int | str], patient: str = "57A", site: str = "north") -> Changed:
        """Add products by Quick Invoice: (code, quantity) each."""
        lines = [self.clinic.line(code, quantity, patient=patient) for code, quantity in wanted]
        client = self.clinic.records.clients[patient[:2]]
        return self.clinic.run(lambda work: add_lines(work, client, lines), site=site)

    def change(self, line_id: int, quantity: int | str) -> Changed:
        """Change a line's quantity."""
        return self.clinic.run(lambda work: change_line(work, line_id, quantity=Decimal(quantity)))

    def give_back(self, line_id: int, quantity: int | str = 1) -> Changed:
        """Return a part of a closed line."""
        return self.clinic.run(lambda work: return_line(work, line_id, Decimal(quantity), reason="test"))

    def close(self, invoice_id: int, *, site: str = "north") -> Any:
        """Pay what is due (or is owed), and close."""
        due = self.invoice(invoice_id).balance
        if due:
            self.clinic.run(
                lambda work: payments.take_payment(work, invoice_id, due, "card", close=True), site=site
            )
        else:
            self.clinic.run(lambda work: closing.close(work, invoice_id), site=site)
        return self.invoice(invoice_id)

    def reopen(self, invoice_id: int) -> None:
        """Open a closed invoice again."""
        self.clinic.run(lambda work: closing.reopen(work, invoice_id, reason="test"))

    # ---- looking; rows are `Any` where tests hold their Decimals against plain numbers

    def invoice(self, invoice_id: int) -> Any:
        """The invoice as it stands."""
        with self.clinic.reading() as session:
            return session.get_one(Invoice, invoice_id)

    def line(self, line_id: int) -> Any:
        """A line with its coverage and its steps."""
        with self.clinic.reading() as session:
            line = session.get_one(InvoiceLine, line_id)
            _ = line.coverage, line.steps
            return line

    def plans(self, patient: str = "57A", *, site: str = "north") -> list[PlanShown]:
        """The patient's plans with their counters, as pages show them at this site."""
        with self.clinic.reading() as session:
            facts = self.clinic.work(session, site=site).site_facts
            return plans_of(SessionReading(session), facts, self.clinic.records.patients[patient])

    def item(self, code: str, *, plan: int = 0, term: int = 0, patient: str = "57A") -> Any:
        """The counters of an item named by its code, of the patient's first plan and term by default."""
        items = self.plans(patient)[plan].terms[term].items
        return next(item for item in items if item.vendor_item_id.endswith(f"-{code}"))

    def left(self, code: str, *, plan: int = 0, term: int = 0, patient: str = "57A") -> Decimal:
        """Units left of an item."""
        left: Decimal = self.item(code, plan=plan, term=term, patient=patient).left
        return left

    def entries(self) -> list[tuple[str, Any, Any]]:
        """The whole ledger: kind, quantity, effect of each entry, oldest first."""
        with self.clinic.reading() as session:
            rows = session.scalars(select(EntitlementEntry).order_by(EntitlementEntry.id))
            return [(row.kind, row.quantity, row.effect) for row in rows]

    def parcels(self) -> list[OutboxRow]:
        """Everything that must reach the vendor or has, oldest first."""
        with self.clinic.reading() as session:
            return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))

    def attempts(self) -> list[OutboxAttempt]:
        """Every attempt to deliver, oldest first."""
        with self.clinic.reading() as session:
            return list(session.scalars(select(OutboxAttempt).order_by(OutboxAttempt.id)))

    def context(self, patient: str = "57A", *, site: str = "north", role: str = "Receptionist") -> "Opened":
        """What hooks of the patient's page get, as long as the block lasts."""
        return Opened(self, patient, site, role)


def grant_permissions(clinic: Clinic) -> None:
    """Give the clinic's roles the plugin's permissions, as a fresh installation does."""

    def grant(session: Session) -> None:
        for permission in plugin.permissions():
            for role in permission.roles:
                clinic.records.permissions[role] |= {permission.key}
                session.add(RolePermission(role_id=clinic.records.roles[role], permission=permission.key))

    clinic.database.write(grant)


class Opened:
    """A patient's record as opened by a person at a site: `with practice.context() as context`."""

    def __init__(self, practice: Practice, patient: str, site: str, role: str) -> None:
        self._practice, self._patient, self._site, self._role = practice, patient, site, role

    def __enter__(self) -> PatientContext:
        clinic = self._practice.clinic
        self._reading = clinic.reading()
        session = self._reading.__enter__()
        work = clinic.work(session, site=self._site)
        patient_id = clinic.records.patients[self._patient]
        return PatientContext(
            patient=quoting.patient_facts(session, [patient_id])[patient_id],
            site=work.site_facts,
            viewer=clinic.actor(self._role),
            day=clock.today(work.site.time_zone),
            reading=SessionReading(session),
        )

    def __exit__(self, *exception: object) -> None:
        self._reading.__exit__(None, None, None)


def later(**by: float) -> Any:
    """Within the block it is so much later."""
    return clock.set_to(clock.now() + timedelta(**by))
