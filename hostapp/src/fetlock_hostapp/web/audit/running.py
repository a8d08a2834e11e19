"""Verifying the chain beside the pages: in a thread of its own, one at a time in a process (UI-3)."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Final

from fetlock.domain.audit import checks, signing
from fetlock.domain.audit.verifying import Verified, verify
from fetlock.errors import FetlockError
from fetlock.platform.incidents import record_incident
from fetlock.platform.runtime import Runtime

log = logging.getLogger(__name__)

_BEAT_SECONDS: Final = 0.5


@lru_cache(maxsize=1)
def _crew() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="fetlock-audit")


def start(runtime: Runtime, check_id: int) -> None:
    """Do the verification that `checks.begin_one` noted; returns at once."""
    _crew().submit(_run, runtime, check_id)


def _run(runtime: Runtime, check_id: int) -> None:
    database = runtime.database
    last = time.monotonic()

    def progress(seen: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _BEAT_SECONDS:
            last = time.monotonic()
            database.write(lambda session: checks.touch(session, check_id, seen, total))

    try:
        with database.reading() as session:
            expected = checks.proven(session)
        found = verify(database, signing.keys_of(runtime.secrets), progress=progress, expected=expected)
        _finish(runtime, check_id, found)
    except FetlockError as error:
        _finish(runtime, check_id, None, error.message)
    except Exception as error:  # noqa: BLE001 - nobody waits for this thread: whatever it was is shown
        incident = record_incident(plugin="host", hook="audit", error=error)
        _finish(runtime, check_id, None, f"Fetlock met a fault of its own (incident {incident}).")


def _finish(runtime: Runtime, check_id: int, found: Verified | None, problem: str = "") -> None:
    try:
        runtime.database.write(lambda session: checks.finish(session, check_id, found, problem))
    except FetlockError:
        log.exception("verification %s: its end could not be noted", check_id)
