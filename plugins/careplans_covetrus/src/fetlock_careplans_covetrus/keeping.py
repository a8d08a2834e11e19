"""Keeping what the vendor says of a patient's plans: our copy of the plan, core's entitlements.

The vendor's *included* always wins; what it counts as used is compared with ours in `comparing`.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import AppliedAnswer, clock
from fetlock.services import EntitlementState, EntitlementTerms, keep_entitlements
from fetlock.tables import Entitlement, Patient
from fetlock_careplans_covetrus.comparing import compare
from fetlock_careplans_covetrus.models import (
    CarePlan,
    CarePlanCode,
    CarePlanItem,
    CarePlanLookup,
    CarePlanTerm,
)
from fetlock_careplans_covetrus.naming import NAME, PREFIX, chain, source_key
from fetlock_careplans_covetrus.vendor_values import Item, Plan, Plans, Term

_STATES: Mapping[str, EntitlementState] = {
    "active": EntitlementState.ACTIVE,
    "cancelled": EntitlementState.ENDED,
    "expired": EntitlementState.ENDED,
}
_LONGEST_LABEL = 250
"""Core makes longer texts of an entitlement's label."""


def keep(answered: AppliedAnswer) -> None:
    """Store the answer to a refresh, in the transaction of `answered.work`."""
    session = answered.work.session
    patient_id = int(answered.asked["patient_id"])
    account_key = answered.answer["account_key"]
    asked_at = datetime.fromisoformat(answered.answer["asked_at"])
    said = Plans.model_validate_json(json.dumps(answered.answer["plans"]))
    # Two answers about one patient take turns: each would count what it finds used elsewhere.
    session.execute(select(Patient.id).where(Patient.id == patient_id).with_for_update(key_share=True))
    lookup = session.get(CarePlanLookup, (patient_id, account_key), populate_existing=True)
    if lookup is not None and asked_at < lookup.asked_at:
        return  # overtaken by the answer to a later question
    for plan in said.plans:
        _keep_plan(session, account_key, patient_id, plan, said.as_of, asked_at)
    _miss(session, account_key, patient_id, {plan.id for plan in said.plans})
    if lookup is None:
        lookup = CarePlanLookup(patient_id=patient_id, account_key=account_key)
        session.add(lookup)
    lookup.as_of = said.as_of
    lookup.asked_at = asked_at
    lookup.found = len(said.plans)


def _keep_plan(
    session: Session, account_key: str, patient_id: int, plan: Plan, as_of: datetime, asked_at: datetime
) -> None:
    row = session.scalar(
        select(CarePlan).where(CarePlan.account_key == account_key, CarePlan.vendor_plan_id == plan.id)
    )
    if row is None:
        row = CarePlan(account_key=account_key, vendor_plan_id=plan.id)
        session.add(row)
    row.patient_id = patient_id
    row.name = plan.name
    row.template_id = plan.template_id
    row.account_number = plan.account_number
    row.status = plan.status
    row.status_reason = plan.status_reason
    row.customer_since = plan.customer_since
    discount = plan.out_of_plan_discount
    row.discount_percent = discount.percent if discount else None
    row.discount_name = discount.name if discount else ""
    row.benefits = [benefit.model_dump(mode="json") for benefit in plan.benefits]
    row.billing = plan.billing.model_dump(mode="json")
    row.as_of = as_of
    row.missing_since = None
    session.flush()
    entitlements = keep_entitlements(
        session, NAME, [_terms(plan, term, item, patient_id) for term in plan.terms for item in term.items]
    )
    terms = _keep_terms(session, row, plan.terms)
    items = _keep_items(session, plan, terms, entitlements)
    _keep_codes(session, items)
    _put_in_state(session, row, _state(plan), patient_id, besides=entitlements)
    compare(session, plan, entitlements, asked_at)


def _terms(plan: Plan, term: Term, item: Item, patient_id: int) -> EntitlementTerms:
    return EntitlementTerms(
        source_key=source_key(plan.id, term.id, item.id),
        patient_id=patient_id,
        label=f"{PREFIX}{plan.name}: {item.name}"[:_LONGEST_LABEL],
        included=Decimal(item.included),
        valid_from=term.starts_on,
        valid_to=term.expires_on,
        usable_from=min(plan.customer_since, term.starts_on) if term.flagged_early else term.starts_on,
        chain=chain(plan.id),
        term=term.number,
        state=_state(plan),
    )


def _state(plan: Plan) -> EntitlementState:
    return _STATES.get(plan.status, EntitlementState.SUSPENDED)


