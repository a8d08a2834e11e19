"""Tables of the ways in: sign-ins and attempts, second factors, API tokens."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, UtcDateTime


class SignIn(Identified, Base):
    """An open or ended sign-in. Only a hash of the cookie's token is kept (H-4)."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(60), default="", server_default="")
    browser: Mapped[str] = mapped_column(String(200), default="", server_default="")


class SignInAttempt(Identified, Base):
    """A failed attempt to sign in; the rate limit counts these (H-4). User names are kept hashed."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_user_at", "user_name_hash", "at"),
        Index("ix_sign_in_attempt_address_at", "address", "at"),
    )

    user_name_hash: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SecondFactor(Base):
    """An employee's key for one-time codes, encrypted (H-4). It counts once `confirmed_at` is set.

    `last_step`: the number of the half minute whose code was accepted last; no code counts twice.
    """

    __tablename__ = "second_factor"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Identified, Base):
    """A code that opens once in place of the second factor; only its hash is kept (H-4)."""

    __tablename__ = "recovery_code"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiToken(Identified, Base):
    """A token with which a program acts for an employee; only its hash is kept (H-6).

    `scope` is "read" or "write"; with `site_id` it reaches that site alone. `shown` is the beginning of the
    token, by which people tell theirs apart.
    """

    __tablename__ = "api_token"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    shown: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(String(10))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
