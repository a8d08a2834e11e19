"""What a till sees before it does something: the invoices and entries there are, and a part of an amount."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import NotFound, Work
from fetlock.domain.accounts import items, parties
from fetlock.domain.accounts.items import Item
from fetlock.domain.accounts.models import Account
from fetlock.domain.invoices.models import Invoice, InvoiceLine
from fetlock.testing import Clinic

D = Decimal


class Sight:
    """Looks at the clinic; chooses by chance where there is something to choose."""

    clinic: Clinic
    random: Random

    def _part(self, amount: Decimal) -> Decimal:
        if self.random.random() < 0.5:
            return amount
        if self.random.random() < 0.1:
            return amount + D("0.01")
        cents = int(abs(amount) * 100)
        return D(self.random.randint(min(1, cents), max(cents, 1))) / 100 * (-1 if amount < 0 else 1)

    def _run(self, command: Callable[[Work], object], site: str = "north"):  # type: ignore[no-untyped-def]
        return self.clinic.run(command, site=site)

    def _invoices(self, *states: str) -> list[Invoice]:
        with self.clinic.reading() as session:
            return list(session.scalars(select(Invoice).where(Invoice.state.in_(states))))

    def _any_invoice(self, *states: str) -> Invoice:
        found = self._invoices(*states)
        if not found:
            raise NotFound("no such invoice")
        return self.random.choice(found)

    def _open_invoice(self) -> Invoice:
        return self._any_invoice("open", "reopened")

    def _fresh(self, invoice: Invoice) -> Invoice:
        with self.clinic.reading() as session:
            return session.get_one(Invoice, invoice.id)

    def _lines(self, invoice: Invoice) -> list[InvoiceLine]:
        statement = select(InvoiceLine).where(
            InvoiceLine.invoice_id == invoice.id, InvoiceLine.removed_at.is_(None)
        )
        with self.clinic.reading() as session:
            return list(session.scalars(statement))

    def _site(self, invoice: Invoice) -> str:
        sites = self.clinic.records.sites
        return next(slug for slug, key in sites.items() if key == invoice.site_id)

    def _items(self, **party: int) -> list[Item]:
        with self.clinic.reading() as session:
            account = parties.find_account(session, "USD", **party)
            return [] if account is None else items.open_items(session, account.id)

    def _item(self, wanted: Callable[[Item], bool], insurers: set[int] | None = None) -> Item:
        with self.clinic.reading() as session:
            accounts = session.scalars(select(Account)).all()
            found = [
                each
                for account in accounts
                if insurers is None or account.insurer_id in insurers
                for each in self._all(session, account)
                if wanted(each)
            ]
        if not found:
            raise NotFound("no such entry")
        return self.random.choice(found)

    def _all(self, session: Session, account: Account) -> list[Item]:
        return items.items(session, account.id)
