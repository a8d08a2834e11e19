"""An insurer's account as plugins use it: receivables, payments with their lines, differences (INX-5)."""

import uuid
from collections.abc import Mapping
from decimal import Decimal

from fetlock.domain.accounts import correcting, items, ledger, parties, paying
from fetlock.domain.accounts.items import ZERO
from fetlock.domain.invoices import on_account
from fetlock.domain.invoices.models import Invoice
from fetlock.errors import Conflict, Invalid
from fetlock.work import Work


def keep_insurer(work: Work, key: str, name: str) -> int:
    """The id of the insurer with the plugin's own `key`, made where there is none. The name is kept fresh.

    Needs `accounts.take_payment`. Raises `Invalid` beside "name".
    """
    return parties.keep_insurer(work, name, key=key).id


def record_receivable(
    work: Work,
    invoice_id: int,
    insurer_key: str,
    amount: Decimal,
    *,
    reference: str,
    key: uuid.UUID | None = None,
) -> None:
    """Move `amount` of an open invoice's balance to the insurer's account: it owes it now, not the client.

    `reference`: the claim's number there. The same `key` again counts once. Invoice total, sales and tax stay
    as they are (INX-2). Needs `accounts.take_payment`. Raises `Invalid` beside "amount", `Conflict` where the
    invoice is not open, `NotFound` for an unknown insurer.
    """
    found = parties.insurer_by_key(work.session, insurer_key)
    on_account.move_to_insurer(work, invoice_id, found.id, amount, reference=reference, key=key)


def record_insurer_payment(
    work: Work,
    insurer_key: str,
    amount: Decimal,
    *,
    reference: str,
    lines: Mapping[int, Decimal],
    method: str = "bank",
    currency: str = "",
    key: uuid.UUID | None = None,
) -> int:
    """Book a remittance: money of an insurer, and how much of it is for which invoice, by invoice id.

    Answers the entry's id. The payment lowers the insurer's balance, not sales; what no line names stays its
    credit. `amount` is what arrived. The same `key` again counts once. Needs `accounts.take_payment`. Raises
    `Invalid` beside "invoice-<id>" where that invoice's receivable is lower.
    """
    work.require("accounts.take_payment")
    found = parties.insurer_by_key(work.session, insurer_key)
    party = paying.Party(insurer_id=found.id, currency=currency or work.site.currency)
    account = parties.account_of(work, party.currency, insurer_id=found.id)
    parties.lock(work, [account.id])
    done = ledger.known(work.session, key)
    if done is not None:
        return done.id
    debts: dict[int, Decimal] = {}
    open_debts = [each for each in items.open_items(work.session, account.id) if each.is_debt]
    for invoice_id, wanted in lines.items():
        rest = wanted
        for each in open_debts:
            if each.invoice_id == invoice_id and rest > ZERO:
                debts[each.id] = min(each.open, rest)
                rest -= debts[each.id]
        if rest > ZERO:
            raise Invalid({f"invoice-{invoice_id}": f"Its receivable is {wanted - rest:.2f}."})
    return paying.take_payment(
        work, party, amount, method, paying.Shares(debts=debts), reference=reference, key=key
    )


def settle_difference(
    work: Work,
    insurer_key: str,
    invoice_id: int,
    amount: Decimal,
    *,
    bill_client: bool,
    reason: str,
) -> None:
    """What the insurer will not pay of an invoice's receivable: billed to the client, or written off.

    Needs `accounts.take_payment` for the one, `accounts.write_off` for the other. Raises `Conflict` where
    less than `amount` is open.
    """
    found = parties.insurer_by_key(work.session, insurer_key)
    invoice = work.session.get_one(Invoice, invoice_id)
    account = parties.account_of(work, invoice.currency, insurer_id=found.id)
    rest = amount
    for each in items.open_items(work.session, account.id):
        if each.is_debt and each.invoice_id == invoice_id and rest > ZERO:
            share = min(each.open, rest)
            command = correcting.bill_client if bill_client else correcting.write_off
            command(work, account.id, each.id, share, reason=reason)
            rest -= share
    if rest > ZERO:
        raise Conflict(f"The receivable of this invoice is {amount - rest:.2f}.")
