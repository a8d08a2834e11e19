"""Tax rates: named percentages that products bear (H-20)."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock.domain.audit import service as audit
from fetlock.domain.catalogue.models import Product, TaxRate
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.work import Work

_STEP = Decimal("0.0001")


def listed(session: Session) -> Sequence[TaxRate]:
    """Every tax rate by name."""
    return session.scalars(select(TaxRate).order_by(TaxRate.name)).all()


def uses(session: Session) -> dict[int, int]:
    """How many products bear each rate, by its id."""
    rows = session.execute(
        select(Product.tax_rate_id, func.count())
        .where(Product.tax_rate_id.is_not(None))
        .group_by(Product.tax_rate_id)
    )
    return {rate_id: count for rate_id, count in rows if rate_id is not None}


def save(work: Work, rate_id: int | None, *, name: str, percent: Decimal) -> TaxRate:
    """Create (None) or change a rate. Closed invoices keep theirs; open ones take it when next priced."""
    work.require("catalogue.edit")
    name = " ".join(name.split())
    faults = {}
    if not name or len(name) > 80:
        faults["name"] = "Enter a name of at most 80 characters."
    if not percent.is_finite() or not 0 <= percent < 100 or percent != percent.quantize(_STEP):
        faults["percent"] = "Enter a percentage from 0 to below 100, with at most four decimals."
    other = work.session.scalar(select(TaxRate).where(TaxRate.name == name))
    if other is not None and other.id != rate_id:
        faults["name"] = f"There is a tax rate called {name} already."
    if faults:
        raise Invalid(faults)
    rate = TaxRate() if rate_id is None else work.session.get(TaxRate, rate_id)
    if rate is None:
        raise NotFound("There is no such tax rate.")
    rate.name, rate.percent = name, percent
    work.session.add(rate)
    work.session.flush()
    _record(work, "tax_rate.save", rate)
    return rate


def remove(work: Work, rate_id: int) -> None:
    """Remove a rate that no product bears. Raises `Conflict` for any other."""
    work.require("catalogue.edit")
    rate = work.session.get(TaxRate, rate_id)
    if rate is None:
        raise NotFound("There is no such tax rate.")
    count = uses(work.session).get(rate_id, 0)
    if count:
        raise Conflict(f"{count} products bear {rate.name}. Give them another rate first.")
    _record(work, "tax_rate.remove", rate)
    work.session.delete(rate)
    work.session.flush()


def _record(work: Work, action: str, rate: TaxRate) -> None:
    audit.record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"tax_rate:{rate.id}",
        detail={"percent": str(rate.percent)},
    )
