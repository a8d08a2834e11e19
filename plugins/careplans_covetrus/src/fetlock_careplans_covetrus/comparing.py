"""Comparing the vendor's counters with our ledger: what it counts beyond us was used elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fetlock.services import Balance, balances, record_external_use
from fetlock.tables import Entitlement, OutboxRow
from fetlock_careplans_covetrus.naming import NAME, aggregate, source_key
from fetlock_careplans_covetrus.vendor_values import Plan

_OVER = ("sent", "dropped")
"""States of a parcel in which nothing of it is on its way any more."""


def compare(
    session: Session, plan: Plan, entitlements: Mapping[str, Entitlement], asked_at: datetime
) -> None:
    """Record an external use for what the vendor counts beyond us of each item of `plan`.

    Only where nothing of the item is on its way: until its postings have arrived, the two counts cannot
    agree. What the vendor counts less is no entry; it is for reconciliation to offer.
    """
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
    """Items of which something was not yet posted when we asked, or is not now."""
    rows = session.scalars(
        select(OutboxRow).where(
            OutboxRow.plugin == NAME,
            OutboxRow.aggregate == aggregate(plan.id),
            or_(OutboxRow.state.not_in(_OVER), OutboxRow.finished_at >= asked_at),
        )
    )
    return {row.payload["source_key"] for row in rows}
