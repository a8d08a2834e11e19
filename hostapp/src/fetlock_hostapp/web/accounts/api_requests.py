"""What the JSON API takes for accounts. Amounts are strings, or JSON numbers, above zero."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from fetlock.domain.accounts.paying import Shares
from fetlock.errors import Invalid
from fetlock_hostapp.plugin import Id, Number

Method = Literal["cash", "card", "bank", "cheque"]
Reference = Annotated[str, Field(max_length=120)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


class DebtShare(BaseModel):
    """How much of a debt is paid, by the id of its entry."""

    entry_id: Id
    amount: Number


class InvoiceShare(BaseModel):
    """How much of an open invoice of this site is paid."""

    invoice_id: Id
    amount: Number


class SharedOut(BaseModel):
    """What is paid, and how much of each."""

    debts: list[DebtShare] = Field(default_factory=list, max_length=200)
    invoices: list[InvoiceShare] = Field(default_factory=list, max_length=200)

    def shares(self) -> Shares:
        """As core takes it. Raises `Invalid` where something is named twice."""
        debts = {each.entry_id: each.amount for each in self.debts}
        invoices = {each.invoice_id: each.amount for each in self.invoices}
        if len(debts) < len(self.debts) or len(invoices) < len(self.invoices):
            raise Invalid({"debts": "Name each debt and each invoice once."})
        return Shares(debts=debts, invoices=invoices)


class AccountPayment(SharedOut):
    """One payment over several invoices; the rest of it is credit. The same `key` again counts once."""

    amount: Number
    method: Method
    reference: Reference = ""
    key: UUID | None = None


class Deposit(BaseModel):
    """Money ahead. The same `key` again counts once."""

    amount: Number
    method: Method
    reference: Reference = ""
    key: UUID | None = None


class GivenAmount(BaseModel):
    """How much, and why. The same `key` again counts once."""

    amount: Number
    reason: Reason
    key: UUID | None = None


class Refund(GivenAmount):
    """Money given back of one payment, deposit or returned invoice."""

    method: Method


class Why(BaseModel):
    """Why."""

    reason: Reason


class NewInsurer(BaseModel):
    """An insurer that no plugin brings."""

    name: str = Field(min_length=1, max_length=200)


class Settlement(BaseModel):
    """Where an invoice's balance goes without money; below zero what it owes back.

    `insurer_id` for an insurer alone. The same `key` again counts once; `close` closes the invoice with it.
    """

    how: Literal["account", "insurer", "credit"]
    amount: Number
    insurer_id: Id | None = None
    reference: Reference = ""
    key: UUID | None = None
    close: bool = False
