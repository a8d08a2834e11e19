"""The table of words by which clients and patients are found, and what keeps it right."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, event
from sqlalchemy.orm import Mapped, Session, mapped_column

from fetlock.database import Base, Identified


class TermKind(StrEnum):
    """Where a word comes from."""

    NAME = "name"
    CODE = "code"
    CHIP = "chip"
    PHONE = "phone"
    EMAIL = "email"


class SearchTerm(Identified, Base):
    """A word of a client or of a patient, folded: lower case, without accents (H-12).

    A search reads a range of the index on `term`, so it costs the same at any number of patients. The
    column compares by code point on every database, as the range demands.
    """

    __tablename__ = "search_term"
    __table_args__ = (Index("ix_search_term_term", "term", "patient_id", "client_id"),)

    term: Mapped[str] = mapped_column(String(254).with_variant(String(254, collation="C"), "postgresql"))
    kind: Mapped[str] = mapped_column(String(10))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id", ondelete="CASCADE"), index=True)


@event.listens_for(Session, "after_flush")
def _keep_terms(session: Session, _context: Any) -> None:
    """Whoever saves a client or a patient through the ORM need not think of the search."""
    from fetlock.domain.search.terms import follow

    follow(session)
