"""What the tests of accounts do again and again: invoices on account, payments, looking at it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from fetlock import Work
from fetlock.domain.accounts import entry_views, items, parties, views
from fetlock.domain.accounts.items import Item
from fetlock.domain.accounts.models import AccountEntry
from fetlock.domain.accounts.paying import Party, Shares, take_deposit, take_payment
from fetlock.domain.accounts.views import AccountView
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.invoices import closing, lines, on_account, payments
from fetlock.domain.invoices.models import Invoice, InvoiceLine
from fetlock.domain.sites.models import Site
from fetlock.testing import Clinic

D = Decimal


class Ledger:
    """Client 57 unless said otherwise; amounts are given as whole dollars or text."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.client_id = clinic.client_id

    def insurer(self, name: str = "Hartwell Mutual") -> int:
        """An insurer by its name."""
        return self.clinic.run(lambda work: parties.keep_insurer(work, name).id)

    def invoice(self, nails: int = 1, *, patient: str = "57A", site: str = "north") -> int:
        """An open invoice of so many nail trims at 30.00."""
        new = [self.clinic.line("NAIL", nails, patient=patient)]
        client = self.clinic.records.clients[patient[:2]]
        return self.clinic.run(lambda work: lines.add_lines(work, client, new), site=site).invoice.id

    def charge(self, nails: int = 1, *, insurer: int | None = None, **where: str) -> int:
        """A closed invoice of so many nail trims, all of it on the client's account, or on the insurer's."""
        invoice_id = self.invoice(nails, **where)

        def settle(work: Work) -> None:
            invoice = work.session.get_one(Invoice, invoice_id)
            if insurer is None:
                on_account.move_to_account(work, invoice_id, invoice.balance)
            else:
                on_account.move_to_insurer(work, invoice_id, insurer, invoice.balance, reference="C-1")
            closing.close(work, invoice_id)

        self.clinic.run(settle, site=where.get("site", "north"))
        return invoice_id

    def sold_for_cash(self, nails: int = 1) -> int:
        """A closed invoice that was paid by card."""
        invoice_id = self.invoice(nails)
        self.clinic.run(
            lambda work: payments.take_payment(work, invoice_id, D(30) * nails, "card", close=True)
        )
        return invoice_id

    def return_of(self, invoice_id: int, nails: int = 1) -> int:
        """An open invoice on which so many nail trims of a closed one come back."""
        found = self.lines(invoice_id)[0]
        command = lambda work: lines.return_line(work, found, D(nails), reason="Unused")  # noqa: E731
        return self.clinic.run(command).invoice.id

    def lines(self, invoice_id: int) -> list[int]:
        """The ids of an invoice's lines."""
        with self.clinic.reading() as session:
            statement = select(InvoiceLine.id).where(InvoiceLine.invoice_id == invoice_id)
            return list(session.scalars(statement.order_by(InvoiceLine.id)))

    def read(self, invoice_id: int) -> Invoice:
        """The invoice as it is stored now."""
        with self.clinic.reading() as session:
            return session.get_one(Invoice, invoice_id)

    def pay(self, amount: int | str, shares: Mapping[int, int | str] | None = None, **more: Any) -> int:
        """A payment by card of the client for these entries."""
        debts = {key: D(part) for key, part in (shares or {}).items()}
        given: dict[str, Any] = {"method": "card", "wanted": Shares(debts=debts), **more}
        return self.clinic.run(
            lambda work: take_payment(work, Party(client_id=self.client_id), D(amount), **given)
        )

    def deposit(self, amount: int | str) -> int:
        """Money ahead, in cash."""
        party = Party(client_id=self.client_id)
        return self.clinic.run(lambda work: take_deposit(work, party, D(amount), "cash"))

    def view(self, kind: str = "client", party_id: int | None = None, site: str = "north") -> AccountView:
        """The account as pages show it."""
        with self.clinic.reading() as session:
            row = session.get_one(Site, self.clinic.records.sites[site])
            return views.get(session, row, kind, party_id or self.client_id)

    def account_id(self, kind: str = "client", party_id: int | None = None) -> int:
        """The id of an account that there is."""
        found = self.view(kind, party_id).account_id
        assert found is not None
        return found

    def items(self, kind: str = "client", party_id: int | None = None) -> list[Item]:
        """All entries of the account, the oldest first."""
        account_id = self.account_id(kind, party_id)
        with self.clinic.reading() as session:
            return items.items(session, account_id)

    def entry(self, entry_id: int) -> entry_views.EntryView:
        """One entry as it is shown."""
        with self.clinic.reading() as session:
            account_id = session.get_one(AccountEntry, entry_id).account_id
            return entry_views.one(session, account_id, entry_id)

    def audited(self, action: str) -> list[AuditEntry]:
        """What the audit log holds of this action."""
        with self.clinic.reading() as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))