def _keep_terms(session: Session, plan: CarePlan, said: Iterable[Term]) -> dict[str, CarePlanTerm]:
    """The plan's terms by the vendor's id. One that is no longer named stays: it is history."""
    stored = {
        row.vendor_term_id: row
        for row in session.scalars(select(CarePlanTerm).where(CarePlanTerm.plan_id == plan.id))
    }
    for term in said:
        row = stored.get(term.id)
        if row is None:
            row = stored[term.id] = CarePlanTerm(plan_id=plan.id, vendor_term_id=term.id)
            session.add(row)
        row.number = term.number
        row.starts_on = term.starts_on
        row.expires_on = term.expires_on
        row.flagged_early = term.flagged_early
        row.origin = term.origin
    session.flush()
    return stored


def _keep_items(
    session: Session, plan: Plan, terms: Mapping[str, CarePlanTerm], entitlements: Mapping[str, Entitlement]
) -> list[tuple[CarePlanItem, Item]]:
    """Each item's row with what is said of it. One no longer named stays for its term (QA10)."""
    stored = {
        (row.term_id, row.vendor_item_id): row
        for row in session.scalars(
            select(CarePlanItem).where(CarePlanItem.term_id.in_([term.id for term in terms.values()]))
        )
    }
    kept = []
    for term in plan.terms:
        term_id = terms[term.id].id
        for item in term.items:
            row = stored.get((term_id, item.id))
            if row is None:
                row = CarePlanItem(term_id=term_id, vendor_item_id=item.id)
                session.add(row)
            row.entitlement_id = entitlements[source_key(plan.id, term.id, item.id)].id
            row.position = item.position
            row.item_group = item.group
            row.name = item.name
            row.optional = item.optional
            row.vendor_used = item.used
            kept.append((row, item))
    session.flush()
    return kept


def _keep_codes(session: Session, items: Iterable[tuple[CarePlanItem, Item]]) -> None:
    """Alternates come and go within a term; the item's own code stays as it came (QA10, CP-75, CP-80)."""
    kept = list(items)
    stored: dict[int, dict[str, CarePlanCode]] = {row.id: {} for row, _ in kept}
    for code in session.scalars(select(CarePlanCode).where(CarePlanCode.item_id.in_(stored))):
        stored[code.item_id][code.code] = code
    for row, item in kept:
        known = stored[row.id]
        own = next((code.code for code in known.values() if code.position == 0), item.code)
        named = {own: item.name} | {
            alternate.code: alternate.name for alternate in item.alternates if alternate.code != own
        }
        for position, (name_code, name) in enumerate(named.items()):
            code_row = known.get(name_code)
            if code_row is None:
                code_row = CarePlanCode(item_id=row.id, code=name_code)
                session.add(code_row)
            code_row.position = position
            code_row.name = name
            code_row.dropped_at = None
        for name_code, code_row in known.items():
            if name_code not in named and code_row.dropped_at is None:
                code_row.dropped_at = clock.now()
    session.flush()


def _miss(session: Session, account_key: str, patient_id: int, named: Collection[str]) -> None:
    """Plans that the vendor no longer names under our ids count nowhere (CP-41)."""
    for row in session.scalars(
        select(CarePlan).where(
            CarePlan.patient_id == patient_id,
            CarePlan.account_key == account_key,
            CarePlan.missing_since.is_(None),
        )
    ):
        if row.vendor_plan_id not in named:
            row.missing_since = clock.now()
            _put_in_state(session, row, EntitlementState.ENDED, patient_id)


def _put_in_state(
    session: Session,
    plan: CarePlan,
    state: EntitlementState,
    patient_id: int,
    besides: Collection[str] = (),
) -> None:
    """Items that the vendor does not name (any more) follow their plan: its state, its patient."""
    rows = session.scalars(
        select(Entitlement)
        .join(CarePlanItem, CarePlanItem.entitlement_id == Entitlement.id)
        .join(CarePlanTerm, CarePlanTerm.id == CarePlanItem.term_id)
        .where(CarePlanTerm.plan_id == plan.id)
    )
    keep_entitlements(
        session,
        NAME,
        [
            EntitlementTerms(
                source_key=row.source_key,
                patient_id=patient_id,
                label=row.label,
                included=row.included,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                usable_from=row.usable_from,
                chain=row.chain,
                term=row.term,
                unit=row.unit,
                state=state,
            )
            for row in rows
            if row.source_key not in besides
        ],
    )
