"""Debts given up, goodwill given, and an insurer's shortfall billed to the client: each with its reason."""

import uuid
from decimal import Decimal

from fetlock.domain.accounts import items, ledger, parties
from fetlock.domain.accounts.items import Item
from fetlock.domain.accounts.models import Account, EntryKind
from fetlock.domain.audit import service as audit
from fetlock.domain.invoices.models import Invoice
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.work import Work


def write_off(
    work: Work,
    account_id: int,
    entry_id: int,
    amount: Decimal,
    *,
    reason: str,
    key: uuid.UUID | None = None,
) -> int:
    """Give up `amount` of a debt; answers the entry's id. Sales stay as they are.

    Needs `accounts.write_off` and a reason, which is audited. Raises `Invalid` beside "amount" beyond what is
    open, `NotFound`, `Conflict` where the entry is no debt.
    """
    work.require("accounts.write_off")
    reason = ledger.require_reason(reason)
    account, debit, done = _debt(work, [account_id], account_id, entry_id, amount, key)
    if done is not None:
        return done
    credit = ledger.post(
        work, account, EntryKind.WRITE_OFF, -amount, key=key, reason=reason, reference=debit.invoice_title
    )
    ledger.allocate(work, credit, debit, amount)
    _record(work, "account.write_off", account, amount, reason, entry_id)
    return credit.id


def give_credit(
    work: Work,
    client_id: int,
    amount: Decimal,
    *,
    reason: str,
    key: uuid.UUID | None = None,
) -> int:
    """A credit note: goodwill that pays later invoices and is never given back in money.

    Answers the entry's id. Needs `accounts.write_off` and a reason, which is audited.
    """
    work.require("accounts.write_off")
    ledger.require_amount(amount)
    reason = ledger.require_reason(reason)
    found = parties.account_of(work, work.site.currency, client_id=client_id)
    account = parties.lock(work, [found.id])[found.id]
    done = ledger.known(work.session, key)
    if done is not None:
        return done.id
    credit = ledger.post(work, account, EntryKind.CREDIT_NOTE, -amount, key=key, reason=reason)
    _record(work, "account.credit_note", account, amount, reason, credit.id)
    return credit.id


def bill_client(
    work: Work,
    account_id: int,
    entry_id: int,
    amount: Decimal,
    *,
    reason: str,
    key: uuid.UUID | None = None,
) -> int:
    """What an insurer does not pay of a receivable is owed by the client: from its account to theirs (INX-5).

    Answers the id of the client's entry. Needs `accounts.take_payment` and a reason, which is audited.
    """
    work.require("accounts.take_payment")
    reason = ledger.require_reason(reason)
    client_account = _client_behind(work, account_id, entry_id)
    account, debit, done = _debt(work, [account_id, client_account.id], account_id, entry_id, amount, key)
    if done is not None:
        return done
    credit = ledger.post(
        work,
        account,
        EntryKind.TRANSFER,
        -amount,
        invoice_id=debit.invoice_id,
        reference=debit.reference,
        reason=reason,
    )
    ledger.allocate(work, credit, debit, amount)
    billed = ledger.post(
        work,
        client_account,
        EntryKind.TRANSFER,
        amount,
        key=key,
        invoice_id=debit.invoice_id,
        partner_id=credit.id,
        reference=debit.reference,
        reason=reason,
    )
    _record(work, "account.bill_client", account, amount, reason, entry_id)
    return billed.id


def _client_behind(work: Work, account_id: int, entry_id: int) -> Account:
    debit = items.item(work.session, account_id, entry_id)
    invoice = None if debit is None or debit.invoice_id is None else _invoice(work, debit.invoice_id)
    if invoice is None:
        raise NotFound("There is no such receivable on this account.")
    return parties.account_of(work, invoice.currency, client_id=invoice.client_id)


def _invoice(work: Work, invoice_id: int) -> Invoice:
    return work.session.get_one(Invoice, invoice_id)


def _debt(
    work: Work,
    locked_ids: list[int],
    account_id: int,
    entry_id: int,
    amount: Decimal,
    key: uuid.UUID | None,
) -> tuple[Account, Item, int | None]:
    """The locked account, the debt, and the entry that this key made already."""
    ledger.require_amount(amount)
    account = parties.lock(work, locked_ids).get(account_id)
    debit = items.item(work.session, account_id, entry_id)
    if account is None or debit is None:
        raise NotFound("There is no such entry on this account.")
    done = ledger.known(work.session, key)
    if done is not None:
        return account, debit, done.id
    if not debit.is_debt:
        raise Conflict("This is credit, not a debt.")
    if amount > debit.open:
        raise Invalid({"amount": f"At most {debit.open:.2f} is open."})
    return account, debit, None


def _record(work: Work, action: str, account: Account, amount: Decimal, reason: str, entry_id: int) -> None:
    audit.record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"account:{account.id}",
        reason=reason,
        detail={"amount": f"{amount:.2f}", "entry": entry_id},
    )
