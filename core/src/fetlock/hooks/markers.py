"""The markers of hook specs and implementations, and what a spec says of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

import pluggy

PROJECT: Final = "fetlock"

_mark_spec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's method as the implementation of the hook of the same name."""

F = TypeVar("F", bound=Callable[..., Any])


class HookKind(StrEnum):
    """What a hook is for; it decides what happens when a plugin fails in it (PL-5)."""

    REGISTER = "register"
    CONTRIBUTE = "contribute"
    PROPOSE = "propose"
    CHECK = "check"
    NOTIFY = "notify"
    SELECT = "select"


@dataclass(frozen=True, slots=True, kw_only=True)
class HookInfo:
    """What a spec declares: `returns` is the class of the answer, of each item of it where `many`.

    `returns` None: the answer is ignored. `since` is the plugin API version that brought the hook.
    A provisional hook may change until a real plugin proves it (PL-7).
    """

    name: str
    kind: HookKind
    returns: type | None
    many: bool
    since: str
    provisional: bool
    deprecated: str


def spec(
    kind: HookKind,
    *,
    returns: type | None = None,
    many: bool = False,
    since: str = "0.1",
    provisional: bool = False,
    deprecated: str = "",
) -> Callable[[F], F]:
    """Declare a method of a spec class as a hook of this kind; `deprecated` says what to use instead."""

    def mark(method: F) -> F:
        info = HookInfo(
            name=method.__name__,
            kind=kind,
            returns=returns,
            many=many,
            since=since,
            provisional=provisional,
            deprecated=deprecated,
        )
        method.fetlock_hook = info  # type: ignore[attr-defined]  # read back by `described`
        return _mark_spec(method)

    return mark


def described(spec_class: type) -> dict[str, HookInfo]:
    """The hooks that a spec class declares, by name."""
    found = {}
    for name in vars(spec_class):
        info = getattr(getattr(spec_class, name), "fetlock_hook", None)
        if isinstance(info, HookInfo):
            found[name] = info
    return found
