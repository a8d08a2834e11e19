"""A fresh installation for a soak: migrated, the sample clinic's people, plugins on, mail by SMTP."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from sqlalchemy.orm import Session

from fetlock.domain.plugins.settings import save
from fetlock.domain.plugins.switching import PluginState, set_state
from fetlock.domain.staff.models import RolePermission, Staff
from fetlock.platform import migrations, secrets
from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock.testing import Clinic
from fetlock.testing.records import Records, make_records
from fetlock.work import Work
from fetlock_careplans_covetrus.naming import NAME as PLANS
from fetlock_careplans_covetrus.plugin import plugin
from fetlock_careplans_covetrus.sandbox import demo_settings
from fetlock_hostapp.testing import PASSWORD
from fetlock_hostapp.web.kernel.plugin_pages import PageHooks, load_pages
from tests.soak import witness

_INSTALLED = {PLANS: lambda: plugin, witness.NAME: lambda: witness.plugin}


@dataclass(frozen=True, slots=True)
class Prepared:
    """The installation, a runtime of the harness's own, and the clinic's records."""

    runtime: Runtime
    clinic: Clinic

    @property
    def records(self) -> Records:
        """Ids by code."""
        return self.clinic.records

    @property
    def ids(self) -> dict[str, Any]:
        """What staff need to know to begin."""
        return {"patients": self.records.patients, "clients": self.records.clients}


def environment(home: Path, url: str) -> dict[str, str]:
    """The environment of every process; it makes the witness an installed plugin."""
    for name, content in witness.installed_at("installed").items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content)
    return {
        "FETLOCK_HOME": str(home),
        "FETLOCK_DATABASE_URL": url,
        "FETLOCK_POOL_SIZE": "6",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(home / "installed"), os.environ.get("PYTHONPATH")])),
    }


def prepare(home: Path, url: str, vendor_address: str, mail_port: int) -> Prepared:
    """Migrate and fill the empty database at `url`."""
    installation = Installation(home=home, database_url=url, pool_size=4)
    secrets.ensure_key(installation)
    runtime = Runtime.start(installation, specs=(PageHooks,), parts=load_pages, installed=_INSTALLED)
    migrations.upgrade(runtime.database, runtime.registry)
    records = runtime.database.write(make_records)
    known = PasswordHasher.from_parameters(CHEAPEST).hash(PASSWORD)
    runtime.database.write(lambda session: _people(session, records, known))
    prepared = Prepared(runtime, Clinic(runtime.database, runtime.hooks, records))
    mail = {"host": "127.0.0.1", "port": mail_port, "security": "none", "sender": "desk@northgate.example"}
    for site in records.sites:
        for name in (PLANS, witness.NAME):
            prepared.clinic.run(lambda work, name=name: _switch_on(work, name), site=site)  # type: ignore[misc]
        _save(prepared, site, PLANS, dict(demo_settings(vendor_address)))
        _save(prepared, site, "email", mail)
    return prepared


def _people(session: Session, records: Records, known: str) -> None:
    for staff in session.query(Staff):
        staff.password_hash = known
    for permission in plugin.permissions():
        for role in permission.roles:
            session.add(RolePermission(role_id=records.roles[role], permission=permission.key))


def _switch_on(work: Work, name: str) -> None:
    set_state(work, name, PluginState.ON)


def _save(prepared: Prepared, site: str, plugin_name: str, typed: dict[str, Any]) -> None:
    secrets_ = prepared.runtime.secrets
    prepared.clinic.run(lambda work: save(work, secrets_, plugin_name, typed), site=site)
