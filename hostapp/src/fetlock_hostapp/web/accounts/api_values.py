"""Accounts as the JSON API shows them. Amounts are strings of two decimals; above zero the party owes it."""

from datetime import date, datetime
from typing import Self

from fetlock.domain.accounts.ageing import LIMITS, Ageing
from fetlock.domain.accounts.entry_views import EntryView
from fetlock.domain.accounts.items import Item
from fetlock.domain.accounts.listing import Row
from fetlock.domain.accounts.models import Insurer
from fetlock.domain.accounts.statements import Statement
from fetlock.domain.accounts.views import AccountView, PartyView
from fetlock_hostapp.plugin import Amount, Answer, CursorList


class PartyAnswer(Answer):
    """Whose account: a client or an insurer; `code`: a client's account number."""

    kind: str
    id: int
    name: str
    code: str


class AgeAnswer(Answer):
    """What is due by its age in days; `to_day` is null where there is no end."""

    to_day: int | None
    amount: Amount


class DebtAnswer(Answer):
    """A debt of which something is open, by the id of its entry."""

    entry_id: int
    kind: str
    invoice_id: int | None
    invoice_title: str
    reference: str
    at: datetime
    amount: Amount
    open: Amount

    @classmethod
    def of(cls, item: Item) -> Self:
        """The answer for a debt."""
        return cls(
            entry_id=item.id,
            kind=item.kind.value,
            invoice_id=item.invoice_id,
            invoice_title=item.invoice_title,
            reference=item.reference,
            at=item.at,
            amount=item.amount,
            open=item.open,
        )


class AccountAnswer(Answer):
    """An account in the site's currency. `balance` is `due` less credit that is not used."""

    party: PartyAnswer
    currency: str
    balance: Amount
    due: Amount
    credit: Amount
    ages: list[AgeAnswer]
    debts: list[DebtAnswer]

    @classmethod
    def of(cls, view: AccountView) -> Self:
        """The answer for an account."""
        return cls(
            party=party_answer(view.party),
            currency=view.currency,
            balance=view.balance,
            due=view.due,
            credit=view.credit,
            ages=_ages(view.ages),
            debts=[DebtAnswer.of(item) for item in view.debts],
        )


class ListedAccount(Answer):
    """An account in the list."""

    party: PartyAnswer
    balance: Amount
    ages: list[AgeAnswer]
    last_at: datetime

    @classmethod
    def of(cls, row: Row) -> Self:
        """The answer for a row."""
        party = PartyAnswer(kind=row.kind, id=row.party_id, name=row.name, code=row.code)
        return cls(party=party, balance=row.balance, ages=_ages(row.ages), last_at=row.last_at)


class AccountList(CursorList[ListedAccount]):
    """A page of accounts. `owing`, `owed`: of all pages, what they owe and what is owed to them."""

    count: int
    owing: Amount
    owed: Amount


class OtherSide(Answer):
    """What an entry is set against, by the id of the entry there."""

    entry_id: int
    title: str
    amount: Amount


class EntryAnswer(Answer):
    """An entry. `balance`: the account's after it; `open`: what of it is not paid, or not used."""

    id: int
    kind: str
    amount: Amount
    balance: Amount
    open: Amount
    invoice_id: int | None
    invoice_title: str
    site_id: int
    method: str
    reference: str
    reason: str
    at: datetime
    staff_name: str
    set_against: list[OtherSide]

    @classmethod
    def of(cls, entry: EntryView) -> Self:
        """The answer for an entry."""
        return cls(
            id=entry.id,
            kind=entry.kind.value,
            amount=entry.amount,
            balance=entry.balance,
            open=entry.open,
            invoice_id=entry.invoice_id,
            invoice_title=entry.invoice_title,
            site_id=entry.site_id,
            method=entry.method,
            reference=entry.reference,
            reason=entry.reason,
            at=entry.at,
            staff_name=entry.staff_name,
            set_against=[
                OtherSide(entry_id=key, title=title, amount=amount)
                for key, title, amount in entry.set_against
            ],
        )


class EntryList(CursorList[EntryAnswer]):
    """A page of an account's entries, the newest first."""


class StatementAnswer(Answer):
    """A period of an account, both days included; entries the oldest first."""

    party: PartyAnswer
    currency: str
    first: date
    last: date
    opening: Amount
    debited: Amount
    credited: Amount
    closing: Amount
    entries: list[EntryAnswer]

    @classmethod
    def of(cls, found: Statement) -> Self:
        """The answer for a statement."""
        return cls(
            party=party_answer(found.account.party),
            currency=found.account.currency,
            first=found.first,
            last=found.last,
            opening=found.opening,
            debited=found.debited,
            credited=found.credited,
            closing=found.closing,
            entries=[EntryAnswer.of(entry) for entry in found.entries],
        )


class InsurerAnswer(Answer):
    """An insurer that debts may be moved to. `key`: a plugin's own for it."""

    id: int
    key: str
    name: str

    @classmethod
    def of(cls, insurer: Insurer) -> Self:
        """The answer for an insurer."""
        return cls(id=insurer.id, key=insurer.key, name=insurer.name)


def party_answer(party: PartyView) -> PartyAnswer:
    """The answer for a party."""
    return PartyAnswer(kind=party.kind, id=party.id, name=party.name, code=party.code)


def _ages(ages: Ageing) -> list[AgeAnswer]:
    ends: list[int | None] = [*LIMITS, None]
    return [AgeAnswer(to_day=end, amount=amount) for end, amount in zip(ends, ages.parts, strict=True)]
