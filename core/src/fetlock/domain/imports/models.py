"""The table of uploaded files to import."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, Json, UtcDateTime


class ImportState(StrEnum):
    """`TRIED` went through without saving anything (a dry run); `STOPPED` came to an end by a fault."""

    UPLOADED = "uploaded"
    TRYING = "trying"
    TRIED = "tried"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class ImportRun(Identified, Base):
    """A file uploaded to be imported (H-15). `content` is compressed, and dropped with the row.

    `mapping` gives the column of each field, `report` is the answer of the last run. `done` of `total`
    rows are through; `beat_at` is the last sign of life of whoever runs it.
    """

    __tablename__ = "import_run"
    __table_args__ = (Index("ix_import_run_site", "site_id", "created_at"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    encoding: Mapped[str] = mapped_column(String(40), default="utf-8")
    mapping: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(String(20), default=ImportState.UPLOADED.value)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    report: Mapped[dict[str, Any] | None] = mapped_column(Json)
    problem: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    beat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
