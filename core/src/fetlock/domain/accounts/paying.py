"""Money on accounts: payments over several invoices, deposits, refunds, and credit that pays what is due."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fetlock.domain.accounts import items, ledger, parties
from fetlock.domain.accounts.items import MONEY_CREDITS, ZERO, Item
from fetlock.domain.accounts.models import Account, EntryKind
from fetlock.domain.audit import service as audit
from fetlock.domain.invoices import on_account, opening, shares
from fetlock.domain.invoices.models import Invoice
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.work import Work

_FREED = frozenset({EntryKind.PAYMENT, EntryKind.DEPOSIT, EntryKind.CREDIT_NOTE})
"""Credit that staff set against debts, and may take back from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Whose account: a client or an insurer, by id, in a currency (the site's where none is named)."""

    client_id: int | None = None
    insurer_id: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What a payment is for: entry id of a debt on the account, or id of an open invoice here, to amount."""

    debts: Mapping[int, Decimal] = field(default_factory=dict)
    invoices: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        """All of it."""
        return sum((*self.debts.values(), *self.invoices.values()), ZERO)


def take_payment(
    work: Work,
    party: Party,
    amount: Decimal,
    method: str,
    wanted: Shares,
    *,
    reference: str = "",
    key: uuid.UUID | None = None,
) -> int:
    """Take one payment for several invoices; answers its entry's id. What is left of it is credit (H-38).

    Needs `accounts.take_payment`. The same `key` again counts once. Raises `Invalid` beside "amount",
    "method", "debt-<entry id>" or "invoice-<invoice id>": never more than is due, or than is paid.
    """
    work.require("accounts.take_payment")
    _require_method(method)
    ledger.require_amount(amount)
    if wanted.total > amount:
        raise Invalid({"amount": f"{wanted.total:.2f} is shared out, more than the payment of {amount:.2f}."})
    invoices = _open_invoices(work, party, wanted)
    account = _locked(work, party)
    done = ledger.known(work.session, key)
    if done is not None:
        return done.id
    debts = _debts(work, account, wanted.debts)
    credit = ledger.post(
        work, account, EntryKind.PAYMENT, -amount, key=key, method=method, reference=reference
    )
    _share_out(work, account, [credit], debts, invoices, wanted)
    _record(work, "account.payment", account, amount, method=method)
    return credit.id


def spend_credit(work: Work, party: Party, wanted: Shares) -> Decimal:
    """Set the party's credit, the oldest first, against these debts; answers how much. No money passes.

    Needs `accounts.take_payment`. Errors as `take_payment`, beside "amount" where the credit does not reach.
    """
    work.require("accounts.take_payment")
    if wanted.total <= ZERO:
        raise Invalid({"amount": "Enter beside at least one debt how much of it is paid."})
    invoices = _open_invoices(work, party, wanted)
    account = _locked(work, party)
    debts = _debts(work, account, wanted.debts)
    credit = items.spendable(items.open_items(work.session, account.id))
    available = sum((each.open for each in credit), ZERO)
    if wanted.total > available:
        raise Invalid({"amount": f"The credit is {available:.2f}; {wanted.total:.2f} is shared out."})
    _share_out(work, account, credit, debts, invoices, wanted)
    _record(work, "account.allocate", account, wanted.total)
    return wanted.total


def take_deposit(
    work: Work,
    party: Party,
    amount: Decimal,
    method: str,
    *,
    reference: str = "",
    key: uuid.UUID | None = None,
) -> int:
    """Take money ahead; answers its entry's id. Needs `accounts.take_payment`; errors as `take_payment`."""
    work.require("accounts.take_payment")
    _require_method(method)
    ledger.require_amount(amount)
    account = _locked(work, party)
    done = ledger.known(work.session, key)
    if done is not None:
        return done.id
    credit = ledger.post(
        work, account, EntryKind.DEPOSIT, -amount, key=key, method=method, reference=reference
    )
    _record(work, "account.deposit", account, amount, method=method)
    return credit.id


def refund(
    work: Work,
    account_id: int,
    entry_id: int,
    amount: Decimal,
    method: str,
    *,
    reason: str,
    key: uuid.UUID | None = None,
) -> int:
    """Give money back of one payment, deposit or returned invoice, at most what of it is not used (H-38).

    Answers the entry's id. Needs `accounts.refund` and a reason, which is audited. Raises `Invalid` beside
    "amount", "method" or "reason", `Conflict` where the entry is no money.
    """
    work.require("accounts.refund")
    _require_method(method)
    ledger.require_amount(amount)
    reason = ledger.require_reason(reason)
    account, credit = locked_entry(work, account_id, entry_id)
    done = ledger.known(work.session, key)
    if done is not None:
        return done.id
    if credit.is_debt or credit.kind not in MONEY_CREDITS:
        raise Conflict("Only money that was paid can be given back.")
    held = (
        shares.money_on_account(work.session, account)
        if account.client_id is None
        else shares.money_of_client(work.session, account)
    )
    most = min(credit.open, held)
    if amount > most:
        raise Invalid({"amount": f"At most {max(most, ZERO):.2f} of it can be given back."})
    debit = ledger.post(work, account, EntryKind.REFUND, amount, key=key, method=method, reason=reason)
    ledger.allocate(work, credit, debit, amount)
    _record(work, "account.refund", account, amount, method=method, reason=reason, entry=entry_id)
    return debit.id


def release(work: Work, account_id: int, entry_id: int, *, reason: str) -> Decimal:
    """Take a payment, deposit or goodwill back from the debts that it pays; it is credit again.

    For a payment that was shared out wrongly, or came back from the bank. Answers how much. Needs
    `accounts.refund` and a reason, which is audited.
    """
    work.require("accounts.refund")
    reason = ledger.require_reason(reason)
    account, credit = locked_entry(work, account_id, entry_id)
    if credit.is_debt or credit.kind not in _FREED:
        raise Conflict("Only a payment, a deposit or goodwill is set against debts by hand.")
    freed = ZERO
    for debit_id, amount in ledger.partners(work.session, credit):
        debit = items.item(work.session, account.id, debit_id)
        if debit is not None and debit.kind is not EntryKind.REFUND:
            ledger.allocate(work, credit, debit, -amount)
            freed += amount
    if freed == ZERO:
        raise Conflict("It is set against nothing.")
    _record(work, "account.release", account, freed, reason=reason, entry=entry_id)
    return freed


def locked_entry(work: Work, account_id: int, entry_id: int) -> tuple[Account, Item]:
    """An account, locked, and one of its entries. Raises `NotFound`."""
    account = parties.lock(work, [account_id]).get(account_id)
    found = None if account is None else items.item(work.session, account_id, entry_id)
    if account is None or found is None:
        raise NotFound("There is no such entry on this account.")
    return account, found


def _locked(work: Work, party: Party) -> Account:
    currency = party.currency or work.site.currency
    found = parties.account_of(work, currency, client_id=party.client_id, insurer_id=party.insurer_id)
    return parties.lock(work, [found.id])[found.id]


def _debts(work: Work, account: Account, wanted: Mapping[int, Decimal]) -> list[Item]:
    found = {each.id: each for each in items.open_items(work.session, account.id) if each.is_debt}
    faults = {}
    for entry_id, amount in wanted.items():
        debit = found.get(entry_id)
        if debit is None:
            faults[f"debt-{entry_id}"] = "This is paid by now."
        elif amount > debit.open:
            faults[f"debt-{entry_id}"] = f"At most {debit.open:.2f} is due."
        else:
            faults |= _fault(amount, f"debt-{entry_id}")
    if faults:
        raise Invalid(faults)
    return [found[entry_id] for entry_id in wanted]


def _open_invoices(work: Work, party: Party, wanted: Shares) -> list[Invoice]:
    """The open invoices that are paid, locked in the order of their ids, before the account."""
    found = []
    for invoice_id, amount in sorted(wanted.invoices.items()):
        invoice = opening.lock(work, invoice_id)
        field_name = f"invoice-{invoice_id}"
        if invoice.client_id != party.client_id:
            raise NotFound("There is no such invoice of this client.")
        if not invoice.is_open or amount > invoice.balance:
            raise Invalid({field_name: f"At most {max(invoice.balance, ZERO):.2f} is due."})
        fault = _fault(amount, field_name)
        if fault:
            raise Invalid(fault)
        found.append(invoice)
    return found


def _share_out(
    work: Work,
    account: Account,
    credit: list[Item],
    debts: list[Item],
    invoices: list[Invoice],
    wanted: Shares,
) -> None:
    for debit in debts:
        rest = wanted.debts[debit.id]
        for each in credit:
            share = min(each.open, rest)
            ledger.allocate(work, each, debit, share)
            rest -= share
    for invoice in invoices:
        on_account.pay_from(work, invoice, account, credit, wanted.invoices[invoice.id])


def _fault(amount: Decimal, field_name: str) -> dict[str, str]:
    try:
        ledger.require_amount(amount, field_name)
    except Invalid as error:
        return dict(error.fields)
    return {}


def _require_method(method: str) -> None:
    if method not in shares.METHODS:
        raise Invalid({"method": "Choose how it is paid."})


def _record(
    work: Work,
    action: str,
    account: Account,
    amount: Decimal,
    *,
    reason: str = "",
    method: str = "",
    entry: int | None = None,
) -> None:
    audit.record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"account:{account.id}",
        reason=reason,
        detail={"amount": f"{amount:.2f}"}
        | ({"method": method} if method else {})
        | ({"entry": entry} if entry else {}),
    )
