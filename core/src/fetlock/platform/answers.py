"""Looking at what a plugin answered: of the declared types all the way down, and no larger than allowed.

A plugin is code of others. What type checking would have told its author is looked at once more where the
answer comes in, so that a wrong or a huge one costs the plugin and not the page that draws it (PL-5).
"""

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any, Final

from fetlock.contracts.limits import DEEPEST, FETCHED, LONGEST, PROPOSED, SHOWN, Limits
from fetlock.hooks.markers import HookInfo, HookKind

_LIMITS: Final[Mapping[HookKind, Limits]] = {HookKind.PROPOSE: PROPOSED, HookKind.SELECT: FETCHED}
_JSON: Final = (str, int, float, type(None))


@dataclass(slots=True)
class _Tally:
    """What an answer may still hold."""

    limits: Limits
    values: int
    characters: int


_Look = Callable[[Any, _Tally], None]


def looked_at(info: HookInfo, value: Any) -> Any:
    """The answer, a sequence as one of our own. Raises `TypeError` or `ValueError` that says what is wrong.

    Adjustments are looked at no further than their class here: pricing looks at every field of theirs.
    """
    returns = info.returns
    if returns is None:
        return None
    limits = _LIMITS.get(info.kind, SHOWN)
    if not info.many:
        if not isinstance(value, returns):
            raise TypeError(f"{info.name} answered {type(value).__name__}, not {returns.__name__}")
        items: tuple[Any, ...] = (value,)
    else:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise TypeError(f"{info.name} answered {type(value).__name__}, not a sequence")
        items = tuple(islice(value, limits.items + 1))  # one that has no end is not asked for all of it
        if len(items) > limits.items:
            raise ValueError(f"{info.name} answered more than {limits.items} items")
        for item in items:
            if not isinstance(item, returns):
                raise TypeError(f"{info.name} answered {type(item).__name__} among its {returns.__name__}")
    if info.kind is not HookKind.PROPOSE and items:
        tally = _Tally(limits, limits.values, limits.characters)
        look = _look_for(returns)
        for item in items:
            look(item, tally)
    if not info.many:
        return value
    return items if isinstance(value, tuple) else list(items)


@cache
def _look_for(annotation: Any) -> _Look:
    """What looks at a value that is annotated so."""
    if annotation is str:
        return _text
    if annotation is Decimal:
        return _number
    if annotation is datetime:
        return _moment
    if isinstance(annotation, type) and is_dataclass(annotation):
        return _fields_of(annotation)
    origin, given = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        return _one_of(given)
    if origin is tuple and len(given) == 2 and given[1] is Ellipsis:
        return _each(tuple, given[0])
    if origin is tuple:
        return _places(given)
    if origin is frozenset:
        return _each(frozenset, given[0])
    if origin is not None and issubclass(origin, Mapping):
        return _json
    return _instance(annotation) if isinstance(annotation, type) else _anything


def _text(value: Any, tally: _Tally) -> None:
    if not isinstance(value, str):
        raise TypeError(f"a text is a {type(value).__name__}")
    tally.characters -= len(value)
    if len(value) > tally.limits.text or tally.characters < 0:
        raise ValueError("a text, or all texts together, are longer than allowed")
    if "\0" in value:
        raise ValueError("a text holds a character that no database keeps")
    value.encode()  # half of a character pair can be neither kept nor shown: a ValueError


def _number(value: Any, _tally: _Tally) -> None:
    if not isinstance(value, Decimal):
        raise TypeError(f"a number is a {type(value).__name__}, not a Decimal")
    if not value.is_finite():
        raise ValueError("a number is none")


def _moment(value: Any, _tally: _Tally) -> None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("a moment is no datetime with its zone")


def _anything(_value: Any, _tally: _Tally) -> None:
    pass


def _instance(kind: type) -> _Look:
    def look(value: Any, _tally: _Tally) -> None:
        if not isinstance(value, kind):
            raise TypeError(f"a {type(value).__name__} stands where a {kind.__name__} belongs")

    return look


def _fields_of(kind: type) -> _Look:
    hints = typing.get_type_hints(kind)
    looks = [
        (field.name, _look_for(hints[field.name]), LONGEST.get(f"{kind.__name__}.{field.name}", 0))
        for field in fields(kind)
    ]

    def look(value: Any, tally: _Tally) -> None:
        if not isinstance(value, kind):
            raise TypeError(f"a {type(value).__name__} stands where a {kind.__name__} belongs")
        tally.values -= 1
        if tally.values < 0:
            raise ValueError(f"more than {tally.limits.values} values")
        for name, within, longest in looks:
            found = getattr(value, name)
            within(found, tally)
            if longest and len(found) > longest:
                raise ValueError(f"{kind.__name__}.{name} is longer than {longest} characters")

    return look


def _one_of(kinds: tuple[Any, ...]) -> _Look:
    looks = {kind: _look_for(kind) for kind in kinds}

    def look(value: Any, tally: _Tally) -> None:
        exact = looks.get(type(value))
        if exact is not None:
            exact(value, tally)
            return
        if not any(isinstance(kind, type) and isinstance(value, kind) for kind in kinds):
            raise TypeError(f"a {type(value).__name__} stands where it does not belong")

    return look


def _each(kind: type[tuple[Any, ...]] | type[frozenset[Any]], of: Any) -> _Look:
    within = _look_for(of)

    def look(value: Any, tally: _Tally) -> None:
        if not isinstance(value, kind):
            raise TypeError(f"a {type(value).__name__} stands where a {kind.__name__} belongs")
        tally.values -= len(value)
        if tally.values < 0:
            raise ValueError(f"more than {tally.limits.values} values")
        for item in value:
            within(item, tally)

    return look


def _places(of: tuple[Any, ...]) -> _Look:
    looks = [_look_for(each) for each in of]

    def look(value: Any, tally: _Tally) -> None:
        if not isinstance(value, tuple) or len(value) != len(looks):
            raise TypeError(f"not a tuple of {len(looks)}")
        for within, item in zip(looks, value, strict=True):
            within(item, tally)

    return look


def _json(value: Any, tally: _Tally) -> None:
    if not isinstance(value, Mapping):
        raise TypeError(f"a {type(value).__name__} stands where an object belongs")
    _json_value(value, tally, DEEPEST)


def _json_value(value: Any, tally: _Tally, deeper: int) -> None:
    tally.values -= 1
    if tally.values < 0 or deeper < 0:
        raise ValueError(f"data of more than {tally.limits.values} values, or {DEEPEST} levels")
    if isinstance(value, Mapping):
        for key, item in islice(value.items(), tally.limits.values + 1):
            _text(key, tally)
            _json_value(item, tally, deeper - 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _json_value(item, tally, deeper - 1)
    elif isinstance(value, str):
        _text(value, tally)
    elif isinstance(value, float) and not float("-inf") < value < float("inf"):
        raise ValueError("data holds a number that JSON has no form for")
    elif not isinstance(value, _JSON):
        raise TypeError(f"data holds a {type(value).__name__}, which JSON has no form for")
