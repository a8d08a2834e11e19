"""Drawing a plan for a person at a desk: the page, or the hint where there is none."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response
from markupsafe import Markup
from sqlalchemy import select

from fetlock import NotFound, clock
from fetlock.services import find_ask, latest_ask
from fetlock.tables import AskRow, Client, Patient
from fetlock_careplans_covetrus.adding import Added
from fetlock_careplans_covetrus.counters import SessionRows, account_key, plans_of
from fetlock_careplans_covetrus.models import CarePlanLookup
from fetlock_careplans_covetrus.naming import NAME, REFRESH, patient_subject
from fetlock_careplans_covetrus.plan_page import PlanPage, plan_page
from fetlock_careplans_covetrus.postings import tally
from fetlock_hostapp.plugin import Desk, Html


@dataclass(frozen=True, slots=True)
class PatientShown:
    """The patient with both ids by which the plan system knows it (CP-41, CP-42)."""

    patient_id: int
    name: str
    code: str
    client_code: str


@dataclass(frozen=True, slots=True)
class AskShown:
    """A question to the plan system: how long it waits, or how it ended."""

    key: str
    state: str
    ok: bool | None
    message: str
    seconds: int

    @property
    def waits(self) -> bool:
        """Whether the plan system has not answered yet."""
        return self.state == "pending"

    @property
    def failed(self) -> bool:
        """Whether it ended without an answer."""
        return not self.waits and not self.ok

    @property
    def next_look(self) -> int:
        """Milliseconds until one looks again, for the seconds shown: a live signal tells of the answer."""
        return 1000 if self.seconds < 20 else 3000

    @classmethod
    def of(cls, row: AskRow) -> "AskShown":
        """The ask as pages show it."""
        waits = floor((clock.now() - row.asked_at).total_seconds())
        return cls(str(row.key), row.state, row.ok, row.message, max(waits, 0))


def patient_of(desk: Desk, patient_id: int) -> PatientShown:
    """The patient. Raises `NotFound`."""
    row = desk.session.execute(
        select(Patient.id, Patient.name, Patient.code, Client.account_number)
        .join(Client, Client.id == Patient.client_id)
        .where(Patient.id == patient_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such patient.")
    return PatientShown(row.id, row.name or "(no name)", row.code, row.account_number)


def page_of(desk: Desk, patient_id: int, plan_id: int, term_id: int | None) -> PlanPage:
    """The page of one of the patient's plans. Raises `NotFound`."""
    reading, site = SessionRows(desk.session), desk.work.site_facts
    plans = plans_of(reading, site, patient_id)
    page = plan_page(reading, site, plans, plan_id, term_id, clock.today(site.time_zone))
    if page is None:
        raise NotFound("This patient has no such plan here.")
    return page


def draw_plan(
    desk: Desk,
    patient_id: int,
    plan_id: int,
    term_id: int | None = None,
    *,
    added: Added | None = None,
    problem: str = "",
    asked: AskShown | None = None,
    say: str = "",
    status: int = 200,
) -> Html:
    """The part of the plans tab that shows one plan; `say` is read out to screen readers."""
    page = page_of(desk, patient_id, plan_id, term_id)
    answer = desk.fragment(
        f"{NAME}/plan.html",
        status=status,
        page=page,
        home=desk.url(f"careplans/patients/{patient_id}/plans/{plan_id}"),
        patient=patient_of(desk, patient_id),
        tally=tally(page.postings),
        refreshing=refreshing(desk, patient_id, plan_id, page.term.term_id),
        added=added,
        problem=problem,
        asked=asked,
        poll=poll(desk, patient_id, asked, plan_id, page.term.term_id) if asked and asked.waits else "",
        as_of=page.shown.plan.as_of,
        today=page.day,
    )
    return spoken(answer, say)


def draw_none(desk: Desk, patient_id: int, asked: AskShown | None = None) -> Html:
    """What stands in the place of a plan where there is none (CP-42)."""
    lookup = desk.session.get(CarePlanLookup, (patient_id, account_key(desk.work.site_facts)))
    return desk.fragment(
        f"{NAME}/no_plan.html",
        patient=patient_of(desk, patient_id),
        looked_up=lookup.as_of if lookup else None,
        refreshing=refreshing(desk, patient_id, None, None),
        asked=asked or _last_failure(desk, patient_id, lookup.asked_at if lookup else None),
    )


def spoken(answer: Html, say: str) -> Html:
    """The answer, with words for screen readers."""
    if say:
        answer.headers["HX-Trigger"] = json.dumps({"fetlock:say": say})
    return answer


def refreshing(desk: Desk, patient_id: int, plan_id: int | None, term_id: int | None) -> Markup:
    """The attributes of a button that asks the plan system again."""
    values: dict[str, Any] = {"plan": plan_id or "", "term": term_id or "", "seen": listed(desk, patient_id)}
    return Markup('hx-post="{}" hx-target="#careplan-strip" hx-swap="innerHTML" hx-vals="{}"').format(
        desk.url(f"careplans/patients/{patient_id}/refresh"), json.dumps(values)
    )


def poll(
    desk: Desk, patient_id: int, asked: AskShown, plan_id: int | None, term_id: int | None, seen: str = ""
) -> str:
    """Where the page looks for the answer. `seen`: what its list of plans showed, by default shows now."""
    given = {"plan": plan_id, "term": term_id, "seen": seen or listed(desk, patient_id)}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{desk.url(f'careplans/patients/{patient_id}/asked/{asked.key}')}?{query}"


def asked_of(desk: Desk, patient_id: int, key: str) -> AskShown | None:
    """The question with this key about the patient while it waits: what the page still shows as asked."""
    try:
        row = find_ask(desk.session, desk.site.id, UUID(key))
    except ValueError:
        return None
    if row is None or (row.plugin, row.subject) != (NAME, patient_subject(patient_id)):
        return None
    return AskShown.of(row) if row.state == "pending" else None


def listed(desk: Desk, patient_id: int) -> str:
    """A fingerprint of what the tab's list shows of the patient's plans."""
    plans = plans_of(SessionRows(desk.session), desk.work.site_facts, patient_id)
    text = "|".join(
        f"{shown.plan.id} {shown.title} {shown.status.text} {[term.expires_on for term in shown.terms]}"
        for shown in plans
    )
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def reload_page() -> Html:
    """Have the browser load the whole page again: its list of plans has changed."""
    return Response("", headers={"HX-Refresh": "true"}, media_type="text/html")


def _last_failure(desk: Desk, patient_id: int, known: datetime | None) -> AskShown | None:
    """The last question about the patient, where it failed and nothing is known that is newer."""
    row = latest_ask(desk.session, desk.site.id, NAME, REFRESH, patient_subject(patient_id))
    if row is None or row.state == "pending" or row.ok or (known is not None and known > row.asked_at):
        return None
    return AskShown.of(row)
