"""Calling hooks: the plugins that are on, in a fixed order, each failure contained to its own plugin.

pluggy's own loop stops at the first exception and loses every result; this one answers for each plugin.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from sqlalchemy.exc import DBAPIError

from fetlock.database.engine import is_busy
from fetlock.database.holding import Held, Overstepped, holding
from fetlock.database.losing import is_lost
from fetlock.domain.plugins.standing import Standing, State
from fetlock.errors import FetlockError
from fetlock.hooks.markers import HookInfo, HookKind
from fetlock.platform.answers import looked_at
from fetlock.platform.breaker import SLOW, Breaker, Place, Rules
from fetlock.platform.incidents import record_incident, record_slowness
from fetlock.platform.registry import Registry
from fetlock.platform.whereabouts import Whereabouts, whereabouts

_DEFAULT_SLOW: Final = Rules().slow


class Cause(StrEnum):
    """Why a plugin gave no answer: it failed, it is left alone for a while, or has too many calls open."""

    FAILED = "failed"
    PAUSED = "paused"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Failure:
    """A hook call without an answer. `incident`: its id in the log, of the last one where it is paused."""

    incident: str
    reason: str
    cause: Cause = Cause.FAILED


@dataclass(frozen=True, slots=True)
class Answer:
    """What one plugin answered: its value, or the failure."""

    plugin: str
    version: str
    value: Any
    failure: Failure | None = None


class Seating(Protocol):
    """Keeps a plugin from holding too many threads of this process at once."""

    def sit(self, plugin: str) -> bool:
        """Take a seat for one call; False where none is left."""
        ...

    def rise(self, plugin: str) -> None:
        """Give it back."""
        ...


@dataclass(frozen=True, slots=True)
class _Target:
    plugin: str
    version: str
    function: Any
    builtin: bool
    prefix: str
    key: str


class Observer(Protocol):
    """Is told of each call: for metrics (OP-4)."""

    def __call__(self, plugin: str, hook: str, seconds: float, failed: bool) -> None:
        """A call of a hook has ended."""
        ...


class Dispatcher:
    """Calls hooks of the enabled plugins, by weight and then name.

    `breaker`: without one (in memory, in tests of the core) every call goes through. `seating`: set by a
    web process; what is shown to people then costs a plugin no more than its share of the threads.
    """

    def __init__(self, registry: Registry, breaker: Breaker | None = None) -> None:
        self._registry = registry
        self._targets: dict[tuple[str, frozenset[str]], tuple[_Target, ...]] = {}
        self.breaker = breaker
        self.seating: Seating | None = None
        self.observer: Observer | None = None

    @property
    def registry(self) -> Registry:
        """The plugins behind this dispatcher."""
        return self._registry

    def implementers(self, hook: str, enabled: frozenset[str]) -> tuple[str, ...]:
        """Names of the enabled plugins that implement `hook`, in calling order; costs no call."""
        return tuple(target.plugin for target in self._find(hook, enabled))

    def call(self, hook: str, context: Any, enabled: frozenset[str]) -> list[Answer]:
        """Call every enabled implementation with `context`; a failure is an answer too."""
        info = self._registry.hooks[hook]
        where = whereabouts(context)
        return [self._call_one(info, target, context, where) for target in self._find(hook, enabled)]

    def call_plugin(
        self,
        hook: str,
        context: Any,
        plugin: str,
        *,
        counts: bool = True,
        site_id: int | None = None,
        after: Callable[[], None] | None = None,
    ) -> Answer | None:
        """Call the implementation of one plugin, or None where it has none (select hooks, panels).

        `counts`: whether the breaker is asked before and told afterwards. `site_id`: where, if the context
        doesn't say so itself. `after` runs as the plugin's own
        once it has answered, and fails as such.
        """
        for target in self._find(hook, frozenset((plugin,))):
            if target.plugin == plugin:
                where = whereabouts(context, site_id)
                return self._call_one(
                    self._registry.hooks[hook], target, context, where, counts=counts, after=after
                )
        return None

    def _find(self, hook: str, enabled: frozenset[str]) -> tuple[_Target, ...]:
        key = (hook, enabled)
        found = self._targets.get(key)
        if found is None:
            found = self._targets[key] = tuple(
                _Target(
                    plugin.name,
                    plugin.version,
                    implementation,
                    plugin.builtin,
                    f"{plugin.manifest.table_prefix}_" if plugin.manifest.table_prefix else "",
                    f"{plugin.name}/{hook}",
                )
                for plugin, implementation in self._registry.implementations(hook)
                if plugin.builtin or plugin.name in enabled
            )
        return found

    def _call_one(
        self,
        info: HookInfo,
        target: _Target,
        context: Any,
        where: Whereabouts,
        *,
        counts: bool = True,
        after: Callable[[], None] | None = None,
    ) -> Answer:
        """One call, if neither the breaker nor the number of calls under way stands against it."""
        breaker = self.breaker if counts else None
        stands: Standing | None = None
        if where.standings:
            stands = where.standings.get(target.key)
        elif where.standings is None and breaker is not None:
            stands = breaker.look(_place(info, target, where))
        if breaker is None or stands is None:
            return self._seated(info, target, context, where, breaker, None, after)
        place = _place(info, target, where)
        if stands.state is State.OPEN or (stands.state is State.TRIAL and not breaker.may_try(place)):
            paused = Failure(stands.incident, "left alone after failures", Cause.PAUSED)
            return Answer(target.plugin, target.version, None, paused)
        try:
            return self._seated(info, target, context, where, breaker, stands, after)
        finally:
            if stands.state is State.TRIAL:
                breaker.tried(place)

    def _seated(self, info: HookInfo, target: _Target, *rest: Any) -> Answer:
        """One call, on a seat where it is shown to people; what belongs to the host needs none."""
        seating = self.seating
        if seating is None or info.kind is not HookKind.CONTRIBUTE or target.builtin:
            return self._run(info, target, *rest)
        if not seating.sit(target.plugin):
            return Answer(target.plugin, target.version, None, Failure("", "too many calls", Cause.BUSY))
        try:
            return self._run(info, target, *rest)
        finally:
            seating.rise(target.plugin)

    def _run(
        self,
        info: HookInfo,
        target: _Target,
        context: Any,
        where: Whereabouts,
        breaker: Breaker | None,
        stands: Standing | None,
        after: Callable[[], None] | None,
    ) -> Answer:
        held: Held | None = None
        if not target.builtin:  # what belongs to the host may do what the host does
            session = where.session
            writes = session is not None and info.kind in (HookKind.NOTIFY, HookKind.SELECT)
            connection = None if session is None else session.connection()
            held = Held(target.plugin, target.prefix, writes, session, connection)
        token = holding.set(held)
        started = time.monotonic()
        failed: BaseException | None = None
        value: Any = None
        try:
            value = target.function(context)
            if after is not None:
                after()
            value = None if info.kind is HookKind.NOTIFY else looked_at(info, value)
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, SystemExit too
            failed = error
        finally:
            holding.reset(token)
        seconds = time.monotonic() - started
        if failed is None and held is not None and held.overstepped:  # and swallowed what it was told
            failed = Overstepped(held.overstepped)
        if self.observer is not None:
            self.observer(target.plugin, info.name, seconds, failed is not None)
        if failed is not None:
            _let_pass(info, failed, where)
            return self._failure(info, target, where, breaker, failed, seconds)
        if seconds >= self._slow_from(info.kind):
            incident = record_slowness(
                plugin=target.plugin, hook=info.name, seconds=seconds, site_id=where.site_id
            )
            if breaker is not None:
                breaker.failed(_place(info, target, where), info.kind, SLOW, incident)
        elif stands is not None and breaker is not None:
            breaker.succeeded(_place(info, target, where))
        return Answer(target.plugin, target.version, value)

    def _failure(
        self,
        info: HookInfo,
        target: _Target,
        where: Whereabouts,
        breaker: Breaker | None,
        error: BaseException,
        seconds: float,
    ) -> Answer:
        incident = record_incident(
            plugin=target.plugin, hook=info.name, error=error, seconds=seconds, site_id=where.site_id
        )
        # what a command or a check refuses is somebody's input, not the plugin's health
        if breaker is not None and not isinstance(error, FetlockError):
            reason = SLOW if seconds >= self._slow_from(info.kind) else type(error).__name__
            breaker.failed(_place(info, target, where), info.kind, reason, incident)
        return Answer(target.plugin, target.version, None, Failure(incident, type(error).__name__))

    def _slow_from(self, kind: HookKind) -> float:
        slow = _DEFAULT_SLOW if self.breaker is None else self.breaker.rules.slow
        return slow.get(kind, float("inf"))


def _place(info: HookInfo, target: _Target, where: Whereabouts) -> Place:
    return Place(plugin=target.plugin, hook=info.name, site_id=where.site_id)


def _let_pass(info: HookInfo, error: BaseException, where: Whereabouts) -> None:
    """Raise on what is not the plugin's doing: somebody stops the program, or the database was busy."""
    if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
        raise error
    if where.session is not None and isinstance(error, DBAPIError) and is_busy(error):
        raise error  # the whole unit of work is run again
    if info.kind is not HookKind.SELECT and is_lost(error):
        raise error  # so is the host's own connection, on which the hook reads
