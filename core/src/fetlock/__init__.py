"""Fetlock's core: hooks, contracts and the domain of a veterinary practice.

A plugin imports this package, `fetlock.contracts`, `fetlock.hooks`, `fetlock.services`, `fetlock.tables`,
`fetlock.clock` and, in its tests, `fetlock.testing`. Everything else may change without notice.
"""

from fetlock.contracts.manifest import HOOK_API, Manifest
from fetlock.errors import (
    Blocked,
    Busy,
    Conflict,
    FetlockError,
    Invalid,
    NotFound,
    NotPermitted,
)
from fetlock.hooks.markers import hookimpl
from fetlock.work import AppliedAnswer, Event, JobRun, Work

__version__ = "0.1.0"

__all__ = [
    "HOOK_API",
    "AppliedAnswer",
    "Blocked",
    "Busy",
    "Conflict",
    "Event",
    "FetlockError",
    "Invalid",
    "JobRun",
    "Manifest",
    "NotFound",
    "NotPermitted",
    "Work",
    "__version__",
    "hookimpl",
]
