"""A small clinic in a real database, for tests: two sites, staff, clients, patients, products, plugins.

Nothing here is a stand-in: commands run on a real SQLite or PostgreSQL database, through the real dispatcher.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Self, TypeVar

from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.builtin.pricelist import PriceList
from fetlock.contracts.actor import Actor
from fetlock.database import Database
from fetlock.database.tables import load_core_tables
from fetlock.domain.catalogue.models import Product, ProductPrice
from fetlock.domain.entitlements.models import EntitlementState
from fetlock.domain.entitlements.service import EntitlementTerms, keep
from fetlock.domain.invoices.lines import NewLine
from fetlock.domain.sites.models import Site
from fetlock.platform.dispatch import Dispatcher
from fetlock.platform.registry import load_registry
from fetlock.testing.records import Records, make_records, read_records
from fetlock.work import Work

T = TypeVar("T")

YEAR = timedelta(days=365)


@dataclass(slots=True)
class Clinic:
    """The sample clinic of `fetlock.testing.records`, with plugins that are on at both sites.

    `records` holds the ids of everything by its code: `records.products["NAIL"]`.
    """

    database: Database
    hooks: Dispatcher
    records: Records

    @classmethod
    def build(cls, url: str, *plugins: Any, builtins: Sequence[object] | None = None) -> Self:
        """Make the tables, plugins' too, and the clinic in the empty database at the SQLAlchemy URL `url`.

        Each of `plugins` is an instance as its entry point would give it. A plugin that would be
        quarantined makes this raise `PluginsRefused` with the reason.
        """
        hooks = _hooks_of(plugins, builtins)
        database = Database(url)
        load_core_tables().create_all(database.engine)
        clinic = cls(database, hooks, database.write(make_records))
        for plugin in plugins:
            for site in clinic.records.sites:
                clinic.switch(plugin.manifest().name, "on", site=site)
        return clinic

    @classmethod
    def at(cls, url: str, *plugins: Any, builtins: Sequence[object] | None = None) -> Self:
        """The clinic that `build` made at `url`, for another process of the same test."""
        hooks = _hooks_of(plugins, builtins)
        database = Database(url)
        load_core_tables()
        with database.reading() as session:
            return cls(database, hooks, read_records(session))

    @property
    def client_id(self) -> int:
        """Client 57, the owner of patients 57A and 57B."""
        return self.records.clients["57"]

    @property
    def patient_id(self) -> int:
        """Patient 57A."""
        return self.records.patients["57A"]

    def actor(self, role: str = "Administrator") -> Actor:
        """The employee with this role and its permissions; the administrator may do everything."""
        return Actor(
            staff_id=self.records.staff[role],
            name=f"{role} Smith",
            permissions=self.records.permissions[role],
            unrestricted=role == "Administrator",
        )

    def work(self, session: Session, *, site: str = "north", actor: Actor | None = None) -> Work:
        """A unit of work in `session` at a site; the administrator acts where nobody is named."""
        row = session.get_one(Site, self.records.sites[site])
        return Work(
            session=session,
            hooks=self.hooks,
            actor=actor or self.actor(),
            site=row,
            enabled=row.enabled_plugins().intersection(self.hooks.registry.plugins),
        )

    def run(self, command: Callable[[Work], T], *, site: str = "north", actor: Actor | None = None) -> T:
        """Run `command` in one writing transaction, commit, and answer what it answers."""
        return self.database.write(lambda session: command(self.work(session, site=site, actor=actor)))

    def reading(self) -> AbstractContextManager[Session]:
        """A session in a transaction that cannot write."""
        return self.database.reading()

    def line(
        self, product: str, quantity: Decimal | int | str = 1, *, patient: str = "57A", **more: Any
    ) -> NewLine:
        """A line to add: product and patient by their codes; `more` are further fields of `NewLine`."""
        return NewLine(
            patient_id=self.records.patients[patient],
            product_id=self.records.products[product],
            quantity=Decimal(quantity),
            **more,
        )

    def entitle(
        self,
        source_key: str,
        included: Decimal | int | str,
        *,
        patient: str = "57A",
        plugin: str = "plans",
        label: str = "",
        days: tuple[int, int] = (-30, 335),
        usable_from: int | None = None,
        chain: str = "gold",
        term: int = 1,
        state: EntitlementState = EntitlementState.ACTIVE,
    ) -> int:
        """Keep an entitlement of `plugin` and answer its id. With `SamplePlans`, the key names products.

        `days`: first and last day of the term, counted from today; `usable_from` likewise, the first day
        where it is left out.
        """
        today = self.today()
        first, last = days
        terms = EntitlementTerms(
            source_key=source_key,
            patient_id=self.records.patients[patient],
            label=label or f"Plan item {source_key}",
            included=Decimal(included),
            valid_from=today + timedelta(days=first),
            valid_to=today + timedelta(days=last),
            usable_from=today + timedelta(days=first if usable_from is None else usable_from),
            chain=chain,
            term=term,
            state=state,
        )
        return self.database.write(lambda session: keep(session, plugin, [terms])[source_key].id)

    def product(
        self,
        code: str,
        price: Decimal | str | None,
        *,
        site_prices: Mapping[str, str] | None = None,
        **more: Any,
    ) -> int:
        """Make a product and answer its id; `more` are further columns of `Product`."""

        def make(session: Session) -> int:
            row = Product(**({"code": code, "name": f"Product {code}"} | more))
            session.add(row)
            session.flush()
            if price is not None:
                session.add(ProductPrice(product_id=row.id, amount=Decimal(price)))
            for slug, amount in (site_prices or {}).items():
                session.add(
                    ProductPrice(product_id=row.id, site_id=self.records.sites[slug], amount=Decimal(amount))
                )
            return row.id

        self.records.products[code] = self.database.write(make)
        return self.records.products[code]

    def switch(
        self, plugin: str, state: str, *, site: str = "north", settings: Mapping[str, Any] | None = None
    ) -> None:
        """Set a plugin off, set-up or on at a site, with these plain settings there."""

        def change(session: Session) -> None:
            row = session.get_one(Site, self.records.sites[site])
            row.plugins = row.plugins | {plugin: {"state": state, "settings": dict(settings or {})}}

        self.database.write(change)

    def change_site(self, *, site: str = "north", **columns: Any) -> None:
        """Change settings of a site, such as `prices_include_tax=True`."""

        def change(session: Session) -> None:
            row = session.get_one(Site, self.records.sites[site])
            for name, value in columns.items():
                setattr(row, name, value)

        self.database.write(change)

    def today(self, site: str = "north") -> date:
        """The calendar day at a site."""
        with self.reading() as session:
            return clock.today(session.get_one(Site, self.records.sites[site]).time_zone)

    def close(self) -> None:
        """Close the database's connections."""
        self.database.dispose()


def _hooks_of(plugins: Sequence[Any], builtins: Sequence[object] | None) -> Dispatcher:
    registry = load_registry(
        builtins=(PriceList(),) if builtins is None else builtins,
        installed={plugin.manifest().name: partial(_same, plugin) for plugin in plugins},
        strict=True,
    )
    for plugin in registry.plugins.values():
        if plugin.manifest.models:
            importlib.import_module(plugin.manifest.models)
    return Dispatcher(registry)


def _same(plugin: object) -> object:
    return plugin
