"""The faults themselves: what a hook does instead of its work, for any hook there is."""

import dataclasses
import sys
import time
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from sqlalchemy import literal_column, select, update
from sqlalchemy.orm import Session

from fetlock.hooks.markers import HookInfo
from fetlock.tables import Patient
from fetlock.work import Work
from tests.dummy_plugin.models import Heard
from tests.faults.matrix import Fault

SLOW_SECONDS: Final = 0.3
STOLEN: Final = "Stolen"
QUOTED: Final = "Whitfield"
"""Of what these errors quote, nothing may be shown or logged."""

_ANSWERS: Final = (Fault.WRONG_TYPE, Fault.WRONG_WITHIN, Fault.EATS_MEMORY, Fault.HUGE_TEXT)

Real = Callable[[], Any]
Doing = Callable[[Real, Any], Any]


class Endless(Sequence[Any]):
    """Says that it is short, and never ends."""

    def __init__(self, item: Any) -> None:
        self.item = item

    def __len__(self) -> int:
        return 1

    def __getitem__(self, place: Any) -> Any:
        return self.item


def doing(hook: HookInfo, fault: Fault) -> Doing:
    """What this hook does instead; it is given its real work and its context."""
    if hook.returns is None and fault in _ANSWERS:
        return lambda real, context: (real(), Endless("x" * 1000))[1]
    return {
        Fault.RAISES: _raises,
        Fault.ENDS_PROGRAM: _ends_program,
        Fault.WRONG_TYPE: lambda real, context: object(),
        Fault.WRONG_WITHIN: lambda real, context: _answer(hook, _wrong_within(hook)),
        Fault.SLOW: _slow,
        Fault.WRITES_CORE: _writes_core,
        Fault.FAILED_STATEMENT: _failed_statement,
        Fault.COMMITS: _swallowing(lambda session: session.commit()),
        Fault.ROLLS_BACK: _swallowing(lambda session: session.rollback()),
        Fault.CLOSES: _swallowing(lambda session: session.close()),
        Fault.EATS_MEMORY: lambda real, context: Endless(_specimen(hook.returns)),
        Fault.HUGE_TEXT: lambda real, context: _answer(hook, _huge(hook)),
    }[fault]


def _raises(real: Real, context: Any) -> Any:
    raise LookupError(f"Biscuit of Dana {QUOTED} is quoted in this error")


def _ends_program(real: Real, context: Any) -> Any:
    sys.exit(f"Biscuit of Dana {QUOTED} has gone")


def _slow(real: Real, context: Any) -> Any:
    time.sleep(SLOW_SECONDS)
    return real()


def _writes_core(real: Real, context: Any) -> Any:
    statement = update(Patient).values(name=STOLEN)
    session = session_of(context)
    if session is None:
        context.reading.rows(statement)
        return real()
    answer = real()
    with suppress(Exception):
        session.execute(statement)
    return answer


def _failed_statement(real: Real, context: Any) -> Any:
    session = session_of(context)
    with suppress(Exception):
        if session is None:
            context.reading.rows(select(literal_column("no_such_column")).select_from(Patient))
        else:
            session.add(Heard(event_id="half a row"))
            session.flush()
    return real()


def _swallowing(ending: Callable[[Session], None]) -> Doing:
    def act(real: Real, context: Any) -> Any:
        answer = real()
        session = session_of(context)
        assert session is not None
        with suppress(Exception):
            ending(session)
        return answer

    return act


def session_of(context: Any) -> Session | None:
    """The session that this context hands over, if any."""
    work = context if isinstance(context, Work) else getattr(context, "work", None)
    return None if work is None else work.session


def _answer(hook: HookInfo, item: Any) -> Any:
    return [item] if hook.many else item


def _huge(hook: HookInfo) -> Any:
    """An answer with one text of three million characters."""
    text = "x" * 3_000_000
    if hook.returns in (None, str):
        return text
    specimen = _specimen(hook.returns)
    hints = typing.get_type_hints(hook.returns)
    first = next(f.name for f in dataclasses.fields(specimen) if hints[f.name] is str)
    return dataclasses.replace(specimen, **{first: text})


def _wrong_within(hook: HookInfo) -> Any:
    """The right class; its first field holds something that no field is declared to hold."""
    if hook.returns is None:
        return object()
    specimen = _specimen(hook.returns)
    first = dataclasses.fields(specimen)[0].name
    broken = dataclasses.replace(specimen)
    object.__setattr__(broken, first, object())
    return broken


def _specimen(kind: Any) -> Any:
    """A value that the type checker would take for `kind`; fields with a default keep it."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        needed = [
            field.name
            for field in dataclasses.fields(kind)
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        ]
        return kind(**{name: _specimen(hints[name]) for name in needed})
    origin, given = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _specimen(given[0])
    if origin is not None:
        return {} if issubclass(origin, Mapping) else origin()
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    known: dict[Any, Any] = {
        str: "x",
        int: 1,
        bool: True,
        Decimal: Decimal(1),
        date: date(2026, 11, 23),
        datetime: datetime(2026, 11, 23, tzinfo=UTC),
        timedelta: timedelta(hours=1),
    }
    return known.get(kind)
