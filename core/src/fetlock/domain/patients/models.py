"""Tables of patients."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fetlock.database import Base, Identified, Quantity, UtcDateTime
from fetlock.domain.clients.models import Client


class Patient(Identified, Base):
    """An animal (H-11). `code` is the readable id, 57A for the first patient of client 57."""

    __tablename__ = "patient"
    __table_args__ = (
        Index("ix_patient_name", "name"),
        # A readable id is typed in either case; no two differ by case alone.
        Index("uq_patient_code_upper", text("upper(code)"), unique=True),
    )

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    code: Mapped[str] = mapped_column(String(50), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    species: Mapped[str] = mapped_column(String(60), default="")
    breed: Mapped[str] = mapped_column(String(120), default="")
    sex: Mapped[str] = mapped_column(String(4), default="?")
    birth_date: Mapped[date | None]
    birth_estimated: Mapped[bool] = mapped_column(default=False)
    colour: Mapped[str] = mapped_column(String(80), default="")
    microchip: Mapped[str] = mapped_column(String(40), default="", index=True)
    deceased_on: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)

    client: Mapped[Client] = relationship()

    @property
    def display_name(self) -> str:
        """The name, or "(no name)"."""
        return self.name or "(no name)"


class PatientAlias(Identified, Base):
    """A readable id that the patient had before a change of owner: still found, never given again."""

    __tablename__ = "patient_alias"
    __table_args__ = (Index("uq_patient_alias_code_upper", text("upper(code)"), unique=True),)

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    code: Mapped[str] = mapped_column(String(50), unique=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class PatientWeight(Identified, Base):
    """A weight: always in kilograms, with the unit in which it was entered (kg or lb)."""

    __tablename__ = "patient_weight"
    __table_args__ = (Index("ix_patient_weight_patient_at", "patient_id", "measured_at"),)

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    measured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kilograms: Mapped[Decimal] = mapped_column(Quantity)
    entered_unit: Mapped[str] = mapped_column(String(2), default="kg")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PatientAlert(Identified, Base):
    """What to beware of. `severe` alerts are danger to people or to life."""

    __tablename__ = "patient_alert"

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    text: Mapped[str] = mapped_column(String(200))
    severe: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PatientPhoto(Base):
    """The patient's photo, re-encoded when it was uploaded."""

    __tablename__ = "patient_photo"

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(40))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
