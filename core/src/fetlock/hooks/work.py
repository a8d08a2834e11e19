"""Hooks by which a plugin does its own part of a unit of work: jobs, answers, switching off."""

from collections.abc import Sequence

from fetlock.hooks.markers import HookKind, spec
from fetlock.work import AppliedAnswer, JobRun, Work


class WorkHooks:
    """Subclass this to keep tables of your own up to date. Core is written through `fetlock.services`."""

    @spec(HookKind.SELECT)
    def apply_ask(self, answered: AppliedAnswer) -> None:
        """Store what an ask was answered, in one transaction of the worker (a refreshed plan, CP-53)."""
        raise NotImplementedError

    @spec(HookKind.SELECT)
    def run_job(self, run: JobRun) -> None:
        """Run one of the plugin's jobs for one site, in one transaction; it may store asks (PL-9)."""
        raise NotImplementedError

    @spec(HookKind.CONTRIBUTE, returns=str, many=True, provisional=True)
    def open_work(self, work: Work) -> Sequence[str]:
        """What hangs on this plugin at the site, a sentence each, shown before it is switched off (PL-2)."""
        raise NotImplementedError
