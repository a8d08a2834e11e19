"""A worker in a process of its own, whose clock the test sets and whose job can be made to hang.

python -m tests.concurrency.job_process DATABASE_URL HOME

In HOME: `clock` holds the time that it is, `hang` makes a run write its pid to `hanging` and wait for ever.
"""

import os
import signal
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from core.tests.platform.sampler.models import Sample
from core.tests.platform.sampler.plugin import Sampler
from fetlock import JobRun, clock
from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.worker import Worker

LEASE = timedelta(minutes=5)


def set_clock(home: Path, now: datetime) -> None:
    """Make it `now` for every process there, all at once."""
    written = home / "clock.new"
    written.write_text(now.isoformat())
    written.replace(home / "clock")


def main() -> None:
    url, folder = sys.argv[1:]
    home = Path(folder)

    def now() -> datetime:
        return datetime.fromisoformat((home / "clock").read_text())

    def job(run: JobRun) -> None:
        run.work.session.add(Sample(site_id=run.work.site.id, text=clock.now().isoformat(), amount=1))
        run.work.session.flush()
        if (home / "hang").exists():
            (home / "hanging").write_text(str(os.getpid()))
            while (home / "hang").exists():
                time.sleep(0.02)

    sampler = Sampler()
    sampler.job = job
    runtime = Runtime.start(
        Installation(home=home, database_url=url, pool_size=4), installed={"sampler": lambda: sampler}
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with clock.set_to(now):
        Worker(runtime, job_lease=LEASE).run(stop)


if __name__ == "__main__":
    main()
