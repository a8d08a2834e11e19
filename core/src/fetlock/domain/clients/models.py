"""Tables of clients and the ways to reach them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from fetlock.database import Base, Identified, UtcDateTime
from fetlock.domain.clients.account_number import value_of


class Client(Identified, Base):
    """A client, the owner of patients (H-10). `revision` grows with each change of the record.

    `account_value` is the number that an account number of digits alone stands for: it orders the list,
    and the next account number follows from it.
    """

    __tablename__ = "client"
    __table_args__ = (Index("ix_client_names", "last_name", "first_name"),)

    account_number: Mapped[str] = mapped_column(String(40), unique=True)
    account_value: Mapped[int | None] = mapped_column(BigInteger, index=True)
    first_name: Mapped[str] = mapped_column(String(120), default="")
    last_name: Mapped[str] = mapped_column(String(120), default="")
    street: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(120), default="")
    region: Mapped[str] = mapped_column(String(120), default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    preferred_channel: Mapped[str] = mapped_column(String(10), default="")
    sms_opt_out: Mapped[bool] = mapped_column(default=False)
    email_opt_out: Mapped[bool] = mapped_column(default=False)
    notes: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)

    phones: Mapped[list["ClientPhone"]] = relationship(
        order_by="ClientPhone.position", cascade="all, delete-orphan", passive_deletes=True
    )
    emails: Mapped[list["ClientEmail"]] = relationship(
        order_by="ClientEmail.position", cascade="all, delete-orphan", passive_deletes=True
    )

    @validates("account_number")
    def _follow_account_number(self, _key: str, account_number: str) -> str:
        self.account_value = value_of(account_number)
        return account_number

    @property
    def name(self) -> str:
        """First and last name; a client without either is shown as "(no name)"."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or "(no name)"


class ClientPhone(Identified, Base):
    """A phone of a client. `digits` is the E.164 form, found however it is typed; `entered` as typed.

    An imported number that is no complete one keeps its bare digits, without the leading plus.
    """

    __tablename__ = "client_phone"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(20), default="mobile")
    digits: Mapped[str] = mapped_column(String(24), index=True)
    entered: Mapped[str] = mapped_column(String(40))


class ClientEmail(Identified, Base):
    """An e-mail address of a client, compared without regard to case."""

    __tablename__ = "client_email"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    address: Mapped[str] = mapped_column(String(254), index=True)
