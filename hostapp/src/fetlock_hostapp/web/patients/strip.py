"""The strip above every tab of a patient's page: who it is, whose it is, what to beware of (H-14).

Three statements, whatever the patient has.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Row, ScalarSelect, Select, bindparam, func, select
from sqlalchemy.orm import aliased

from fetlock import clock
from fetlock.contracts.registration import PatientTab
from fetlock.domain.clients import phones
from fetlock.domain.clients.models import Client, ClientPhone
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState
from fetlock.domain.patients import ages, alerts, sexes, weighing
from fetlock.domain.patients.models import Patient, PatientPhoto, PatientWeight
from fetlock.domain.treatment.models import TreatmentItem
from fetlock.errors import NotFound
from fetlock_hostapp.web.kernel.desk import Desk

RECORD: Final = "record"
"""The key of the tab that stands at `patients/<id>` itself."""

PLANS: Final = "plans"
_MOST_SIBLINGS: Final = 8


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another patient of the same owner."""

    name: str
    href: str
    deceased: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """What the shell of a patient's page needs (`patients/shell.html`).

    `facts`: pairs of text and a muted note behind it. `signs`: the plugins that bring panels or icons;
    where the page `brings_panels`, their icons come along with these, else by themselves.
    """

    id: int
    code: str
    name: str
    species: str
    revision: int
    deceased_on: date | None
    active: bool
    client_id: int
    client_name: str
    client_code: str
    client_phone: str
    client_phone_href: str
    client_phone_kind: str
    facts: tuple[tuple[str, str], ...]
    microchip: str
    siblings: tuple[Sibling, ...]
    alerts: tuple[tuple[str, str], ...]
    tabs: tuple[dict[str, Any], ...]
    photo: str | None
    href: str
    panels: tuple[str, ...]
    icons: tuple[str, ...]
    signs: tuple[str, ...]
    brings_panels: bool

    @property
    def title(self) -> str:
        """Name and id, as the window is called."""
        return f"{self.name} ({self.code})"


def load_strip(desk: Desk, patient_id: int, current: str = "") -> Strip:
    """Everything the shell needs; `current` is the key of the tab that is open. Raises `NotFound`."""
    row = _row(desk, patient_id)
    href = desk.url(f"patients/{row.id}")
    today = clock.today(desk.site.time_zone)
    kinds = [
        ("bad" if alert.severe else "warn", alert.text) for alert in alerts.of_patient(desk.session, row.id)
    ]
    if row.deceased_on is not None:
        kinds.insert(0, ("warn", "Deceased: no reminders, bookings or offers"))
    photo = None
    if row.photo_at is not None:
        photo = f"{href}/photo?{urlencode({'v': int(row.photo_at.timestamp())})}"
    panels = desk.hooks.implementers("patient_panels", desk.enabled)
    icons = desk.hooks.implementers("patient_icons", desk.enabled)
    return Strip(
        id=row.id,
        code=row.code,
        name=row.name or "(no name)",
        species=row.species,
        revision=row.revision,
        deceased_on=row.deceased_on,
        active=row.active,
        client_id=row.client_id,
        client_name=" ".join(part for part in (row.first_name, row.last_name) if part) or "(no name)",
        client_code=row.account_number,
        client_phone=phones.shown(row.phone, row.entered, desk.site.country) if row.phone else "",
        client_phone_href=f"tel:{row.phone}" if (row.phone or "").startswith("+") else "",
        client_phone_kind=_said(row),
        facts=tuple(_facts(row, today)),
        microchip=grouped(row.microchip),
        siblings=tuple(_siblings(desk, row)),
        alerts=tuple(kinds),
        tabs=tuple(_tabs(desk, row, current)),
        photo=photo,
        href=href,
        panels=panels,
        icons=icons,
        brings_panels=current == RECORD,
        signs=tuple(dict.fromkeys((*panels, *icons))),
    )


def grouped(microchip: str) -> str:
    """A microchip of fifteen digits in threes, as people read it out."""
    if len(microchip) == 15 and microchip.isdigit():
        return " ".join(microchip[start : start + 3] for start in range(0, 15, 3))
    return microchip


def _row(desk: Desk, patient_id: int) -> Row[Any]:
    row = desk.session.execute(
        _strip_statement(),
        {
            "patient_id": patient_id,
            "site_id": desk.site.id,
            "today": clock.today(desk.site.time_zone),
        },
    ).first()
    if row is None:
        raise NotFound("There is no such patient.")
    return row


