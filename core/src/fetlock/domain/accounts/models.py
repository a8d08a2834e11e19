"""Tables of accounts: who may have one, its entries, and which credit is set against which debt (H-38)."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, Money, UtcDateTime
from fetlock.database.append_only import guard


class EntryKind(StrEnum):
    """Why an account's balance changes. Above zero the party owes more, below zero less.

    `CHARGE` an invoice's balance moved here · `USE` credit paid for an open invoice · `CREDIT` an invoice
    that owed money back, moved here · `REVERSAL` the invoice was voided · `PAYMENT`, `DEPOSIT` money taken ·
    `REFUND` money given back · `CREDIT_NOTE` goodwill · `WRITE_OFF` a debt given up, above zero that taken
    back · `TRANSFER` from an insurer's account to the client's: below zero on the one, above on the other.
    """

    CHARGE = "charge"
    USE = "use"
    CREDIT = "credit"
    REVERSAL = "reversal"
    PAYMENT = "payment"
    DEPOSIT = "deposit"
    REFUND = "refund"
    CREDIT_NOTE = "credit_note"
    WRITE_OFF = "write_off"
    TRANSFER = "transfer"


class Against(StrEnum):
    """The other side of an entry: what has changed by the same amount the other way."""

    INVOICE = "invoice"
    MONEY = "money"
    LOSS = "loss"
    ACCOUNT = "account"


class Insurer(Identified, Base):
    """Somebody who pays for clients. `key` is the one by which a plugin finds its insurer again (INX-5)."""

    __tablename__ = "account_insurer"

    key: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Account(Identified, Base):
    """The account of a client or an insurer in one currency, the same at every site of the organisation.

    Its balance is the sum of its entries and is stored nowhere. The row is what is locked.
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("client_id", "currency"),
        UniqueConstraint("insurer_id", "currency"),
        CheckConstraint("(client_id IS NULL) <> (insurer_id IS NULL)", name="one_party"),
    )

    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    insurer_id: Mapped[int | None] = mapped_column(ForeignKey("account_insurer.id"))
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AccountEntry(Identified, Base):
    """One change of one account's balance, never changed afterwards.

    `against` names the other side. Against an invoice, `payment_id` is the row of the same amount that the
    invoice keeps; against another account, `partner_id` is that account's entry of the same amount with the
    other sign (kept on the later of the two). `key` keeps a repeat from counting twice.
    """

    __tablename__ = "account_entry"
    __table_args__ = (
        Index("ix_account_entry_account", "account_id", "id"),
        Index("ix_account_entry_invoice", "invoice_id"),
    )

    key: Mapped[UUID] = mapped_column(Uuid, unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[str] = mapped_column(String(20))
    against: Mapped[str] = mapped_column(String(20))
    amount: Mapped[Decimal] = mapped_column(Money)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("account_entry.id"), unique=True)
    method: Mapped[str] = mapped_column(String(20), default="")
    reference: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Allocation(Identified, Base):
    """So much of a credit is set against so much of a debt of the same account; below zero, taken back."""

    __tablename__ = "account_allocation"
    __table_args__ = (
        Index("ix_account_allocation_credit", "credit_id"),
        Index("ix_account_allocation_debit", "debit_id"),
    )

    credit_id: Mapped[int] = mapped_column(ForeignKey("account_entry.id"))
    debit_id: Mapped[int] = mapped_column(ForeignKey("account_entry.id"))
    amount: Mapped[Decimal] = mapped_column(Money)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


guard(cast("Table", AccountEntry.__table__))
guard(cast("Table", Allocation.__table__))
