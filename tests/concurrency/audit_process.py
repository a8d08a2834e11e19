"""A writer in a process of its own: records entries one after the other, some of them taken back.

python -m tests.concurrency.audit_process URL NAME TIMES
"""

import sys

from sqlalchemy.orm import Session

from fetlock.database import Database
from fetlock.database.tables import load_core_tables
from fetlock.domain.audit.service import record
from fetlock.domain.audit.signing import OPTION, HeadKeys

KEY = b"concurrency".ljust(32, b".")


class TakenBack(Exception):
    """The unit of work fails after it has recorded something."""


def main(url: str, name: str, times: int) -> None:
    """Wait for a line on standard input, then write; every third unit of work fails at its end."""
    load_core_tables()
    database = Database(url, options={OPTION: HeadKeys(lambda: [KEY])})

    def work(session: Session, number: int) -> None:
        record(session, f"{name}.{number}", staff_id=None)
        record(session, f"{name}.{number}.again", staff_id=None)
        if number % 3 == 2:
            raise TakenBack

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(times):
        try:
            database.write(lambda session, number=number: work(session, number))  # type: ignore[misc]
        except TakenBack:
            continue
    database.dispose()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
