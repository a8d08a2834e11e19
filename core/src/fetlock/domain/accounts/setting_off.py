"""An invoice takes something back: its credit is set against what its own debts hold, in a fixed order.

First against what is still open of them. Then against what was given up: the write-off, or with a void
invoice the transfer to the client, is undone by as much. Then goodwill, and money last: that becomes credit
again, which may be used or given back. So nobody is given back what was never paid (H-38).
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from fetlock.domain.accounts import ledger, parties
from fetlock.domain.accounts.items import ZERO, Item, item, items
from fetlock.domain.accounts.models import Account, AccountEntry, EntryKind
from fetlock.work import Work

_FIRST_TO_GO: Final = (
    EntryKind.WRITE_OFF,
    EntryKind.TRANSFER,
    EntryKind.CREDIT_NOTE,
    EntryKind.CREDIT,
    EntryKind.DEPOSIT,
    EntryKind.PAYMENT,
)
_LAST_TO_GO: Final = EntryKind.REFUND


def set_off(work: Work, account: Account, new: Item, invoice_ids: Collection[int]) -> None:
    """Set a new entry of an invoice, debt or credit, against what stands on the other side for the invoices.

    `invoice_ids`: the invoice, and those whose lines it returns. What reaches no further stays open. The
    accounts that these invoices touch are locked by the caller.
    """
    found = items(work.session, account.id, invoice_ids=invoice_ids)
    across = [each for each in found if each.is_debt != new.is_debt and each.id != new.id]
    own = {each.id for each in found if each.kind is not EntryKind.TRANSFER}
    for each in across:
        credit, debit = (each, new) if new.is_debt else (new, each)
        ledger.allocate(work, credit, debit, min(credit.open, debit.open))
    if new.open > ZERO:
        _displace(work, account, new, across, own)


def _displace(work: Work, account: Account, new: Item, across: list[Item], own: set[int]) -> None:
    """Take the place of what `across` is allocated with, unless that belongs to the same invoices."""
    held: list[tuple[Item, Item, Decimal]] = []
    known: dict[int, Item] = {}
    for mine in across:
        for other_id, amount in ledger.partners(work.session, mine):
            if other_id in own:
                continue
            other = known.get(other_id) or item(work.session, account.id, other_id)
            if other is not None and (
                other.kind is not EntryKind.TRANSFER or _is_moved(account, mine, other, new)
            ):
                known[other_id] = other
                held.append((mine, other, amount))
    held.sort(key=lambda each: _rank(each[1]))
    for mine, other, amount in held:
        share = min(amount, new.open)
        if share <= ZERO:
            return
        _allocate(work, mine, other, -share)
        _allocate(work, mine, new, share)
        if other.kind is EntryKind.WRITE_OFF and not other.is_debt:
            undone = ledger.post(work, account, EntryKind.WRITE_OFF, share, reason="The invoice was lowered.")
            ledger.allocate(work, other, undone, share)
        elif other.kind is EntryKind.TRANSFER:
            _undo_transfer(work, account, other, share)


def _is_moved(account: Account, mine: Item, other: Item, new: Item) -> bool:
    """Whether `other` moved a part of the insurer's receivable `mine` to the client, and is undone now.

    Only where the invoice is void as a whole: else what the client bears of it is lowered on their account.
    """
    receivable = account.insurer_id is not None and mine.kind is EntryKind.CHARGE and not other.is_debt
    return receivable and new.kind is EntryKind.REVERSAL


def _rank(other: Item) -> tuple[int, int]:
    if other.is_debt:
        return (int(other.kind is _LAST_TO_GO), -other.id)
    return (_FIRST_TO_GO.index(other.kind) if other.kind in _FIRST_TO_GO else 0, -other.id)


def _undo_transfer(work: Work, account: Account, moved: Item, share: Decimal) -> None:
    """The insurer's shortfall that was billed to the client shrinks: on both accounts."""
    billed = work.session.scalars(select(AccountEntry).where(AccountEntry.partner_id == moved.id)).one()
    client = parties.lock(work, [billed.account_id])[billed.account_id]
    invoice_ids = () if billed.invoice_id is None else (billed.invoice_id,)
    invoice_id, reason = billed.invoice_id, "The invoice was lowered."
    back = ledger.post(work, account, EntryKind.TRANSFER, share, invoice_id=invoice_id, reason=reason)
    ledger.allocate(work, moved, back, share)
    credit = ledger.post(
        work,
        client,
        EntryKind.TRANSFER,
        -share,
        partner_id=back.id,
        invoice_id=invoice_id,
        reason=reason,
    )
    set_off(work, client, credit, invoice_ids)


def _allocate(work: Work, one: Item, other: Item, amount: Decimal) -> None:
    credit, debit = (other, one) if one.is_debt else (one, other)
    ledger.allocate(work, credit, debit, amount)
