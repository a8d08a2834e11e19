"""Tables of plugin settings and of plugins whose data is kept after they were removed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from fetlock.database import Base, Identified, Json, UtcDateTime


class PluginSetting(Identified, Base):
    """The settings of a plugin at a site, or the organisation's where `site_id` is empty (PL-3).

    `secrets` is the encrypted JSON of the secret fields; `secrets_set` says who set each when.
    """

    __tablename__ = "plugin_setting"
    __table_args__ = (
        Index(
            "uq_plugin_setting_organisation",
            "plugin",
            unique=True,
            sqlite_where=text("site_id IS NULL"),
            postgresql_where=text("site_id IS NULL"),
        ),
        Index("uq_plugin_setting_site", "plugin", "site_id", unique=True),
    )

    plugin: Mapped[str] = mapped_column(String(60))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    values: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    secrets_set: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PluginInstalled(Base):
    """A plugin whose tables stand in this database, whether its package is still installed or not (PL-6)."""

    __tablename__ = "plugin_installed"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    label: Mapped[str] = mapped_column(String(120))
    version: Mapped[str] = mapped_column(String(30))
    table_prefix: Mapped[str] = mapped_column(String(40))
    tables: Mapped[list[str]] = mapped_column(Json, default=list)
    exported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PluginBreaker(Identified, Base):
    """How one hook of a plugin has been doing at a site: a row once it has failed (PL-5).

    `failures` counts those in a row, since `first_at`; `total` all there ever were. `opened_at` is set
    while the breaker is open, `trips` counts how often it opened since it last worked, and from `retry_at`
    on one call is let through as a trial. `reason` and `incident` are of the last failure.
    """

    __tablename__ = "plugin_breaker"
    __table_args__ = (Index("uq_plugin_breaker_hook", "site_id", "plugin", "hook", unique=True),)

    plugin: Mapped[str] = mapped_column(String(60))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    hook: Mapped[str] = mapped_column(String(60))
    failures: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    trips: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(120), default="")
    incident: Mapped[str] = mapped_column(String(20), default="")
