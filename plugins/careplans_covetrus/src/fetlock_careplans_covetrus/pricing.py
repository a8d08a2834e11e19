"""What plans do to invoice lines: items of a plan cost nothing, other things get the plan's discount."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, or_, select

from fetlock.contracts import (
    AdjustmentKind,
    LineAdjustment,
    LineCandidate,
    Quote,
    QuoteLine,
    Reading,
    SiteFacts,
    Veto,
)
from fetlock.tables import LineCoverage
from fetlock_careplans_covetrus.models import CarePlan, CarePlanCode, CarePlanItem, CarePlanTerm
from fetlock_careplans_covetrus.naming import NAME, PREFIX

COVERED: Final = "plan_item"
DISCOUNT: Final = "out_of_plan"
_ALTERNATES: Final = 100_000_000
"""Beyond any position that a vendor counts to."""
_LONGEST_EXPLANATION: Final = 500
_MANY: Final = 200
"""Beyond so many codes (all that could be picked) it is quicker to read the plans whole."""


@dataclass(frozen=True, slots=True)
class Match:
    """A code that stands in an item of a patient's plan. `held`: lines of this invoice use it already."""

    plan_name: str
    vendor_plan_id: str
    active: bool
    term: int
    item_name: str
    item_position: int
    vendor_item_id: str
    code: str
    code_position: int
    item_code: str
    entitlement_id: int
    held: bool


@dataclass(slots=True)
class PlansOfPatient:
    """The patient's plans: which code stands in which items, and the discounts of the active ones."""

    matches: dict[str, list[Match]] = field(default_factory=lambda: defaultdict(list))
    discounts: dict[tuple[Decimal, str, str], None] = field(default_factory=dict)


def propose(quote: Quote) -> Sequence[LineAdjustment]:
    """Cover what stands in a plan (CP-55, CP-61); discount what does not (CP-96, QA31). One query.

    What a line holds of a plan that has ended since is proposed again: core lets it keep that, and no more.
    """
    plans = _read(
        quote.reading,
        quote.site,
        quote.patients,
        {line.product_code for line in quote.lines},
        [line.key for line in quote.lines if line.key > 0],
    )
    if not plans:
        return ()
    running = {facts.entitlement_id for facts in quote.entitlements if facts.plugin == NAME}
    beyond = bool(_settings(quote.site).get("discount_beyond_allotment"))
    proposals: list[LineAdjustment] = []
    for line in quote.lines:
        of_patient = plans.get(line.patient_id)
        if of_patient is None:
            continue
        matches = [
            match
            for match in of_patient.matches.get(line.product_code, ())
            if match.held or (match.active and match.entitlement_id in running)
        ]
        # Allotments are whole units: part of one is never taken, whenever the plan came (QA4).
        if _is_whole(line.quantity):
            proposals += [_covering(line, match) for match in matches]
        if not matches or beyond:
            proposals += _discounts(line, of_patient)
    return proposals


def check(candidate: LineCandidate) -> Sequence[Veto]:
    """Plan items are counted in whole units: a part of one is refused, never rounded (CP-66, QA4)."""
    line = candidate.line
    if _is_whole(line.quantity):
        return ()
    patient = candidate.patient.patient_id
    plans = _read(candidate.reading, candidate.site, (patient,), {line.product_code})
    running = {facts.entitlement_id for facts in candidate.entitlements}
    matches = (
        [
            match
            for match in plans[patient].matches.get(line.product_code, ())
            if match.active and match.entitlement_id in running
        ]
        if patient in plans
        else []
    )
    if not matches:
        return ()
    return (
        Veto(
            code="whole_units",
            field="quantity",
            overridable=False,
            reason=(
                f"{line.product_code} is a service of {PREFIX}{matches[0].plan_name} and is counted in whole "
                "units: enter 1, 2, … To record a dose, link an inventory item to the service and enter the "
                "dose there."
            ),
        ),
    )


def explanation(match: Match) -> str:
    """Why the plan pays, in words (CPX-40)."""
    text = f"covered by {PREFIX}{match.plan_name}, term {match.term}, item {match.item_name}"
    if match.code_position:
        text += f", alternate of {match.item_code}"
    return text[:_LONGEST_EXPLANATION]


