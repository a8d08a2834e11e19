"""Adding a plan's service: to today's treatment, or to the invoice without a visit (CP-39)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from fetlock import Conflict, Invalid, NotFound, Work, clock
from fetlock.contracts import Reading
from fetlock.services import Changed, LineSource, NewLine, add_invoice_lines, order_treatment
from fetlock.tables import InvoiceLine, LineCoverage, Patient
from fetlock_careplans_covetrus.codes import CodeShown, codes_of
from fetlock_careplans_covetrus.counters import ZERO, PlanShown, plans_of
from fetlock_careplans_covetrus.naming import USE

TREATMENT: Final = "treatment"
INVOICE: Final = "invoice"
ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it. `where`: treatment or invoice. `told`: what staff must be told at once.

    `net` is what the client pays for it, `saved` what the plan pays at list price.
    """

    name: str
    where: str
    invoice_id: int
    invoice: str
    line_id: int
    net: Decimal
    saved: Decimal
    covered: Decimal
    explanations: tuple[str, ...]
    told: tuple[str, ...]


def add(
    work: Work, reading: Reading, patient_id: int, plan_id: int, item_id: int, code: str, where: str
) -> Added:
    """Add one unit of `code`, of an item of a plan of this patient, and answer how it is paid.

    The current term is used before a renewed one, whichever the item was picked from (CP-61). Raises
    `NotFound` for what is not the patient's, `Invalid` for a code that cannot be charged, `Conflict` while
    the plan is not active, and whatever the commands of core raise.
    """
    work.require(USE)
    if where not in (TREATMENT, INVOICE):
        raise Invalid({"where": "Choose treatment or invoice."})
    patient = work.session.get(Patient, patient_id)
    plans = plans_of(reading, work.site_facts, patient_id)
    shown = next((plan for plan in plans if plan.plan.id == plan_id), None)
    items = {item.item_id: item for plan in plans for term in plan.terms for item in term.items}
    if patient is None or shown is None or not _holds(shown, item_id):
        raise NotFound("This patient has no such plan service here.")
    if not shown.plan.is_active:
        raise Conflict(f"{shown.title} is {shown.status.text.lower()}, so it covers nothing now.")
    codes = codes_of(reading, work.site_facts, list(items))
    chosen = next((each for each in codes[item_id] if each.code == code and each.dropped_at is None), None)
    if chosen is None:
        raise Invalid({"code": f"{code} is not part of {items[item_id].name} (any more)."})
    if chosen.product_id is None or not chosen.active:
        raise Invalid({"code": f"{code} has no matching product here, so it cannot be charged."})
    preferred = _preferred(plans, shown, codes, code, clock.today(work.site.time_zone))
    changed = _charge(work, patient, chosen.product_id, where, preferred)
    return _outcome(work, changed, chosen.name, where)


def _holds(shown: PlanShown, item_id: int) -> bool:
    return any(item.item_id == item_id for term in shown.terms for item in term.items)


def _preferred(
    plans: Sequence[PlanShown],
    shown: PlanShown,
    codes: Mapping[int, Sequence[CodeShown]],
    code: str,
    day: date,
) -> int | None:
    """The entitlement of the plan that staff picked, where another plan would come first (CPX-23)."""

    def usable(plan: PlanShown) -> list[int]:
        return [
            item.entitlement_id
            for term in plan.terms
            if term.usable_on(day)
            for item in term.items
            if item.left > ZERO
            and any(each.code == code and each.dropped_at is None for each in codes.get(item.item_id, ()))
        ]

    others = any(usable(plan) for plan in plans if plan is not shown and plan.plan.is_active)
    return next(iter(usable(shown)), None) if others else None


def _charge(work: Work, patient: Patient, product_id: int, where: str, preferred: int | None) -> Changed:
    if where == INVOICE:
        line = NewLine(
            patient_id=patient.id,
            product_id=product_id,
            quantity=ONE,
            source=LineSource.PLUGIN,
            preferred_entitlement_id=preferred,
        )
        return add_invoice_lines(work, patient.client_id, [line])
    ordered = order_treatment(
        work,
        patient_id=patient.id,
        product_id=product_id,
        quantity=ONE,
        preferred_entitlement_id=preferred,
    )
    assert ordered.changed is not None  # it is billable
    return ordered.changed


def _outcome(work: Work, changed: Changed, name: str, where: str) -> Added:
    line_id = changed.line_ids[0]
    line = work.session.execute(
        select(InvoiceLine.net, InvoiceLine.savings, InvoiceLine.covered_quantity).where(
            InvoiceLine.id == line_id
        )
    ).one()
    explanations = work.session.scalars(
        select(LineCoverage.explanation)
        .where(LineCoverage.line_id == line_id)
        .order_by(LineCoverage.position)
    )
    return Added(
        name=name,
        where=where,
        invoice_id=changed.invoice.id,
        invoice=changed.invoice.title,
        line_id=line_id,
        net=line.net,
        saved=line.savings,
        covered=line.covered_quantity,
        explanations=tuple(explanations),
        told=tuple(changed.told),
    )
