"""Keeping what the vendor says of a patient's plans: our copy of the plan, core's entitlements.

The vendor's *included* always wins. Its *used* is kept as last seen; what it counts beyond us, with
nothing of that item on its way, was used elsewhere and becomes an external ledger entry.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fetlock import AppliedAnswer, clock
from fetlock.services import (
    Balance,
    EntitlementState,
    EntitlementTerms,
    balances,
    keep_entitlements,
    record_external_use,
)
from fetlock.tables import Entitlement, OutboxRow
from fetlock_careplans_covetrus.models import (
    CarePlan,
    CarePlanCode,
    CarePlanItem,
    CarePlanLookup,
    CarePlanTerm,
)
from fetlock_careplans_covetrus.naming import NAME, PREFIX, source_key
from fetlock_careplans_covetrus.vendor_values import Item, Plan, Plans, Term

_STATES: Mapping[str, EntitlementState] = {
    "active": EntitlementState.ACTIVE,
    "cancelled": EntitlementState.ENDED,
    "expired": EntitlementState.ENDED,
}


def keep(answered: AppliedAnswer) -> None:
    """Store the answer to a refresh, in the transaction of `answered.work`."""
    session = answered.work.session
    patient_id = int(answered.asked["patient_id"])
    asked_at = datetime.fromisoformat(answered.asked["asked_at"])
    account_key = answered.answer["account_key"]
    said = Plans.model_validate_json(json.dumps(answered.answer["plans"]))
    stored = {
        plan.vendor_plan_id: plan
        for plan in session.scalars(
            select(CarePlan).where(CarePlan.patient_id == patient_id, CarePlan.account_key == account_key)
        )
    }
    for plan in said.plans:
        _keep_plan(session, account_key, patient_id, plan, said.as_of, asked_at)
    named = {plan.id for plan in said.plans}
    for vendor_id, row in stored.items():
        if vendor_id not in named and row.missing_since is None:
            row.missing_since = clock.now()
            _end(session, row)
    lookup = session.get(CarePlanLookup, (patient_id, account_key))
    if lookup is None:
        lookup = CarePlanLookup(patient_id=patient_id, account_key=account_key)
        session.add(lookup)
    lookup.as_of = said.as_of
    lookup.found = len(said.plans)


def _keep_plan(
    session: Session, account_key: str, patient_id: int, plan: Plan, as_of: datetime, asked_at: datetime
) -> None:
    row = session.scalar(
        select(CarePlan).where(CarePlan.account_key == account_key, CarePlan.vendor_plan_id == plan.id)
    )
    if row is None:
        row = CarePlan(account_key=account_key, vendor_plan_id=plan.id, patient_id=patient_id)
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
    for term in plan.terms:
        _keep_term(session, row, plan, term, entitlements)
    _compare(session, plan, entitlements, asked_at)


def _terms(plan: Plan, term: Term, item: Item, patient_id: int) -> EntitlementTerms:
    return EntitlementTerms(
        source_key=source_key(plan.id, term.id, item.id),
        patient_id=patient_id,
        label=f"{PREFIX}{plan.name}: {item.name}"[:300],
        included=Decimal(item.included),
        valid_from=term.starts_on,
        valid_to=term.expires_on,
        usable_from=plan.customer_since if term.flagged_early else term.starts_on,
        chain=f"{NAME}:{plan.id}",
        term=term.number,
        state=_STATES.get(plan.status, EntitlementState.SUSPENDED),
    )


def _keep_term(
    session: Session, plan_row: CarePlan, plan: Plan, term: Term, entitlements: Mapping[str, Entitlement]
) -> None:
    row = session.scalar(
        select(CarePlanTerm).where(
            CarePlanTerm.plan_id == plan_row.id, CarePlanTerm.vendor_term_id == term.id
        )
    )
    if row is None:
        row = CarePlanTerm(plan_id=plan_row.id, vendor_term_id=term.id)
        session.add(row)
    row.number = term.number
    row.starts_on = term.starts_on
    row.expires_on = term.expires_on
    row.flagged_early = term.flagged_early
    row.origin = term.origin
    session.flush()
    stored = {
        item.vendor_item_id: item
        for item in session.scalars(select(CarePlanItem).where(CarePlanItem.term_id == row.id))
    }
    # An item that the vendor no longer names stays for this term (QA10): it is not looked at here.
    for item in term.items:
        kept = stored.get(item.id)
        if kept is None:
            kept = CarePlanItem(term_id=row.id, vendor_item_id=item.id)
            session.add(kept)
        kept.entitlement_id = entitlements[source_key(plan.id, term.id, item.id)].id
        kept.position = item.position
        kept.item_group = item.group
        kept.name = item.name
        kept.optional = item.optional
        kept.vendor_used = item.used
        session.flush()
        _keep_codes(session, kept, item)


def _keep_codes(session: Session, kept: CarePlanItem, item: Item) -> None:
    """Alternates come and go within a term; the item's own code stays (QA10, CP-75)."""
    stored = {
        code.code: code
        for code in session.scalars(select(CarePlanCode).where(CarePlanCode.item_id == kept.id))
    }
    named = {item.code: item.name} | {alternate.code: alternate.name for alternate in item.alternates}
    for position, (code, name) in enumerate(named.items()):
        row = stored.get(code)
        if row is None:
            row = CarePlanCode(item_id=kept.id, code=code)
            session.add(row)
        row.position = position
        row.name = name
        row.dropped_at = None
    for code, row in stored.items():
        if code not in named and row.position > 0 and row.dropped_at is None:
            row.dropped_at = clock.now()
    session.flush()


def _compare(
    session: Session, plan: Plan, entitlements: Mapping[str, Entitlement], asked_at: datetime
) -> None:
    """Record what the vendor counts beyond us; what it counts less is for reconciliation to offer."""
    on_the_way = _on_the_way(session, plan, asked_at)
    ours = balances(session, entitlements.values())
    for term in plan.terms:
        for item in term.items:
            key = source_key(plan.id, term.id, item.id)
            entitlement = entitlements[key]
            beyond = Decimal(item.used) - _settled(ours[entitlement.id])
            if key not in on_the_way and beyond > 0:
                record_external_use(session, entitlement, beyond, "counted by the plan system")


def _settled(balance: Balance) -> Decimal:
    """What the vendor should have: all but what is merely reserved."""
    return balance.used - balance.reserved


def _on_the_way(session: Session, plan: Plan, asked_at: datetime) -> set[str]:
    """Items of which something was unposted when we asked: their counts cannot be compared."""
    rows = session.scalars(
        select(OutboxRow).where(
            OutboxRow.plugin == NAME,
            OutboxRow.aggregate == f"entitlement:{NAME}:{plan.id}",
            or_(OutboxRow.state != "sent", OutboxRow.finished_at >= asked_at),
        )
    )
    return {row.payload["source_key"] for row in rows}


def _end(session: Session, plan: CarePlan) -> None:
    """A plan that the vendor no longer names under our ids counts nowhere (CP-41)."""
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
                patient_id=row.patient_id,
                label=row.label,
                included=row.included,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                usable_from=row.usable_from,
                chain=row.chain,
                term=row.term,
                unit=row.unit,
                state=EntitlementState.ENDED,
            )
            for row in rows
        ],
    )
