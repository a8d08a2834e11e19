"""The demo clinic's past: visits with their invoices, messages, and what is still open today."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from sqlalchemy import select

from fetlock import clock
from fetlock.contracts import Actor
from fetlock.domain.catalogue.models import Product
from fetlock.domain.invoices import opening, payments
from fetlock.domain.messages.service import queue_message
from fetlock.domain.patients.models import Patient
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Staff
from fetlock.domain.treatment import service as treatment
from fetlock.work import Work

T = TypeVar("T")
PAYING: Final = timedelta(minutes=40)
"""So long after the treatment the client pays."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What was done for a patient some days ago, by whom, at which site; paid by `method` unless open."""

    days: int
    site: str
    patient: str
    doctor: str
    items: tuple[str, ...]
    method: str
    note: str


def _read(table: str) -> tuple[Visit, ...]:
    found = []
    for line in table.strip().splitlines():
        days, site, patient, doctor, items, method, note = (part.strip() for part in line.split("|"))
        found.append(Visit(int(days), site, patient, doctor, tuple(items.split()), method, note))
    return tuple(sorted(found, key=lambda visit: -visit.days))


VISITS: Final = _read(
    """
    402 | northgate | 57A | tomasz | EXAM-RE SKN-SCR EAR-CLEAN      | card | Scratching, worse at night
    191 | northgate | 57A | priya  | EXAM-RE CYT-EAR EAR-CLEAN      | card | Left ear red, waxy discharge
     98 | northgate | 57A | priya  | RAD-2 MELOX-ORAL               | cash | Hips; mild osteoarthritis, right
     23 | northgate | 57A | tomasz | FLEA-DOG-M                     | card |
    230 | northgate | 57B | priya  | VAC-FVRCP VAC-RAB1             | card |
    120 | northgate | 71A | priya  | EXAM-ANN VAC-DAPP3 HW-4DX      | card | Well; recheck in a year
     44 | northgate | 74A | tomasz | EXAM-RE RAD-2 MELOX-ORAL*2     | card | Lame, left fore
     12 | northgate | 63A | priya  | EXAM-ANN LAB-SEN LAB-UA        | bank | Drinking more
      9 | northgate | 84A | priya  | EXAM-RE LAB-C17 FEE-WASTE      | card |
      5 | northgate | 79A | tomasz | NAIL-M CYT-EAR                 | cash |
      2 | northgate | 73A | priya  | DENT-1 RAD-DENT-FM MELOX-INJ*0.3 | card | Two extractions
     66 | quayside  | 61A | priya  | EXAM-KIT VAC-FVRCP FEC-GIA     | card | First visit
     31 | quayside  | 82A | priya  | EXAM-ANN VAC-FELV              | card |
      7 | quayside  | 80A | priya  | EXAM-RE                        | cash |
      0 | quayside  | 83A | priya  | EXAM-ANN FOOD-GI4              |      |
    """
)
"""Days ago, site, patient, doctor, items (with a quantity after *), how it was paid (open without), note."""

MESSAGES: Final = (
    ("57A", 3, "Weight check", "Barnaby weighs a little more than he should. Come by for a free look."),
    ("63A", 11, "Results", "The results are in: please call us when you have a moment."),
)


def make_history(work: Work) -> None:
    """Everything that happened before today, each at its time and in the name of who did it."""
    present = clock.now()
    for visit in VISITS:
        begun = min(_at(present, visit.days), present - 2 * PAYING)
        with clock.set_to(begun):
            invoice_id = _as(work, visit.site, visit.doctor, lambda there, visit=visit: _treat(there, visit))  # type: ignore[misc]
        if visit.method:
            with clock.set_to(begun + PAYING):
                _as(work, visit.site, "ruth", lambda there, v=visit, i=invoice_id: _pay(there, i, v.method))  # type: ignore[misc]
    for code, days, subject, body in MESSAGES:
        with clock.set_to(_at(present, days)):
            _as(work, "northgate", "ann", lambda there, c=code, s=subject, b=body: _write(there, c, s, b))  # type: ignore[misc]


def _at(present: datetime, days: int) -> datetime:
    """A moment of the working day, so many days ago."""
    return (present - timedelta(days=days)).replace(hour=14 + days % 5, minute=days * 7 % 60)


def _as(work: Work, site: str, user_name: str, command: Callable[[Work], T]) -> T:
    """Run a command at a site in the name of an employee."""
    session = work.session
    place = session.scalars(select(Site).where(Site.slug == site)).one()
    person = session.scalars(select(Staff).where(Staff.user_name == user_name)).one()
    actor = Actor(staff_id=person.id, name=person.full_name, unrestricted=True)
    return command(
        Work(
            session=session,
            hooks=work.hooks,
            actor=actor,
            site=place,
            enabled=place.enabled_plugins(),
        )
    )


def _treat(work: Work, visit: Visit) -> int:
    patient = _patient(work, visit.patient)
    doctor = work.session.scalars(select(Staff).where(Staff.user_name == visit.doctor)).one()
    invoice_id = 0
    for place, item in enumerate(visit.items):
        code, _, quantity = item.partition("*")
        product_id = work.session.scalars(select(Product.id).where(Product.code == code)).one()
        ordered = treatment.order(
            work,
            patient_id=patient.id,
            product_id=product_id,
            quantity=Decimal(quantity or 1),
            provider_id=doctor.id,
            note="" if place else visit.note,
        )
        assert ordered.changed is not None
        invoice_id = ordered.changed.invoice.id
    return invoice_id


def _pay(work: Work, invoice_id: int, method: str) -> None:
    invoice = opening.get(work.session, work.site.id, invoice_id)
    payments.take_payment(work, invoice_id, invoice.balance, method, close=True)


def _write(work: Work, code: str, subject: str, body: str) -> None:
    patient = _patient(work, code)
    queue_message(work, patient.client_id, "email", subject, body, patient_id=patient.id)


def _patient(work: Work, code: str) -> Patient:
    return work.session.scalars(select(Patient).where(Patient.code == code)).one()
