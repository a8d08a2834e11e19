"""Tables of the organisation and its sites."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, column_property, mapped_column

from fetlock.contracts.facts import SiteFacts
from fetlock.database import Base, Identified, Json
from fetlock.domain.plugins.standing import read_standings, standings_at


class Organisation(Identified, Base):
    """The one organisation of this installation (H-1)."""

    __tablename__ = "organisation"

    name: Mapped[str] = mapped_column(String(200))


class Site(Identified, Base):
    """A practice location (H-1).

    `plugins` maps a plugin's name to {"state": "off"|"setup"|"on", "settings": {...}}, the settings without
    secrets: they stand here so that they come with the site's row and need no query and no cache (PL-2).
    `standings`: the hooks of plugins that failed here of late, read along with the row (PL-5).
    """

    __tablename__ = "site"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    street: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(120), default="")
    region: Mapped[str] = mapped_column(String(120), default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    country: Mapped[str] = mapped_column(String(2), default="US")
    phone: Mapped[str] = mapped_column(String(40), default="")
    time_zone: Mapped[str] = mapped_column(String(60))
    currency: Mapped[str] = mapped_column(String(3))
    locale: Mapped[str] = mapped_column(String(20))
    invoice_prefix: Mapped[str] = mapped_column(String(10), default="")
    prices_include_tax: Mapped[bool] = mapped_column(default=False)
    discounts_stack: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    plugins: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    if TYPE_CHECKING:
        standings: Mapped[str | None]

    def plugin_state(self, plugin: str) -> str:
        """The plugin's state here: "off", "setup" or "on"."""
        entry = self.plugins.get(plugin)
        return str(entry["state"]) if entry else "off"

    def enabled_plugins(self) -> frozenset[str]:
        """Names of the plugins that are on here."""
        return frozenset(name for name, entry in self.plugins.items() if entry["state"] == "on")

    def facts(self) -> SiteFacts:
        """This site as hooks see it."""
        return SiteFacts(
            site_id=self.id,
            slug=self.slug,
            name=self.name,
            currency=self.currency,
            time_zone=self.time_zone,
            settings={name: entry.get("settings", {}) for name, entry in self.plugins.items()},
            standings=read_standings(self.standings),
        )


Site.__mapper__.add_property("standings", column_property(standings_at(Site.id)))
