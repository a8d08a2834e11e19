"""The table of tasks."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, UtcDateTime


class TaskState(StrEnum):
    """`DISMISSED`: nobody did it, and nobody needs to any more."""

    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


ONE_PER_CAUSE = text("state = 'open' AND cause <> ''")


class Task(Identified, Base):
    """What somebody has to see to (H-17).

    It is `staff_id`'s, or else everybody's with `role_id` at the site, or with neither everybody's there.
    A person's task keeps its role: it goes back there when the person leaves. `plugin` is empty for what
    people write; `cause` says why a plugin opened it, and is unique among the plugin's open tasks at the
    site: `count` is how often it came up, `last_at` when last. `link` is a path below the site.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_site", "site_id", "state", "due_on"),
        Index("ix_task_closed", "site_id", "closed_at"),
        Index("ix_task_staff", "staff_id", "state"),
        Index(
            "uq_task_open_cause",
            "site_id",
            "plugin",
            "cause",
            unique=True,
            sqlite_where=ONE_PER_CAUSE,
            postgresql_where=ONE_PER_CAUSE,
        ),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    text: Mapped[str] = mapped_column(String(300))
    note: Mapped[str] = mapped_column(Text, default="")
    link: Mapped[str] = mapped_column(String(300), default="")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id", ondelete="SET NULL"), index=True)
    due_on: Mapped[date | None]
    snoozed_until: Mapped[date | None]
    plugin: Mapped[str] = mapped_column(String(60), default="")
    cause: Mapped[str] = mapped_column(String(160), default="")
    count: Mapped[int] = mapped_column(default=1)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), default=TaskState.OPEN.value)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closing_note: Mapped[str] = mapped_column(String(300), default="")

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state == TaskState.OPEN.value
