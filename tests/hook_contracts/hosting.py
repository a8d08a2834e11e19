"""The whole host over a migrated database, with the plugins of a test installed as entry points would be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from sqlalchemy import select

from fetlock import Work, clock
from fetlock.domain.access import passwords
from fetlock.domain.invoices import closing, payments
from fetlock.domain.invoices.lines import Changed, add_lines
from fetlock.domain.invoices.models import Invoice
from fetlock.domain.plugins.settings import save
from fetlock.domain.plugins.switching import hangs_on, set_state
from fetlock.domain.staff.models import RolePermission, Staff
from fetlock.outbox.models import OutboxRow
from fetlock.outbox.retrying import Retrying
from fetlock.platform import migrations, secrets
from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock.services import ask
from fetlock.testing import Clinic
from fetlock.testing.records import make_records
from fetlock_hostapp.testing import PASSWORD, WebClinic
from fetlock_hostapp.web.kernel.plugin_pages import PageHooks, load_pages
from fetlock_hostapp.worker import Worker
from tests.dummy_plugin.counting import calls
from tests.dummy_plugin.members import question
from tests.dummy_plugin.naming import NAME

T = TypeVar("T")
Installed = Mapping[str, Callable[[], object]]

SECRET: Final = "between-us-and-the-club"
_STEADY: Final = Retrying(first=timedelta(seconds=30), jitter=0)


class Host:
    """The clinic, its pages, its worker. Plugins are installed, and off everywhere at first."""

    def __init__(self, web: WebClinic) -> None:
        self.web = web
        self.clinic = web.clinic
        self.runtime = web.runtime
        self._clients: dict[str, httpx.Client] = {}

    def staff(self, role: str = "Administrator") -> httpx.Client:
        """A browser's session of the employee with this role."""
        if role not in self._clients:
            self._clients[role] = self.web.signed_in(role)
        return self._clients[role]

    def page(self, path: str, *, role: str = "Administrator", site: str = "north") -> str:
        """The text of a page or part of one below a site, which must be there."""
        answer = self.staff(role).get(f"/s/{site}/{path}", headers={"hx-request": "true"})
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def run(self, command: Callable[[Work], T], *, site: str = "north") -> T:
        """A command of the domain, in one transaction of the administrator's at the site."""
        runtime, site_id, actor = self.runtime, self.clinic.records.sites[site], self.clinic.actor()
        return runtime.database.write(lambda session: command(runtime.work_at(session, site_id, actor)))

    def switch(self, state: str, *, plugin: str = NAME, site: str = "north") -> list[str]:
        """Switch a plugin as an administrator does; answers what was said to hang on it before."""

        def change(work: Work) -> list[str]:
            hanging = hangs_on(work, plugin)
            set_state(work, plugin, state, secrets=self.runtime.secrets)
            return hanging

        return self.run(change, site=site)

    def settings(self, *, plugin: str = NAME, site: str = "north", **typed: Any) -> None:
        """Save settings of a plugin at a site."""
        self.run(lambda work: save(work, self.runtime.secrets, plugin, typed), site=site)

    def join(self, patient: str = "57A", *, site: str = "north") -> None:
        """Make a patient a member: its page would ask, the worker puts the question and keeps the answer."""
        wanted = question(self.clinic.records.patients[patient], patient)
        self.run(
            lambda work: ask(work, NAME, wanted.question, wanted.data, subject=wanted.subject), site=site
        )
        self.work_off()
        calls.clear()

    def work_off(self, *, later: timedelta = timedelta(0)) -> int:
        """One pass of the worker, now or some time later; answers how many things it did."""
        with (
            clock.set_to(clock.now() + later),
            httpx.Client(trust_env=False, timeout=10) as client,
        ):
            return Worker(self.runtime, rules=_STEADY, http=client).run_once()

    def add(self, *codes: str, patient: str = "57A", site: str = "north", quantity: int = 1) -> Changed:
        """Products onto the open invoice of the patient's owner."""
        lines = [self.clinic.line(code, quantity, patient=patient) for code in codes]
        client_id = self.clinic.records.clients[patient[:2]]
        return self.run(lambda work: add_lines(work, client_id, lines), site=site)

    def close(self, invoice_id: int, *, site: str = "north", override: str = "") -> None:
        """Pay what is due, and close."""

        def settle(work: Work) -> None:
            invoice = work.session.get_one(Invoice, invoice_id)
            if invoice.balance != Decimal(0):
                payments.take_payment(work, invoice_id, invoice.balance, "cash")
            closing.close(work, invoice_id, override_reason=override)

        self.run(settle, site=site)

    def closed_invoice(self) -> tuple[int, int]:
        """An invoice with one line, closed; answers both ids."""
        added = self.add("NAIL")
        self.close(added.invoice.id)
        return added.invoice.id, added.line_ids[0]

    def outbox(self) -> list[OutboxRow]:
        """Every parcel, in order."""
        with self.runtime.database.reading() as session:
            return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))

    def grant(self, role: str, *permissions: str) -> None:
        """Give permissions to a role."""
        role_id = self.clinic.records.roles[role]
        rows = [RolePermission(role_id=role_id, permission=key) for key in permissions]
        self.runtime.database.write(lambda session: session.add_all(rows))


@contextmanager
def hosting(
    url: str, home: Path, installed: Installed, *, strict: bool = False, specs: Sequence[type] = ()
) -> Iterator[Host]:
    """A host with these plugins, by their names; nothing of them is on yet. `specs`: further hooks."""
    passwords.use(PasswordHasher.from_parameters(CHEAPEST))
    installation = Installation(home=home, database_url=url, pool_size=8, strict_plugins=strict)
    secrets.ensure_key(installation)
    runtime = Runtime.start(installation, specs=(PageHooks, *specs), parts=load_pages, installed=installed)
    migrations.upgrade(runtime.database, runtime.registry)
    records = runtime.database.write(make_records)
    known = passwords.hashed(PASSWORD)

    def give_passwords(session: Any) -> None:
        for person in session.scalars(select(Staff)):
            person.password_hash = known

    runtime.database.write(give_passwords)
    calls.clear()  # what ran at start is no concern of a test
    with WebClinic(Clinic(runtime.database, runtime.hooks, records), runtime) as web:
        yield Host(web)


def installed(*plugins: Any) -> dict[str, Callable[[], object]]:
    """Instances by their names, as loaders."""
    return {plugin.manifest().name: partial(_same, plugin) for plugin in plugins}


def _same(plugin: object) -> object:
    return plugin
