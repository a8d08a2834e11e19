"""A clinic whose courier posts to a real HTTP receiver that can be taken down and brought up again."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import httpx
from sqlalchemy import select

from fetlock import clock
from fetlock.domain.integrations.models import IntegrationTrouble, NoticeMail
from fetlock.domain.plugins.settings import save
from fetlock.domain.staff.models import Staff
from fetlock.domain.tasks.models import Task
from fetlock.outbox.models import OutboxRow
from fetlock.outbox.retrying import Retrying
from fetlock.outbox.store import Posting, enqueue
from fetlock_hostapp.mailer import SmtpMailer
from fetlock_hostapp.simulators import free_port
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.worker import Worker
from hostapp.tests.worker.receiver import Receiver, receiving

RULES = Retrying(first=timedelta(seconds=60), factor=1.0, jitter=0, give_up_after=1000)


@dataclass
class Desk:
    """The clinic, and a clock that goes on when the test says so."""

    web: WebClinic
    now: datetime = field(default_factory=clock.now)
    receiver: Receiver | None = None
    _up: ExitStack = field(default_factory=ExitStack)

    @classmethod
    @contextmanager
    def at(cls, web: WebClinic) -> Iterator[Self]:
        """The receiver is down at first. The administrator has an e-mail address."""
        desk = cls(web)
        desk.configure("courier", {"address": f"http://127.0.0.1:{free_port()}"})
        desk.write(lambda session: _give_address(session, web.clinic.records.staff["Administrator"]))
        try:
            yield desk
        finally:
            desk.down()

    def write(self, change: Any) -> Any:
        return self.web.runtime.database.write(change)

    def configure(self, plugin: str, typed: dict[str, Any], *, site: str = "north") -> None:
        runtime, clinic = self.web.runtime, self.web.clinic
        site_id, actor = clinic.records.sites[site], clinic.actor()
        self.write(lambda s: save(runtime.work_at(s, site_id, actor), runtime.secrets, plugin, typed))

    def mail_server(self, port: int) -> None:
        typed = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "desk@north.example"}
        self.configure("email", typed)

    def up(self) -> None:
        """The receiver answers."""
        self.receiver = self._up.enter_context(receiving())
        self.configure("courier", {"address": self.receiver.address})

    def down(self) -> None:
        """Nothing listens any more."""
        self._up.close()

    def post(self, number: int, topic: str = "keyed", *, site: str | None = "north") -> None:
        posting = Posting(
            key=uuid.uuid4(),
            plugin="courier",
            topic=topic,
            aggregate=f"thing:{topic}:{number}",
            subject=f"Parcel {number}",
            payload={"number": number},
            receiver="neither" if topic == "plain" else "takes_keys",
            site_id=None if site is None else self.web.clinic.records.sites[site],
        )
        with clock.set_to(self.now):
            self.write(lambda session: enqueue(session, [posting]))

    def work(self, *, later: timedelta = timedelta(0)) -> None:
        """One pass of a real worker, after the clock went on by `later`."""
        self.now += later
        with clock.set_to(self.now), httpx.Client(trust_env=False, timeout=3) as http:
            Worker(self.web.runtime, http=http, mailer=SmtpMailer(seconds=3), rules=RULES).run_once()

    def rows(self, kind: Any) -> Sequence[Any]:
        with self.web.runtime.database.reading() as session:
            return session.scalars(select(kind).order_by(kind.id)).all()

    @property
    def tasks(self) -> Sequence[Task]:
        return self.rows(Task)

    @property
    def troubles(self) -> Sequence[IntegrationTrouble]:
        return self.rows(IntegrationTrouble)

    @property
    def mails(self) -> Sequence[NoticeMail]:
        return self.rows(NoticeMail)

    @property
    def states(self) -> list[str]:
        return [row.state for row in self.rows(OutboxRow)]


def _give_address(session: Any, staff_id: int) -> None:
    session.get_one(Staff, staff_id).email = "admin@north.example"
