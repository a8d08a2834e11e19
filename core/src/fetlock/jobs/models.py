"""Tables of jobs: when each is due, its runs, and where it is paused (PL-9)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, Json, UtcDateTime


class JobState(Identified, Base):
    """A job's place in the schedule; the lease lets one worker run it (PL-9).

    `scope`: for what it runs there, "site:3", "account:<fingerprint>" or "organisation"; `site_id` is set for
    the first alone. `planned_at`: its time on the grid; `next_run_at`: when it is really due, later after a
    failure, sooner when somebody asked. `started_at`: of a run under way; `cursor`: where the next part of
    it goes on. `failed_in_row`: failures since it last went well.
    """

    __tablename__ = "job_schedule"
    __table_args__ = (UniqueConstraint("plugin", "job", "scope"),)

    plugin: Mapped[str] = mapped_column(String(60))
    job: Mapped[str] = mapped_column(String(60))
    scope: Mapped[str] = mapped_column(String(60))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_run_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cursor: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    parts: Mapped[int] = mapped_column(default=0)
    worked_ms: Mapped[int] = mapped_column(default=0)
    last_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_ms: Mapped[int | None]
    last_problem: Mapped[str] = mapped_column(String(300), default="")
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    failed_in_row: Mapped[int] = mapped_column(default=0)


class JobRunRow(Identified, Base):
    """One run of a job that has ended. `outcome`: "ok", "failed", or "lost" with its worker.

    `ms`: how long it worked, of which a part at a time held the database; `staff_id`: who asked for it.
    """

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_place", "plugin", "job", "scope", "id"),)

    plugin: Mapped[str] = mapped_column(String(60))
    job: Mapped[str] = mapped_column(String(60))
    scope: Mapped[str] = mapped_column(String(60))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ms: Mapped[int]
    parts: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(10))
    problem: Mapped[str] = mapped_column(String(300), default="")


class JobPause(Identified, Base):
    """Somebody paused a job at a site: it is left out there until it goes on."""

    __tablename__ = "job_pause"
    __table_args__ = (UniqueConstraint("plugin", "job", "site_id"),)

    plugin: Mapped[str] = mapped_column(String(60))
    job: Mapped[str] = mapped_column(String(60))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(300), default="")
