"""Migrated databases with a little clinic and the sampler plugin, for the tests of platform and outbox."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from fetlock.contracts import SYSTEM, Actor
from fetlock.domain.sites.models import Site
from fetlock.platform import migrations, secrets
from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock.testing.records import Records, make_records
from fetlock.work import Work

T = TypeVar("T")

Installed = Mapping[str, Callable[[], object]]


class Place:
    """A runtime on a migrated database with the sample clinic's rows."""

    def __init__(self, runtime: Runtime, records: Records) -> None:
        self.runtime = runtime
        self.records = records

    def run(self, command: Callable[[Work], T], *, site: str = "north", actor: Actor = SYSTEM) -> T:
        """Run `command` in one writing transaction at a site."""
        runtime = self.runtime
        site_id = self.records.sites[site]
        return runtime.database.write(lambda session: command(runtime.work_at(session, site_id, actor)))

    def switch(self, plugin: str, state: str, *, site: str = "north") -> None:
        """Put a plugin's state on the site's row, without all that a person's switching does."""

        def put(work: Work) -> None:
            entry = {**work.site.plugins.get(plugin, {}), "state": state}
            work.site.plugins = {**work.site.plugins, plugin: entry}

        self.run(put, site=site)

    def site(self, slug: str = "north") -> Site:
        """The site's row as it stands."""
        with self.runtime.database.reading() as session:
            return session.get_one(Site, self.records.sites[slug])


@contextmanager
def place(url: str, home: Path, installed: Installed, *, on: tuple[str, ...] = ()) -> Iterator[Place]:
    """A fresh, migrated place; `on` plugins are on at north."""
    installation = Installation(home=home, database_url=url)
    secrets.ensure_key(installation)
    runtime = Runtime.start(installation, installed=installed)
    try:
        migrations.upgrade(runtime.database, runtime.registry)
        made = Place(runtime, runtime.database.write(make_records))
        for plugin in on:
            made.switch(plugin, "on")
        yield made
    finally:
        runtime.close()
