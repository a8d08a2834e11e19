"""Tables of employees, roles, sign-ins, second factors and API tokens."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, UtcDateTime


class Staff(Identified, Base):
    """An employee (H-2). `user_name` is compared without regard to case at sign-in only."""

    __tablename__ = "staff"
    __table_args__ = (Index("uq_staff_user_name_lower", text("lower(user_name)"), unique=True),)

    prefix: Mapped[str] = mapped_column(String(20), default="")
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    suffix: Mapped[str] = mapped_column(String(40), default="")
    initials: Mapped[str] = mapped_column(String(6))
    user_name: Mapped[str] = mapped_column(String(80), unique=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    staff_group: Mapped[str] = mapped_column(String(60), default="")
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)

    @property
    def full_name(self) -> str:
        """Prefix, first and last name, suffix, as on a letter."""
        return " ".join(part for part in (self.prefix, self.first_name, self.last_name, self.suffix) if part)


class Role(Identified, Base):
    """A named set of permissions (H-3). `everything`: it holds each one, also those of later plugins.

    `second_factor_since`: sign-ins opened from then on have to set up a second factor first (H-4).
    """

    __tablename__ = "role"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    description: Mapped[str] = mapped_column(String(300), default="")
    everything: Mapped[bool] = mapped_column(default=False)
    second_factor_since: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RolePermission(Base):
    """A permission that a role holds."""

    __tablename__ = "role_permission"

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(120), primary_key=True)


class StaffRole(Base):
    """A role of an employee at a site; without any, the site does not exist for that person (H-1)."""

    __tablename__ = "staff_role"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)
