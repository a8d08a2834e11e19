"""The statement of an account for a period: opening balance, every entry, closing balance (H-38)."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.accounts import entry_views, views
from fetlock.domain.accounts.entry_views import EntryView
from fetlock.domain.accounts.items import ZERO
from fetlock.domain.accounts.models import AccountEntry
from fetlock.domain.accounts.views import AccountView
from fetlock.domain.sites.models import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A period of an account, both days included, in the site's zone; entries the oldest first."""

    account: AccountView
    first: date
    last: date
    opening: Decimal
    entries: tuple[EntryView, ...]

    @property
    def closing(self) -> Decimal:
        """The balance when the last day ended."""
        return self.opening + sum((entry.amount for entry in self.entries), ZERO)

    @property
    def debited(self) -> Decimal:
        """What came to it in the period."""
        return sum((entry.amount for entry in self.entries if entry.is_debt), ZERO)

    @property
    def credited(self) -> Decimal:
        """What went off it in the period, above zero."""
        return -sum((entry.amount for entry in self.entries if not entry.is_debt), ZERO)


def statement(session: Session, site: Site, kind: str, party_id: int, first: date, last: date) -> Statement:
    """The statement of a client or an insurer; one that ends before it begins is empty. Raises `NotFound`."""
    account = views.get(session, site, kind, party_id)
    opening = ZERO
    found: list[EntryView] = []
    if account.account_id is not None:
        before = entry_views.day_conditions(site, None, clock.day_before(first))
        summed = select(func.sum(AccountEntry.amount)).where(
            AccountEntry.account_id == account.account_id, *before
        )
        opening = session.scalar(summed) or ZERO
        within = entry_views.day_conditions(site, first, last)
        rows = session.execute(
            entry_views.select_entries(account.account_id, within).order_by(AccountEntry.at, AccountEntry.id)
        )
        found = _in_order(opening, entry_views.shown(session, rows.all()))
    return Statement(account=account, first=first, last=last, opening=opening, entries=tuple(found))


def _in_order(opening: Decimal, entries: list[EntryView]) -> list[EntryView]:
    """Each with the balance after it by day: clocks of two machines may differ by a little."""
    found = []
    for entry in entries:
        opening += entry.amount
        found.append(replace(entry, balance=opening))
    return found
