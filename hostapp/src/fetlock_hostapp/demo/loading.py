"""Loading the demo clinic through the same commands as everybody: nothing is written past them."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.access import passwords
from fetlock.domain.catalogue import service as catalogue
from fetlock.domain.catalogue import tax_rates
from fetlock.domain.catalogue.draft import ProductDraft
from fetlock.domain.catalogue.models import Product
from fetlock.domain.clients import service as clients
from fetlock.domain.clients.draft import ClientDraft
from fetlock.domain.clients.phones import TypedPhone
from fetlock.domain.invoices import closing, opening, payments
from fetlock.domain.invoices.lines import NewLine, add_lines
from fetlock.domain.patients import alerts, weights
from fetlock.domain.patients import service as patients
from fetlock.domain.patients.draft import PatientDraft
from fetlock.domain.patients.models import Patient
from fetlock.domain.plugins import switching
from fetlock.domain.sites.founding import found
from fetlock.domain.sites.models import Site
from fetlock.domain.sites.service import SiteDraft
from fetlock.domain.sites.service import add as add_site
from fetlock.domain.staff import employees
from fetlock.domain.staff.employees import EmployeeDraft
from fetlock.domain.staff.models import Role, Staff, StaffRole
from fetlock.platform.runtime import Runtime
from fetlock.work import Work
from fetlock_hostapp.demo.history import make_history
from fetlock_hostapp.demo.people import ALERTS, CLIENTS, DECEASED, PASSWORD, PATIENTS, STAFF, DemoPerson
from fetlock_hostapp.demo.products import PRODUCTS

OPENED: Final = timedelta(days=430)
"""So long ago clients and patients were first seen."""

SITES: Final = (
    SiteDraft(
        name="Northgate",
        time_zone="America/New_York",
        currency="USD",
        locale="en_US",
        street="210 Northgate Road",
        city="Hartford",
        region="CT",
        postal_code="06105",
        phone="(860) 555-0100",
        invoice_prefix="NG",
    ),
    SiteDraft(
        name="Quayside",
        time_zone="America/New_York",
        currency="USD",
        locale="en_US",
        street="3 Quayside",
        city="New London",
        region="CT",
        postal_code="06320",
        phone="(860) 555-0200",
        invoice_prefix="QS",
    ),
)


def load_demo(runtime: Runtime) -> None:
    """Fill an empty, migrated database, in one transaction: all of it is there, or nothing."""
    hashed = passwords.hashed(PASSWORD)
    runtime.database.write(lambda session: _load(session, runtime, hashed))


def sign_ins() -> list[str]:
    """Who may sign in, one line each."""
    people = ", ".join(f"{person.user_name} ({person.role})" for person in STAFF)
    return [f"Sign in as {people}.", f"Everybody's password: {PASSWORD}"]


def _load(session: Session, runtime: Runtime, hashed: str) -> None:
    found(session, runtime, "Northgate Animal Hospital", SITES[0], _draft(STAFF[0]), hashed)
    north = session.scalars(select(Site)).one()
    work = runtime.work(session, north)
    quay = add_site(work, SITES[1])
    _people(work, [north, quay], hashed)
    _catalogue(work, quay)
    _clients(work)
    _patients(work)
    make_history(work)
    _invoices(work)
    for plugin in runtime.registry.plugins.values():
        if not plugin.builtin:
            for site in (north, quay):
                switching.set_state(runtime.work(session, site), plugin.name, "on")


def _draft(person: DemoPerson) -> EmployeeDraft:
    return EmployeeDraft(
        first_name=person.first_name,
        last_name=person.last_name,
        user_name=person.user_name,
        prefix=person.prefix,
        staff_group=person.group,
        email=f"{person.user_name}@northgate.example",
    )


def _people(work: Work, sites: list[Site], hashed: str) -> None:
    """Everybody with their roles; in the demo nobody has to change the password first."""
    session = work.session
    roles = {role.name: role.id for role in session.scalars(select(Role))}
    for person in STAFF[1:]:
        staff = employees.add(work, _draft(person), hashed)
        for site in sites if person.both_sites else sites[:1]:
            session.execute(
                insert(StaffRole).values(staff_id=staff.id, site_id=site.id, role_id=roles[person.role])
            )
    first = session.scalars(select(Staff).where(Staff.user_name == STAFF[0].user_name)).one()
    present = select(StaffRole.site_id).where(StaffRole.staff_id == first.id)
    for site in sites:
        if site.id not in session.scalars(present).all():
            session.execute(
                insert(StaffRole).values(staff_id=first.id, site_id=site.id, role_id=roles[STAFF[0].role])
            )
    for staff in session.scalars(select(Staff)):
        staff.must_change_password = False
    session.flush()


def _catalogue(work: Work, second: Site) -> None:
    rate = tax_rates.save(work, None, name="Connecticut sales tax", percent=Decimal("6.35"))
    for product in PRODUCTS:
        prices: dict[int | None, Decimal | None] = {None: product.price}
        if product.elsewhere is not None:
            prices[second.id] = product.elsewhere
        catalogue.create(
            work,
            ProductDraft(
                code=product.code,
                name=product.name,
                kind=product.kind,
                unit=product.unit,
                unit_decimals=product.decimals,
                tax_rate_id=rate.id if product.taxed else None,
                excluded_from_percentage_discount=product.excluded,
                prices=prices,
            ),
        )


def _clients(work: Work) -> None:
    for number, first, last, phone, email, street, channel in _rows(CLIENTS):
        client = clients.create(
            work,
            ClientDraft(
                account_number=number,
                first_name=first,
                last_name=last,
                phones=(TypedPhone("mobile", phone),),
                emails=(email,),
                street=street,
                city="Hartford",
                region="CT",
                postal_code="06105",
                country="US",
                preferred_channel=channel,
            ),
        )
        client.created_at = clock.now() - OPENED


def _patients(work: Work) -> None:
    now = clock.now()
    ids = {}
    for code, name, species, breed, sex, age, colour, chip, kilograms in _rows(PATIENTS):
        owner = clients.by_account_number(work.session, code.rstrip("ABCDEFGH"))
        assert owner is not None, code
        patient = patients.create(
            work,
            owner.id,
            PatientDraft(
                code=code,
                name=name or "?",
                species=species,
                breed=breed,
                sex=sex,
                age=age,
                colour=colour,
                microchip=chip,
            ),
        )
        patient.name, patient.birth_estimated = name, False
        assert patient.birth_date is not None
        young = now.date() - patient.birth_date < OPENED
        patient.created_at = now - (timedelta(days=14) if young else OPENED)
        ids[code] = patient.id
        values = [Decimal(value) for value in kilograms.split()]
        for place, value in enumerate(values):
            back = timedelta(days=75 * (len(values) - 1 - place), hours=1)
            weights.add(work, patient.id, value, "kg", measured_at=now - back)
    for code, days in DECEASED.items():
        with clock.set_to(now - timedelta(days=days)):
            patients.set_deceased(work, ids[code], clock.today(work.site.time_zone))
    for code, text, severe in ALERTS:
        with clock.set_to(now - timedelta(days=190)):
            alerts.add(work, ids[code], text, severe=severe)


def _invoices(work: Work) -> None:
    """An invoice that is closed, and one that waits for its payment."""
    closed = _sell(work, "70A", ("EXAM-ANN", "VAC-RAB3", "FLEA-DOG-M"))
    invoice = payments.take_payment(work, closed, _balance(work, closed), "card")
    closing.close(work, invoice.id)
    _sell(work, "84A", ("EXAM-RE", "MELOX-ORAL"))


def _sell(work: Work, code: str, products: tuple[str, ...]) -> int:
    patient = work.session.scalars(select(Patient).where(Patient.code == code)).one()
    found = dict(work.session.execute(select(Product.code, Product.id)).tuples().all())
    lines = [NewLine(patient_id=patient.id, product_id=found[each], quantity=Decimal(1)) for each in products]
    return add_lines(work, patient.client_id, lines).invoice.id


def _balance(work: Work, invoice_id: int) -> Decimal:
    return opening.get(work.session, work.site.id, invoice_id).balance


def _rows(table: str) -> Iterator[list[str]]:
    for line in table.strip().splitlines():
        yield [part.strip() for part in line.split("|")]
