"""What plans do to invoice lines: items of a plan cost nothing, other things get the plan's discount."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, and_, or_, select

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
    account_key = _settings(site).get("api_key", "")
    found: dict[int, PlansOfPatient] = defaultdict(PlansOfPatient)
    for row in reading.rows(_statement(account_key, list(patients), codes, line_ids)):
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


def _statement(
    account_key: str, patients: list[int], codes: set[str], line_ids: Sequence[int]
) -> Select[Any]:
    """Active plans of the patients, and those the lines hold, with the items in which a code stands."""
    own = CarePlanCode.__table__.alias("own")
    held = select(LineCoverage.entitlement_id).where(LineCoverage.line_id.in_(line_ids))
    entries = (
        select(
            CarePlanTerm.plan_id,
            CarePlanTerm.number.label("term"),
            CarePlanItem.name.label("item_name"),
            CarePlanItem.position.label("item_position"),
            CarePlanItem.vendor_item_id,
            CarePlanItem.entitlement_id,
            CarePlanItem.entitlement_id.in_(held).label("held"),
            CarePlanCode.code,
            CarePlanCode.position.label("code_position"),
            own.c.code.label("item_code"),
        )
        .join(CarePlanItem, CarePlanItem.term_id == CarePlanTerm.id)
        .join(CarePlanCode, CarePlanCode.item_id == CarePlanItem.id)
        .outerjoin(own, and_(own.c.item_id == CarePlanItem.id, own.c.position == 0))
        .where(CarePlanCode.code.in_(sorted(codes)), CarePlanCode.dropped_at.is_(None))
        .subquery()
    )
    active = and_(CarePlan.status == "active", CarePlan.missing_since.is_(None))
    return (
        select(
            CarePlan.patient_id,
            CarePlan.name.label("plan_name"),
            CarePlan.vendor_plan_id,
            active.label("active"),
            CarePlan.discount_percent,
            CarePlan.discount_name,
            entries.c.term,
            entries.c.item_name,
            entries.c.item_position,
            entries.c.vendor_item_id,
            entries.c.entitlement_id,
            entries.c.held,
            entries.c.code,
            entries.c.code_position,
            entries.c.item_code,
        )
        .outerjoin(entries, entries.c.plan_id == CarePlan.id)
        .where(
            CarePlan.patient_id.in_(patients),
            CarePlan.account_key == account_key,
            or_(active, entries.c.held),
        )
        .order_by(CarePlan.id, entries.c.term, entries.c.item_position, entries.c.code_position)
    )


def _settings(site: SiteFacts) -> Any:
    return site.settings.get(NAME, {})
