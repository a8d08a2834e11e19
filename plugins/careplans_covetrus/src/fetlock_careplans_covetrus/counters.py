"""A patient's plans with their counters, read together: what every page and panel shows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from fetlock.contracts import Reading, SiteFacts, Status
from fetlock.tables import Entitlement, EntitlementEntry
from fetlock_careplans_covetrus.models import CarePlan, CarePlanItem, CarePlanTerm
from fetlock_careplans_covetrus.naming import NAME, PREFIX

ZERO: Final = Decimal("0.0000")
"""With the decimals of every quantity, so that programs always get as many."""

_STATUS = {
    "active": Status(kind="ok", text="Active"),
    "pending": Status(kind="wait", text="Pending"),
    "suspended": Status(kind="warn", text="Suspended"),
    "cancelled": Status(kind="off", text="Cancelled"),
    "expired": Status(kind="off", text="Expired"),
}


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An item with its counters; `used` is posted and reserved together (QA2, QA32)."""

    item_id: int
    entitlement_id: int
    source_key: str
    vendor_item_id: str
    name: str
    group: str
    position: int
    included: Decimal
    used: Decimal
    reserved: Decimal

    @property
    def left(self) -> Decimal:
        """Units still available, never below zero (CP-40)."""
        return max(self.included - self.used, ZERO)

    @property
    def over(self) -> Decimal:
        """Units used beyond what is included, which pages flag (CP-40)."""
        return max(self.used - self.included, ZERO)

    @property
    def posted(self) -> Decimal:
        """Units used for good, posted or about to be."""
        return self.used - self.reserved


@dataclass(slots=True)
class TermShown:
    """A term with its items in the vendor's order (CP-49)."""

    term_id: int
    number: int
    starts_on: date
    expires_on: date
    flagged_early: bool
    origin: str
    items: list[ItemShown] = field(default_factory=list)

    def usable_on(self, day: date) -> bool:
        """Whether its items can be consumed on `day`."""
        return day <= self.expires_on and (self.starts_on <= day or self.flagged_early)


@dataclass(slots=True)
class PlanShown:
    """A plan with its terms, oldest first."""

    plan: CarePlan
    terms: list[TermShown] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The name with the prefix of outside plans (CP-45)."""
        return f"{PREFIX}{self.plan.name}"

    @property
    def status(self) -> Status:
        """The plan's state as a shape and a word (CP-37)."""
        if self.plan.missing_since is not None:
            return Status(kind="off", text="No longer found")
        return _STATUS.get(self.plan.status, _unknown(self.plan.status))

    def current(self, day: date) -> TermShown | None:
        """The term that runs on `day`, or else the last."""
        running = [term for term in self.terms if term.starts_on <= day <= term.expires_on]
        candidates = running or self.terms
        return candidates[-1] if candidates else None


class SessionRows:
    """A session as the window that hooks are given, so that pages and hooks read alike."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(
        self, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows of `statement`."""
        return self._session.execute(statement, parameters).all()


def _unknown(word: str) -> Status:
    """A status of the vendor's that is not known here yet."""
    return Status(kind="open", text=word.replace("_", " ").capitalize())


def account_key(site: SiteFacts) -> str:
    """The plan account that the site's settings name, "" where none is."""
    return str(site.settings.get(NAME, {}).get("api_key", ""))


def plans_of(reading: Reading, site: SiteFacts, patient_id: int) -> list[PlanShown]:
    """The patient's plans from this site's account with all counters, in two queries."""
    plans = {
        row.CarePlan.id: PlanShown(row.CarePlan)
        for row in reading.rows(
            select(CarePlan)
            .where(CarePlan.patient_id == patient_id, CarePlan.account_key == account_key(site))
            .order_by(CarePlan.missing_since.is_not(None), CarePlan.status != "active", CarePlan.id)
        )
    }
    if not plans:
        return []
    terms: dict[int, TermShown] = {}
    for row in reading.rows(_items(list(plans))):
        term = terms.get(row.term_id)
        if term is None:
            term = terms[row.term_id] = TermShown(
                row.term_id, row.number, row.starts_on, row.expires_on, row.flagged_early, row.origin
            )
            plans[row.plan_id].terms.append(term)
        term.items.append(
            ItemShown(
                row.item_id,
                row.entitlement_id,
                row.source_key,
                row.vendor_item_id,
                row.name,
                row.item_group,
                row.position,
                row.included,
                row.used,
                row.reserved,
            )
        )
    return list(plans.values())


def _items(plan_ids: list[int]) -> Select[*tuple[Any, ...]]:
    """Items of these plans' terms with their counters: used, and of that reserved."""
    entry = EntitlementEntry
    sums = (
        select(
            entry.entitlement_id,
            func.sum(entry.effect).label("used"),
            func.coalesce(
                func.sum(entry.quantity).filter(entry.kind == "reserve"), ZERO, type_=entry.quantity.type
            ).label("reserve"),
            func.coalesce(
                func.sum(entry.quantity).filter(entry.kind.in_(("release", "commit"))),
                ZERO,
                type_=entry.quantity.type,
            ).label("gone"),
        )
        .join(CarePlanItem, CarePlanItem.entitlement_id == entry.entitlement_id)
        .join(CarePlanTerm, CarePlanTerm.id == CarePlanItem.term_id)
        .where(CarePlanTerm.plan_id.in_(plan_ids))
        .group_by(entry.entitlement_id)
        .subquery()
    )
    statement: Select[*tuple[Any, ...]] = (
        select(
            CarePlanTerm.plan_id,
            CarePlanTerm.id.label("term_id"),
            CarePlanTerm.number,
            CarePlanTerm.starts_on,
            CarePlanTerm.expires_on,
            CarePlanTerm.flagged_early,
            CarePlanTerm.origin,
            CarePlanItem.id.label("item_id"),
            CarePlanItem.entitlement_id,
            CarePlanItem.vendor_item_id,
            CarePlanItem.name,
            CarePlanItem.item_group,
            CarePlanItem.position,
            Entitlement.source_key,
            Entitlement.included,
            func.coalesce(sums.c.used, ZERO, type_=sums.c.used.type).label("used"),
            func.coalesce(sums.c.reserve - sums.c.gone, ZERO, type_=sums.c.used.type).label("reserved"),
        )
        .join(CarePlanItem, CarePlanItem.term_id == CarePlanTerm.id)
        .join(Entitlement, Entitlement.id == CarePlanItem.entitlement_id)
        .outerjoin(sums, sums.c.entitlement_id == CarePlanItem.entitlement_id)
        .where(CarePlanTerm.plan_id.in_(plan_ids))
        .order_by(CarePlanTerm.number, CarePlanItem.position, CarePlanItem.id)
    )
    return statement
