"""One process of Fetlock, wired: installation, database, plugins, hooks, secrets."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy.orm import Session

from fetlock.contracts.actor import SYSTEM, Actor
from fetlock.database import Database
from fetlock.database.tables import load_core_tables
from fetlock.domain.audit import signing
from fetlock.domain.sites.models import Site
from fetlock.errors import NotFound
from fetlock.hooks.registration import RegistrationHooks
from fetlock.platform.breaker import Breaker
from fetlock.platform.dispatch import Dispatcher
from fetlock.platform.installation import Installation
from fetlock.platform.registrations import check_registrations
from fetlock.platform.registry import Registry, load_registry, refuse_quarantined
from fetlock.platform.secrets import Secrets, secrets_of
from fetlock.work import Work


@dataclass(frozen=True, slots=True)
class Runtime:
    """What every command, page and worker of a process shares. `close` gives its connections back."""

    installation: Installation
    database: Database
    registry: Registry
    hooks: Dispatcher
    secrets: Secrets

    @classmethod
    def start(
        cls,
        installation: Installation,
        *,
        specs: Iterable[type] = (),
        builtins: Iterable[object] | None = None,
        installed: Mapping[str, Callable[[], object]] | None = None,
        parts: Callable[[Registry], None] | None = None,
    ) -> Self:
        """Find and check the plugins, and open the database (which is not touched yet).

        `specs`: further hook specs; `builtins`: plugins of the host itself, by default all of core's;
        `installed`: name to loader, by default the entry points; `parts`: registers further parts of
        plugins, their pages, while plugins can still be quarantined. Raises `PluginsRefused` in strict
        mode when any plugin is in quarantine (PL-4).
        """
        load_core_tables()
        registry = load_registry(
            builtins=default_builtins() if builtins is None else builtins, specs=specs, installed=installed
        )
        check_registrations(registry)
        if parts is not None:
            parts(registry)
        if installation.strict_plugins:
            refuse_quarantined(registry)
        installation.home.mkdir(parents=True, exist_ok=True)
        secrets = secrets_of(installation)
        signed = {signing.OPTION: signing.keys_of(secrets)}
        database = Database(installation.url, pool_size=installation.pool_size, options=signed)
        return cls(installation, database, registry, Dispatcher(registry, Breaker(database)), secrets)

    def work(self, session: Session, site: Site, actor: Actor = SYSTEM) -> Work:
        """A unit of work at `site`: `enabled` are the plugins that are on there and installed here."""
        return Work(
            session=session,
            hooks=self.hooks,
            actor=actor,
            site=site,
            enabled=site.enabled_plugins().intersection(self.registry.plugins),  # hashable, unlike `&`
        )

    def work_at(self, session: Session, site_id: int, actor: Actor = SYSTEM) -> Work:
        """As `work`, with the site's row read afresh. Raises `NotFound`."""
        site = session.get(Site, site_id, populate_existing=True)
        if site is None:
            raise NotFound("There is no such site.")
        return self.work(session, site, actor)

    def close(self) -> None:
        """Close every connection."""
        self.database.dispose()


def default_builtins() -> list[object]:
    """The plugins that belong to the host itself: one class in each module of `fetlock.builtin`."""
    from fetlock import builtin

    found: list[object] = []
    for module in pkgutil.iter_modules(builtin.__path__, f"{builtin.__name__}."):
        for _, item in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(item, RegistrationHooks) and item.__module__ == module.name:
                found.append(item())
    return found
