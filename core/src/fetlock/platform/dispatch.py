"""Calling hooks: the plugins that are on, in a fixed order, each failure contained to its own plugin.

pluggy's own loop stops at the first exception and loses every result; this one answers for each plugin.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fetlock.hooks.markers import HookInfo, HookKind
from fetlock.platform.incidents import record_incident
from fetlock.platform.registry import Registry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """A hook call that failed; `incident` is the id under which the log holds it (PL-5)."""

    incident: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one plugin answered: its value, or the failure."""

    plugin: str
    version: str
    value: Any
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class _Target:
    plugin: str
    version: str
    function: Any


class Dispatcher:
    """Calls hooks of the enabled plugins, by weight and then name."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._targets: dict[tuple[str, frozenset[str]], tuple[_Target, ...]] = {}

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
        return [self._call_one(info, target, context) for target in self._find(hook, enabled)]

    def call_plugin(self, hook: str, context: Any, plugin: str) -> Answer | None:
        """Call the implementation of one plugin, or None where it has none (select hooks, panels)."""
        for target in self._find(hook, frozenset((plugin,))):
            if target.plugin == plugin:
                return self._call_one(self._registry.hooks[hook], target, context)
        return None

    def _find(self, hook: str, enabled: frozenset[str]) -> tuple[_Target, ...]:
        key = (hook, enabled)
        found = self._targets.get(key)
        if found is None:
            found = self._targets[key] = tuple(
                _Target(plugin.name, plugin.version, implementation)
                for plugin, implementation in self._registry.implementations(hook)
                if plugin.builtin or plugin.name in enabled
            )
        return found

    def _call_one(self, info: HookInfo, target: _Target, context: Any) -> Answer:
        started = time.monotonic()
        try:
            value = target.function(context)
            if info.kind is not HookKind.NOTIFY:
                value = _of_declared_type(info, value)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            incident = record_incident(
                plugin=target.plugin, hook=info.name, error=error, seconds=time.monotonic() - started
            )
            return Answer(target.plugin, target.version, None, Failure(incident, type(error).__name__))
        return Answer(target.plugin, target.version, value)


def _of_declared_type(info: HookInfo, value: Any) -> Any:
    if info.returns is None:
        return None
    if not info.many:
        if not isinstance(value, info.returns):
            raise TypeError(f"{info.name} answered {type(value).__name__}, not {info.returns.__name__}")
        return value
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError(f"{info.name} answered {type(value).__name__}, not a sequence")
    returns = info.returns
    for item in value:
        if not isinstance(item, returns):
            raise TypeError(f"{info.name} answered {type(item).__name__} among its {returns.__name__} items")
    return value
