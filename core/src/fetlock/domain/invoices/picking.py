"""Choosing what to add: products with their price for a patient, providers, what plans still hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.pricing import AdjustmentKind, EntitlementFacts
from fetlock.domain.catalogue.listing import ListedProduct
from fetlock.domain.catalogue.models import Product
from fetlock.domain.invoices import previewing, quoting
from fetlock.domain.invoices.lines import NewLine
from fetlock.domain.invoices.proposals import ask_for_proposals
from fetlock.domain.patients.models import Patient
from fetlock.domain.staff.models import Staff, StaffRole
from fetlock.pricing import PricedLine
from fetlock.work import Work

ZERO = Decimal(0)
MOST_PRODUCTS: Final = 5_000
"""So many products at most are held against a patient's plans to find what these pay for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A product that may be chosen. `price` of one unit for the patient; None where no patient was named.

    `left`: units that the patient's plans still hold of it, None where no plan covers it.
    """

    product: Product | ListedProduct
    price: PricedLine | None = None
    left: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Units that a patient's plans still hold of one thing, over all usable terms, and what it pays for.

    `label` is that of the term that is used first; `products` are its own code first, then alternates.
    """

    label: str
    left: Decimal
    products: tuple["OfferedProduct", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedProduct:
    """A product that a plan pays for."""

    id: int
    code: str
    name: str


def by_code(session: Session, code: str) -> Product | None:
    """The product of exactly this code, active or not, whatever the case it is typed in."""
    found = session.scalars(select(Product).where(func.lower(Product.code) == code.strip().lower())).all()
    exact = [product for product in found if product.code == code.strip()]
    return next(iter(exact or found), None)


def choices(
    work: Work,
    products: Sequence[Product | ListedProduct],
    patient_id: int | None,
    *,
    invoice_id: int | None = None,
) -> list[Choice]:
    """These products with the price of one unit for a patient, and what their plans still hold of each."""
    if patient_id is None or work.session.get(Patient, patient_id) is None:
        return [Choice(product=product) for product in products]
    new = [NewLine(patient_id=patient_id, product_id=product.id, quantity=Decimal(1)) for product in products]
    left = {facts.entitlement_id: facts.available for facts in _usable(work, [patient_id])}
    priced = previewing.price_each(work, new, invoice_id=invoice_id)
    return [
        Choice(
            product=product,
            price=price,
            left=sum((max(left.get(key, ZERO), ZERO) for key in covering), ZERO) if covering else None,
        )
        for product, (price, covering) in zip(products, priced, strict=True)
    ]


def offers(work: Work, patient_id: int) -> list[Offer]:
    """What the patient's plans still pay for: their plugins are asked once, for all active products."""
    usable = [facts for facts in _usable(work, [patient_id]) if facts.available > ZERO]
    if not usable:
        return []
    today = clock.today(work.site.time_zone)
    statement = previewing.products_with_prices(work).where(Product.active)
    rows = work.session.execute(statement.order_by(Product.code).limit(MOST_PRODUCTS)).all()
    one = Decimal(1)
    lines = tuple(
        quoting.product_line(row, key=-number, patient_id=patient_id, quantity=one, day=today)
        for number, row in enumerate(rows, start=1)
    )
    quote = quoting.build_quote(work, None, lines, work.site.prices_include_tax)
    covers: dict[int, list[tuple[int, str, OfferedProduct]]] = {}
    owners = frozenset(facts.plugin for facts in usable)
    for proposal in ask_for_proposals(work.hooks, owners, quote).accepted:
        adjustment = proposal.adjustment
        if adjustment.kind is AdjustmentKind.COVER and adjustment.entitlement_id is not None:
            row = rows[-adjustment.line - 1]
            product = OfferedProduct(id=row.id, code=row.product_code, name=row.product_name)
            covers.setdefault(adjustment.entitlement_id, []).append((adjustment.rank, product.code, product))
    found: dict[tuple[OfferedProduct, ...], Offer] = {}
    for facts in usable:
        ranked = sorted(covers.get(facts.entitlement_id, ()), key=_rank)
        products = tuple(product for _, _, product in ranked)
        if products:
            before = found.get(products, Offer(label=facts.label, left=ZERO, products=products))
            found[products] = replace(before, left=before.left + facts.available)
    return list(found.values())


def providers(session: Session, site_id: int) -> list[Staff]:
    """The active people of a site, by name."""
    at_site = select(StaffRole.staff_id).where(StaffRole.site_id == site_id)
    statement = select(Staff).where(Staff.active, Staff.id.in_(at_site))
    return list(session.scalars(statement.order_by(Staff.last_name, Staff.first_name, Staff.id)))


def patients_of(session: Session, client_id: int) -> list[Patient]:
    """A client's patients that may be treated, by readable id."""
    return list(
        session.scalars(
            select(Patient).where(Patient.client_id == client_id, Patient.active).order_by(Patient.code)
        )
    )


def plans_for(work: Work, patient_id: int) -> list[EntitlementFacts]:
    """The patient's usable entitlements, for choosing another plan by hand (CPX-23)."""
    return _usable(work, [patient_id])


def _usable(work: Work, patient_ids: Sequence[int]) -> list[EntitlementFacts]:
    day = clock.today(work.site.time_zone)
    facts = quoting.entitlement_facts(work.session, patient_ids, work.enabled, day)
    return sorted(
        (entry for entry in facts if entry.usable),
        key=lambda entry: (entry.valid_to, entry.valid_from, entry.chain, entry.entitlement_id),
    )


def _rank(entry: tuple[int, str, OfferedProduct]) -> tuple[int, str]:
    return entry[:2]
