"""What plans do to invoice lines: items of a plan cost nothing, other things get the plan's discount."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, select

from fetlock.contracts import (
    AdjustmentKind,
    EntitlementFacts,
    LineAdjustment,
    LineCandidate,
    Quote,
    QuoteLine,
    Reading,
    SiteFacts,
    Veto,
)
from fetlock_careplans_covetrus.models import CarePlan, CarePlanCode, CarePlanItem, CarePlanTerm
from fetlock_careplans_covetrus.naming import NAME, PREFIX

COVERED = "plan_item"
DISCOUNT = "out_of_plan"


@dataclass(frozen=True, slots=True)
class Match:
    """A code that stands in an item of a patient's plan, here and now or in an earlier or later term."""

    plan_name: str
    term: int
    item_name: str
    item_position: int
    code_position: int
    item_code: str
    entitlement_id: int


@dataclass(slots=True)
class PlansOfPatient:
    """The patient's active plans: which code stands in which items, and the best discount."""

    matches: dict[str, list[Match]] = field(default_factory=lambda: defaultdict(list))
    discounts: dict[tuple[Decimal, str, str], None] = field(default_factory=dict)


def propose(quote: Quote) -> Sequence[LineAdjustment]:
    """Cover what stands in a plan (CP-55, CP-61); discount what does not (CP-96, QA31). One query."""
    plans = _read(quote.reading, quote.site, quote.patients, {line.product_code for line in quote.lines})
    if not plans:
        return ()
    usable = {facts.entitlement_id: facts for facts in quote.entitlements if facts.plugin == NAME}
    beyond = bool(_settings(quote.site).get("discount_beyond_allotment"))
    proposals: list[LineAdjustment] = []
    for line in quote.lines:
        of_patient = plans.get(line.patient_id)
        if of_patient is None:
            continue
        matches = [m for m in of_patient.matches.get(line.product_code, ()) if m.entitlement_id in usable]
        proposals += [_covering(line, match, usable[match.entitlement_id]) for match in matches]
        if not matches or beyond:
            proposals += _discounts(line, of_patient)
    return proposals


def check(candidate: LineCandidate) -> Sequence[Veto]:
    """Plan items are counted in whole units: a part of one is refused, never rounded (CP-66, QA4)."""
    line = candidate.line
    if line.quantity == line.quantity.to_integral_value():
        return ()
    patient = candidate.patient.patient_id
    plans = _read(candidate.reading, candidate.site, (patient,), {line.product_code})
    if patient not in plans or not plans[patient].matches:
        return ()
    match = next(iter(plans[patient].matches.values()))[0]
    return (
        Veto(
            code="whole_units",
            field="quantity",
            overridable=False,
            reason=(
                f"{line.product_code} is a service of {PREFIX}{match.plan_name} and is counted in whole "
                "units: enter 1, 2, … To record a dose, link an inventory item to the service and enter the "
                "dose there."
            ),
        ),
    )


def explanation(match: Match, facts: EntitlementFacts, code: str) -> str:
    """Why the plan pays, in words (CPX-40)."""
    text = f"covered by {PREFIX}{match.plan_name}, term {facts.term}, {match.item_name}"
    return text if match.code_position == 0 else f"{text}, {code} as an alternate of {match.item_code}"


def _covering(line: QuoteLine, match: Match, facts: EntitlementFacts) -> LineAdjustment:
    return LineAdjustment(
        line=line.key,
        kind=AdjustmentKind.COVER,
        reason_code=COVERED,
        label=f"{PREFIX}{match.plan_name}, term {facts.term}: {match.item_name}",
        entitlement_id=match.entitlement_id,
        # an item's own code before an alternate, then the vendor's order (QA13)
        rank=(0 if match.code_position == 0 else 1_000_000) + match.item_position,
        source=facts.source_key,
        explanation=explanation(match, facts, line.product_code),
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
            source=plan_name[:200],
        )


def _read(
    reading: Reading, site: SiteFacts, patients: Iterable[int], codes: set[str]
) -> dict[int, PlansOfPatient]:
    account_key = _settings(site).get("api_key", "")
    found: dict[int, PlansOfPatient] = defaultdict(PlansOfPatient)
    for row in reading.rows(_statement(account_key, list(patients), codes)):
        plans = found[row.patient_id]
        if row.discount_percent:
            plans.discounts[row.discount_percent, row.discount_name, row.plan_name] = None
        if row.code is not None:
            plans.matches[row.code].append(
                Match(
                    plan_name=row.plan_name,
                    term=row.term,
                    item_name=row.item_name,
                    item_position=row.item_position,
                    code_position=row.code_position,
                    item_code=row.item_code or row.code,
                    entitlement_id=row.entitlement_id,
                )
            )
    return dict(found)


def _statement(account_key: str, patients: list[int], codes: set[str]) -> Select[Any]:
    """Active plans of the patients, with those of their items in which one of the codes stands."""
    own = CarePlanCode.__table__.alias("own")
    entries = (
        select(
            CarePlanTerm.plan_id,
            CarePlanTerm.number.label("term"),
            CarePlanItem.name.label("item_name"),
            CarePlanItem.position.label("item_position"),
            CarePlanItem.entitlement_id,
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
    return (
        select(
            CarePlan.patient_id,
            CarePlan.name.label("plan_name"),
            CarePlan.discount_percent,
            CarePlan.discount_name,
            entries.c.term,
            entries.c.item_name,
            entries.c.item_position,
            entries.c.entitlement_id,
            entries.c.code,
            entries.c.code_position,
            entries.c.item_code,
        )
        .outerjoin(entries, entries.c.plan_id == CarePlan.id)
        .where(
            CarePlan.patient_id.in_(patients),
            CarePlan.account_key == account_key,
            CarePlan.status == "active",
            CarePlan.missing_since.is_(None),
        )
        .order_by(CarePlan.id, entries.c.term, entries.c.item_position, entries.c.code_position)
    )


def _settings(site: SiteFacts) -> Any:
    return site.settings.get(NAME, {})
