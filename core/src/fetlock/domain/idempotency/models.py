"""The table of answers that are given again to a request with the same key (PL-11)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, UtcDateTime


class IdempotentAnswer(Identified, Base):
    """What came of the first request of `actor` ("staff:12") to `route` with `key`.

    `digest`: SHA-256 of its address and body. `sealed`: the encrypted answer; empty only inside the
    transaction that does the work.
    """

    __tablename__ = "idempotent_answer"
    __table_args__ = (Index("uq_idempotent_answer_key", "actor", "route", "key", unique=True),)

    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    actor: Mapped[str] = mapped_column(String(60))
    route: Mapped[str] = mapped_column(String(250))
    key: Mapped[str] = mapped_column(String(255))
    digest: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
