"""A direct client of the database: it runs commands of services in its own process, and may be killed."""

import os
import sys
import uuid
from random import Random

from sqlalchemy.exc import DBAPIError

from core.tests.entitlements.desk import Desk
from fetlock.database.losing import is_lost
from fetlock.platform.runtime import Runtime
from fetlock.services import queue_message
from fetlock.testing import Clinic
from fetlock.testing.records import read_records

LOST_THE_DATABASE = 75
"""The exit code of a client whose connection broke: that is what the soak does to it."""

LOOK_BACK = 24


class SoakDesk(Desk):
    """A desk that also writes letters."""

    def __init__(self, clinic: Clinic, random: Random) -> None:
        super().__init__(clinic, random, plans=False, look_back=LOOK_BACK)
        self._commands.append((6, self.write_letter))

    def write_letter(self) -> None:
        key = uuid.UUID(int=self.random.getrandbits(128), version=4)
        client = self.random.choice(list(self.clinic.records.clients.values()))
        self.clinic.run(
            lambda work: queue_message(work, client, "email", "Results", f"Letter {key}.", "service", key=key)
        )


def work(runtime: Runtime, seed: str, commands: int) -> None:
    """Run so many commands; one line on standard output tells what was done."""
    try:
        with runtime.database.reading() as session:
            records = read_records(session)
        desk = SoakDesk(Clinic(runtime.database, runtime.hooks, records), Random(seed))
        for _ in range(commands):
            desk.step()
    except DBAPIError as error:
        if not is_lost(error):
            raise
        sys.exit(LOST_THE_DATABASE)
    sys.stdout.write(f"{os.getpid()} {seed} {desk.done} {desk.last} {desk.refused}\n")
