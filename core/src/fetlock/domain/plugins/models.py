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
