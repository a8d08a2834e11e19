"""The words of accounts: what an entry is, what it is set against, what was done."""

from decimal import Decimal
from typing import Final

from fetlock.domain.accounts.entry_views import EntryView
from fetlock.domain.accounts.models import EntryKind

METHODS: Final = (("card", "Card"), ("cash", "Cash"), ("bank", "Bank"), ("cheque", "Cheque"))
FROM_CREDIT: Final = "credit"

_TITLES: Final = {
    EntryKind.CHARGE: "Invoice on account",
    EntryKind.USE: "Invoice paid from credit",
    EntryKind.CREDIT: "Invoice credited",
    EntryKind.REVERSAL: "Invoice voided",
    EntryKind.PAYMENT: "Payment",
    EntryKind.DEPOSIT: "Deposit",
    EntryKind.REFUND: "Given back",
    EntryKind.CREDIT_NOTE: "Goodwill credit",
    EntryKind.WRITE_OFF: "Written off",
}


def title(entry: EntryView, kind: str) -> str:
    """What an entry is, in words; `kind`: whose account it stands on, "client" or "insurer"."""
    if entry.kind is EntryKind.TRANSFER:
        if kind == "client":
            return "Not paid by the insurer" if entry.is_debt else "Paid by the insurer after all"
        return "Taken back from the client" if entry.is_debt else "Billed to the client"
    if entry.kind is EntryKind.WRITE_OFF and entry.is_debt:
        return "Write-off taken back"
    if entry.kind is EntryKind.CHARGE and kind == "insurer":
        return "Owed for an invoice"
    return _TITLES[entry.kind]


def side(text: str) -> str:
    """The name of what stands on the other side: an invoice's number stays, a kind becomes a word."""
    known = {kind.value: word for kind, word in _TITLES.items()} | {"transfer": "transfer"}
    return known[text].lower() if text in known else text


def method(name: str) -> str:
    """How money passed, within a sentence."""
    return dict(METHODS).get(name, name).lower()


def plain(amount: Decimal) -> str:
    """An amount as a field takes it."""
    return f"{amount:.2f}"