def _covering(line: QuoteLine, match: Match) -> LineAdjustment:
    return LineAdjustment(
        line=line.key,
        kind=AdjustmentKind.COVER,
        reason_code=COVERED,
        label=f"{PREFIX}{match.plan_name}, term {match.term}: {match.item_name}",
        entitlement_id=match.entitlement_id,
        # an item's own code before an alternate, then the vendor's order (QA13)
        rank=(0 if match.code_position == 0 else _ALTERNATES) + match.item_position,
        source=f"{match.vendor_plan_id}/{match.vendor_item_id}",
        explanation=explanation(match),
    )


def _discounts(line: QuoteLine, plans: PlansOfPatient) -> Iterable[LineAdjustment]:
    for percent, discount_name, plan_name in plans.discounts:
        label = f"{discount_name or 'Out-of-plan discount'} {percent.normalize():f} %, {PREFIX}{plan_name}"
        yield LineAdjustment(
            line=line.key,
            kind=AdjustmentKind.PERCENT,
            reason_code=DISCOUNT,
            label=label,
            percent=percent,
            exclusive_group=f"{NAME}.{DISCOUNT}",
            source=plan_name,
        )


def _is_whole(quantity: Decimal) -> bool:
    return quantity == quantity.to_integral_value()


def _read(
    reading: Reading,
    site: SiteFacts,
    patients: Iterable[int],
    codes: set[str],
    line_ids: Sequence[int] = (),
) -> dict[int, PlansOfPatient]:
    found: dict[int, PlansOfPatient] = defaultdict(PlansOfPatient)
    parameters: dict[str, Any] = {
        "account_key": _settings(site).get("api_key", ""),
        "patients": list(patients),
        "lines": list(line_ids),
    }
    all_codes = len(codes) > _MANY
    if not all_codes:
        parameters["codes"] = sorted(codes)
    for row in reading.rows(_statement(all_codes), parameters):
        plans = found[row.patient_id]
        if row.discount_percent and row.active:
            plans.discounts[row.discount_percent, row.discount_name, row.plan_name] = None
        if row.code is not None:
            plans.matches[row.code].append(
                Match(
                    plan_name=row.plan_name,
                    vendor_plan_id=row.vendor_plan_id,
                    active=row.active,
                    term=row.term,
                    item_name=row.item_name,
                    item_position=row.item_position,
                    vendor_item_id=row.vendor_item_id,
                    code=row.code,
                    code_position=row.code_position,
                    item_code=row.item_code or row.code,
                    entitlement_id=row.entitlement_id,
                    held=row.held,
                )
            )
    return dict(found)


@lru_cache
def _statement(all_codes: bool) -> Select[*tuple[Any, ...]]:
    """Active plans of the patients, and those the lines hold, with the items in which a code stands.

    Built once: it runs with every pricing. `all_codes`: whichever code.
    """
    plan, term, item = CarePlan.__table__.c, CarePlanTerm.__table__.c, CarePlanItem.__table__.c
    code, own = CarePlanCode.__table__.c, CarePlanCode.__table__.alias("own").c
    coverage = LineCoverage.__table__.c
    held = select(coverage.entitlement_id).where(coverage.line_id.in_(bindparam("lines", expanding=True)))
    entries = (
        select(
            term.plan_id,
            term.number.label("term"),
            item.name.label("item_name"),
            item.position.label("item_position"),
            item.vendor_item_id,
            item.entitlement_id,
            item.entitlement_id.in_(held).label("held"),
            code.code,
            code.position.label("code_position"),
            own.code.label("item_code"),
        )
        .select_from(CarePlanTerm.__table__)
        .join(CarePlanItem.__table__, item.term_id == term.id)
        .join(CarePlanCode.__table__, code.item_id == item.id)
        .outerjoin(own.code.table, and_(own.item_id == item.id, own.position == 0))
        .where(code.dropped_at.is_(None))
    )
    if not all_codes:
        entries = entries.where(code.code.in_(bindparam("codes", expanding=True)))
    entry = entries.subquery()
    active = and_(plan.status == "active", plan.missing_since.is_(None))
    return (
        select(
            plan.patient_id,
            plan.name.label("plan_name"),
            plan.vendor_plan_id,
            active.label("active"),
            plan.discount_percent,
            plan.discount_name,
            *(column for column in entry.c if column.name != "plan_id"),
        )
        .outerjoin(entry, entry.c.plan_id == plan.id)
        .where(
            plan.patient_id.in_(bindparam("patients", expanding=True)),
            plan.account_key == bindparam("account_key"),
            or_(active, entry.c.held),
        )
        .order_by(plan.id, entry.c.term, entry.c.item_position, entry.c.code_position)
    )


def _settings(site: SiteFacts) -> Any:
    return site.settings.get(NAME, {})
