"""The words and shapes of jobs: how they stand, how runs ended, how often and how long."""

from datetime import timedelta
from typing import Any, Final

from fetlock.jobs.listing import JobView

STANDINGS: Final = {
    "running": ("work", "Running"),
    "waiting": ("ok", "On schedule"),
    "failing": ("bad", "Failed"),
    "paused": ("wait", "Paused"),
}
"""How a job stands here, to its shape and word."""

OUTCOMES: Final = {
    "ok": ("ok", "Went well"),
    "failed": ("bad", "Failed"),
    "lost": ("warn", "Lost: its worker ended"),
}
"""How a run ended, to its shape and words."""

DEEDS: Final = {
    "job.run": ("redo", "Asked to run now"),
    "job.pause": ("wait", "Paused here"),
    "job.go_on": ("ok", "Goes on here"),
}
"""What people did about a job, to its icon and words."""


def spell(every: timedelta) -> str:
    """A span as people say it, such as "5 min"."""
    seconds = round(every.total_seconds())
    for unit, length in (("day", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            count = seconds // length
            return f"{count} days" if unit == "day" and count > 1 else f"{count} {unit}"
    return f"{seconds} s"


def lasted(ms: int | None) -> str:
    """How long a run worked, such as "0.42 s"."""
    if ms is None:
        return ""
    return f"{ms / 1000:.2f} s" if ms < 10_000 else f"{ms / 1000:.0f} s"


def runs_for(job: JobView) -> str:
    """For what it runs, in words; empty where that is this site and goes without saying."""
    if job.per == "organisation":
        return "once for all sites"
    if job.per == "account":
        return "for the account of " + (", ".join(job.sites) or "no site")
    return ""


def as_context() -> dict[str, Any]:
    """For templates."""
    return {"spell": spell, "lasted": lasted, "runs_for": runs_for, "standings": STANDINGS}
