"""What a process counts of itself, for Prometheus: requests, hook calls. No label names a person (OP-4)."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

if TYPE_CHECKING:
    from fetlock.platform.runtime import Runtime

SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own name: where the processes of one server put their counts together."""

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS: Final = Histogram(
    "fetlock_request_seconds",
    "Requests by the pattern of their address, method and status, with how long they took.",
    ["route", "method", "status"],
    buckets=_SECONDS,
)
HOOK_CALLS: Final = Histogram(
    "fetlock_hook_seconds",
    "Calls of plugins' hooks, with how long they took.",
    ["plugin", "hook"],
    buckets=_SECONDS,
)
HOOK_FAILURES: Final = Counter(
    "fetlock_hook_failures", "Calls of plugins' hooks that failed.", ["plugin", "hook"]
)


def count_hook(plugin: str, hook: str, seconds: float, failed: bool) -> None:
    """What the dispatcher tells after each call."""
    HOOK_CALLS.labels(plugin, hook).observe(seconds)
    if failed:
        HOOK_FAILURES.labels(plugin, hook).inc()


def share_among_processes(folder: Path) -> None:
    """Before several processes of one server start: they count together, in files of this folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[SHARED_FOLDER] = str(folder)


def exposition(runtime: "Runtime") -> bytes:
    """All figures in Prometheus's text format: of the server's processes, and of the database."""
    from fetlock_hostapp.stored_figures import StoredFigures

    stored = CollectorRegistry()
    stored.register(StoredFigures(runtime))
    if os.environ.get(SHARED_FOLDER):
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    else:
        counted = REGISTRY
    return generate_latest(counted) + generate_latest(stored)