# Put together once: doing so for every page took most of its time.
@cache
def _strip_statement() -> Select[*tuple[Any, ...]]:
    earlier, other = aliased(PatientWeight), aliased(ClientPhone)
    weight = (
        select(earlier.id)
        .where(earlier.patient_id == Patient.id)
        .order_by(earlier.measured_at.desc(), earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    phone = (
        select(other.id)
        .where(other.client_id == Patient.client_id)
        .order_by(other.position, other.id)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            *Patient.__table__.c,
            Client.account_number,
            Client.first_name,
            Client.last_name,
            Client.preferred_channel,
            Client.sms_opt_out,
            ClientPhone.digits.label("phone"),
            ClientPhone.entered,
            ClientPhone.kind.label("phone_kind"),
            PatientWeight.kilograms,
            PatientWeight.entered_unit,
            PatientWeight.measured_at,
            PatientPhoto.updated_at.label("photo_at"),
            _todays_items().label("treatment_count"),
            _invoices().label("invoice_count"),
        )
        .join(Client, Client.id == Patient.client_id)
        .outerjoin(ClientPhone, ClientPhone.id == phone)
        .outerjoin(PatientWeight, PatientWeight.id == weight)
        .outerjoin(PatientPhoto, PatientPhoto.patient_id == Patient.id)
        .where(Patient.id == bindparam("patient_id"))
    )


def _todays_items() -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(
            TreatmentItem.patient_id == Patient.id,
            TreatmentItem.site_id == bindparam("site_id"),
            TreatmentItem.removed_at.is_(None),
            TreatmentItem.service_date == bindparam("today"),
        )
        .scalar_subquery()
    )


def _invoices() -> ScalarSelect[int]:
    return (
        select(func.count(func.distinct(InvoiceLine.invoice_id)))
        .select_from(InvoiceLine)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.patient_id == Patient.id,
            InvoiceLine.removed_at.is_(None),
            Invoice.site_id == bindparam("site_id"),
            Invoice.state != InvoiceState.VOID.value,
        )
        .scalar_subquery()
    )


def _said(row: Row[Any]) -> str:
    """What stands behind the phone: its kind, and that texts are preferred or not wanted."""
    words = [row.phone_kind] if row.phone_kind and row.phone_kind != "other" else []
    if row.sms_opt_out:
        words.append("no texts")
    elif row.preferred_channel == "sms":
        words.append("prefers texts")
    elif row.preferred_channel == "email":
        words.append("prefers e-mail")
    return ", ".join(words)


def _facts(row: Row[Any], today: date) -> list[tuple[str, str]]:
    facts = [(row.breed, ""), (sexes.words(row.sex) if row.sex != sexes.UNKNOWN else "", "")]
    if row.kilograms is not None:
        facts.append((weighing.shown(row.kilograms, row.entered_unit), _ago(row.measured_at, today)))
    if row.birth_date is not None:
        about = "about " if row.birth_estimated else ""
        until = row.deceased_on or today
        facts.append((f"{about}{ages.age_words(row.birth_date, until)}", ""))
    facts.append((row.colour, ""))
    return [(text, note) for text, note in facts if text]


def _ago(moment: datetime, today: date) -> str:
    days = (today - moment.date()).days
    if days <= 0:
        return "today"
    if days < 14:
        return f"{days} d ago"
    if days < 60:
        return f"{days // 7} w ago"
    return f"{days // 30} months ago" if days < 730 else f"{days // 365} years ago"


_OTHERS: Final = (
    select(Patient.id, Patient.name, Patient.deceased_on)
    .where(Patient.client_id == bindparam("client_id"), Patient.id != bindparam("patient_id"), Patient.active)
    .order_by(Patient.deceased_on.is_not(None), Patient.name, Patient.id)
    .limit(_MOST_SIBLINGS)
)


def _siblings(desk: Desk, row: Row[Any]) -> list[Sibling]:
    others = desk.session.execute(_OTHERS, {"client_id": row.client_id, "patient_id": row.id})
    return [
        Sibling(each.name or "(no name)", desk.url(f"patients/{each.id}"), each.deceased_on is not None)
        for each in others
    ]


def _tabs(desk: Desk, row: Row[Any], current: str) -> list[dict[str, Any]]:
    counts = {"treatment": row.treatment_count, "invoices": row.invoice_count}
    has_plans = bool(desk.hooks.implementers("benefit_plans", desk.enabled))
    shown: list[PatientTab] = [tab for tab in desk.patient_tabs if tab.key != PLANS or has_plans]
    return [
        {
            "label": tab.label,
            "href": desk.url(f"patients/{row.id}" if tab.key == RECORD else f"patients/{row.id}/{tab.key}"),
            "current": tab.key == current,
            "count": counts.get(tab.key) or None,
        }
        for tab in shown
    ]
