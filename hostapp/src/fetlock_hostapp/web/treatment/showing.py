"""What the Treatment tab is drawn from: today's items, earlier ones by day, and what the last step told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from fetlock import clock
from fetlock.domain.invoices import picking
from fetlock.domain.patients import service as patients
from fetlock.domain.treatment import views
from fetlock.domain.treatment.views import ItemView
from fetlock.errors import FetlockError
from fetlock_hostapp.plugin import Desk, Form
from fetlock_hostapp.web.invoices import words


@dataclass(slots=True)
class Outcome:
    """What came of a step. `undo`: a removed item that may come back; `focus`: "add" to go on adding."""

    said: str = ""
    told: Sequence[str] = ()
    undo: int | None = None
    focus: str = ""


@dataclass(slots=True)
class Problem:
    """What was refused, and where: "add" or "item:5". `typed` is what was sent."""

    at: str
    error: FetlockError
    typed: Form


def treatment_context(
    desk: Desk,
    patient_id: int,
    *,
    before: date | None = None,
    outcome: Outcome | None = None,
    problem: Problem | None = None,
) -> dict[str, Any]:
    """Everything that the templates of the tab need."""
    patient = patients.get(desk.session, patient_id)
    items = views.of_patient(desk.session, patient.id, before=before)
    today = clock.today(desk.site.time_zone)
    days = [(day, list(found)) for day, found in groupby(items, key=_day)]
    return {
        "patient": patient,
        "today": today,
        "days": days,
        "has_today": any(day == today for day, _ in days),
        "before": before,
        "earlier": items[-1].service_date if len(items) == views.MOST else None,
        "may_edit": desk.may("treatment.edit"),
        "providers": picking.providers(desk.session, desk.site.id),
        "last_provider": items[0].provider_id if items else None,
        "outcome": outcome or Outcome(),
        "at": problem.at if problem else "",
        "typed": problem.typed if problem else Form(),
        "errors": problem.error if problem else None,
        "words": words,
    }


def _day(item: ItemView) -> date:
    return item.service_date
