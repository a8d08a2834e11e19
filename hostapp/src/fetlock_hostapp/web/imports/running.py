"""Running an import beside the pages: in a thread of its own, one at a time in a process (UI-3)."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Final

from fetlock.contracts.actor import Actor
from fetlock.domain.imports import runs
from fetlock.errors import FetlockError
from fetlock.imports import Kind, read_sheet, run, settings_at
from fetlock.platform.incidents import record_incident
from fetlock.platform.runtime import Runtime

log = logging.getLogger(__name__)

_BEAT_SECONDS: Final = 0.5


@lru_cache(maxsize=1)
def _crew() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="fetlock-import")


def start(runtime: Runtime, run_id: int, site_id: int, actor: Actor, *, dry_run: bool) -> None:
    """Run a file that was marked by `runs.begin`; returns at once."""
    _crew().submit(_run, runtime, run_id, site_id, actor, dry_run)


def _run(runtime: Runtime, run_id: int, site_id: int, actor: Actor, dry_run: bool) -> None:
    database = runtime.database
    last = 0.0
    lock = threading.Lock()

    def progress(done: int, total: int) -> None:
        nonlocal last
        with lock:
            if done < total and time.monotonic() - last < _BEAT_SECONDS:
                return
            last = time.monotonic()
        database.write(lambda session: runs.beat(session, run_id, done, total))

    try:
        with database.reading() as session:
            found = runs.get(session, site_id, run_id)
            sheet = read_sheet(runs.content_of(session, run_id), found.encoding)
            settings = settings_at(
                runtime.work_at(session, site_id, actor),
                owner=str(found.options.get("client", "")),
                prices_here=bool(found.options.get("prices_here")),
            )
        report = run(
            database,
            Kind(found.kind),
            sheet,
            settings,
            mapping=found.mapping,
            dry_run=dry_run,
            progress=progress,
        ).as_json()
        database.write(lambda session: runs.finish(session, run_id, report, dry_run=dry_run))
    except FetlockError as error:
        _stopped(runtime, run_id, dry_run, error.message)
    except Exception as error:  # noqa: BLE001 - nobody waits for this thread: whatever it was is shown
        incident = record_incident(plugin="host", hook="import", error=error)
        text = f"Fetlock met a fault of its own (incident {incident}). Rows before it may be imported."
        _stopped(runtime, run_id, dry_run, text)


def _stopped(runtime: Runtime, run_id: int, dry_run: bool, problem: str) -> None:
    try:
        runtime.database.write(
            lambda session: runs.finish(session, run_id, None, dry_run=dry_run, problem=problem)
        )
    except FetlockError:
        log.exception("import %s: its end could not be noted", run_id)
