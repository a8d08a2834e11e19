"""The rows of the sample clinic: its sites, roles, staff, clients, patients, products and prices."""

import importlib
import pkgutil
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.registration import Permission
from fetlock.domain.catalogue.models import Product, ProductKind, ProductPrice, TaxRate
from fetlock.domain.clients.models import Client, ClientEmail, ClientPhone
from fetlock.domain.patients.models import Patient
from fetlock.domain.sites.models import Organisation, Site
from fetlock.domain.staff.models import Role, RolePermission, Staff, StaffRole

TAX: Final = Decimal("6.35")
ROLES: Final = ("Administrator", "Veterinarian", "Nurse", "Receptionist")


@dataclass(slots=True)
class Records:
    """Ids of what was made, by the code that a test names it with."""

    sites: dict[str, int] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)
    permissions: dict[str, frozenset[str]] = field(default_factory=dict)
    clients: dict[str, int] = field(default_factory=dict)
    patients: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    tax_rate_id: int = 0


def make_records(session: Session) -> Records:
    """Make the sample clinic in an empty database.

    Sites: north (New York, prices without tax) and south (Chicago). Client 57 owns 57A and 57B, client 58
    owns 58A. Products: NAIL 30.00, EXAM 58.00 (62.00 at south), FOOD 50.00 and DROPS 12.40 (by the mL, two
    decimals) with tax of 6.35 %, BLOOD 84.00, which no percentage touches, and FREE without any price.
    """
    records = Records()
    _make_sites(session, records)
    _make_staff(session, records)
    _make_clients(session, records)
    _make_products(session, records)
    return records


def read_records(session: Session) -> Records:
    """The ids of what `make_records` made, and of what a test added, by code."""

    def by(code: Any, key: Any) -> dict[str, int]:
        return {row[0]: row[1] for row in session.execute(select(code, key))}

    roles = by(Role.name, Role.id)
    held: dict[str, set[str]] = {name: set() for name in roles}
    for name, permission in session.execute(
        select(Role.name, RolePermission.permission).join(Role, Role.id == RolePermission.role_id)
    ):
        held[name].add(permission)
    return Records(
        sites=by(Site.slug, Site.id),
        staff=by(Staff.first_name, Staff.id),
        roles=roles,
        permissions={name: frozenset(keys) for name, keys in held.items()},
        clients=by(Client.account_number, Client.id),
        patients=by(Patient.code, Patient.id),
        products=by(Product.code, Product.id),
        tax_rate_id=session.scalar(select(TaxRate.id)) or 0,
    )


def _make_sites(session: Session, records: Records) -> None:
    organisation = Organisation(name="Elm Street Veterinary Group")
    session.add(organisation)
    session.flush()
    zones = {"north": "America/New_York", "south": "America/Chicago"}
    for slug, zone in zones.items():
        site = Site(
            organisation_id=organisation.id,
            slug=slug,
            name=f"{slug.capitalize()} Clinic",
            time_zone=zone,
            currency="USD",
            locale="en_US",
            invoice_prefix=f"{slug[0].upper()}C",
            plugins={},
        )
        session.add(site)
        session.flush()
        records.sites[slug] = site.id


def _make_staff(session: Session, records: Records) -> None:
    declared = core_permissions()
    for name in ROLES:
        role = Role(name=name, everything=name == "Administrator")
        session.add(role)
        session.flush()
        records.roles[name] = role.id
        held = frozenset(p.key for p in declared if name in p.roles or name == "Administrator")
        records.permissions[name] = held
        session.add_all(RolePermission(role_id=role.id, permission=key) for key in sorted(held))
        # an empty hash matches no password: tests of sign-in set one
        person = Staff(
            first_name=name, last_name="Smith", initials=name[:2], user_name=name.lower(), password_hash=""
        )
        session.add(person)
        session.flush()
        records.staff[name] = person.id
        for site_id in records.sites.values():
            session.add(StaffRole(staff_id=person.id, site_id=site_id, role_id=role.id))
    session.flush()


def _make_clients(session: Session, records: Records) -> None:
    now = clock.now()
    people = {"57": ("Dana", "Whitfield"), "58": ("Noor", "O’Hara")}
    for number, (first, last) in people.items():
        client = Client(account_number=number, first_name=first, last_name=last, created_at=now)
        session.add(client)
        session.flush()
        records.clients[number] = client.id
        session.add(
            ClientPhone(client_id=client.id, digits=f"+120355501{number}", entered=f"203-555-01{number}")
        )
        session.add(ClientEmail(client_id=client.id, address=f"{first.lower()}@example.org"))
    animals = {"57A": ("Biscuit", "Canine"), "57B": ("Olive", "Feline"), "58A": ("Moss", "Canine")}
    for code, (name, species) in animals.items():
        patient = Patient(
            client_id=records.clients[code[:2]],
            code=code,
            name=name,
            species=species,
            sex="F",
            created_at=now,
        )
        session.add(patient)
        session.flush()
        records.patients[code] = patient.id


def _make_products(session: Session, records: Records) -> None:
    rate = TaxRate(name="Sales tax", percent=TAX)
    session.add(rate)
    session.flush()
    records.tax_rate_id = rate.id
    products = [
        (Product(code="NAIL", name="Nail trim", kind=ProductKind.SERVICE.value), "30.00"),
        (Product(code="EXAM", name="Wellness exam", kind=ProductKind.PROCEDURE.value), "58.00"),
        (
            Product(code="FOOD", name="Kidney diet", kind=ProductKind.INVENTORY.value, tax_rate_id=rate.id),
            "50.00",
        ),
        (
            Product(
                code="DROPS",
                name="Ear drops",
                kind=ProductKind.INVENTORY.value,
                tax_rate_id=rate.id,
                unit="mL",
                unit_decimals=2,
            ),
            "12.40",
        ),
        (
            Product(
                code="BLOOD",
                name="Blood panel",
                kind=ProductKind.LAB.value,
                excluded_from_percentage_discount=True,
            ),
            "84.00",
        ),
        (Product(code="FREE", name="Nameless service", kind=ProductKind.SERVICE.value), None),
    ]
    for product, price in products:
        session.add(product)
        session.flush()
        records.products[product.code] = product.id
        if price is not None:
            session.add(ProductPrice(product_id=product.id, amount=Decimal(price)))
    session.add(
        ProductPrice(
            product_id=records.products["EXAM"], site_id=records.sites["south"], amount=Decimal("62.00")
        )
    )
    session.flush()


def core_permissions() -> tuple[Permission, ...]:
    """Every permission that an area of core declares."""
    from fetlock import domain

    found: list[Permission] = []
    for area in pkgutil.iter_modules(domain.__path__):
        for module in pkgutil.iter_modules([f"{domain.__path__[0]}/{area.name}"]):
            if module.name == "permissions":
                found += importlib.import_module(f"fetlock.domain.{area.name}.permissions").PERMISSIONS
    return tuple(found)
