"""What code of a plugin may do with the session it is handed: read, and write its own tables (PL-5).

While a thread runs a plugin it is *held*: on its connections only SELECT, savepoints and writes to the
plugin's own tables go through, and the transaction cannot be ended, for that is the host's. What core
writes on the plugin's behalf, the commands of `fetlock.services`, is released for as long as it runs.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, NoReturn, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, SessionTransaction

P = ParamSpec("P")
T = TypeVar("T")

_WRITE: Final = r"(?:insert\s+(?:or\s+\w+\s+)?into|replace\s+into|update(?:\s+or\s+\w+)?|delete\s+from)\s+"
_NAMED: Final = re.compile(_WRITE + r'(?:only\s+)?["`]?(\w+)', re.IGNORECASE)
_ANYWHERE: Final = re.compile(r"(?<!for )(?<!do )\b" + _NAMED.pattern, re.IGNORECASE)
_HARMLESS: Final = re.compile(
    r"\s*(?:select|values|savepoint|release|rollback\s+to|begin|set\s+transaction|pragma\s+query_only)\b",
    re.IGNORECASE,
)
_WITH: Final = re.compile(r"\s*with\b", re.IGNORECASE)


class Overstepped(RuntimeError):
    """A plugin wrote a table that is not its own, or tried to end the host's transaction."""


@dataclass(slots=True)
class Held:
    """The plugin that runs in this thread. `prefix`: of the tables it may write, such as "club_".

    `writes`: whether it may write at all. `session`: the one it was handed, whose transaction is the
    host's, with its `connection`. `overstepped` keeps the first thing that it tried in vain: it may have
    swallowed the error.
    """

    plugin: str
    prefix: str = ""
    writes: bool = False
    session: Session | None = None
    connection: Connection | None = None
    overstepped: str = ""

    def refuse(self, what: str) -> NoReturn:
        """Note what the plugin tried, and raise `Overstepped`."""
        self.overstepped = self.overstepped or what
        raise Overstepped(f"{self.plugin}: {what}")


holding: Final[ContextVar[Held | None]] = ContextVar("fetlock_holding", default=None)
"""The plugin that this thread runs, None while it runs core or the host."""

_on_behalf: Final[ContextVar[str]] = ContextVar("fetlock_on_behalf", default="")


def caller() -> str:
    """The plugin that runs in this thread, or for which a command of core runs; "" for the host itself."""
    found = holding.get()
    return _on_behalf.get() if found is None else found.plugin


@contextmanager
def held(
    plugin: str, prefix: str = "", *, writes: bool = False, session: Session | None = None
) -> Iterator[Held]:
    """Hold the body: it is code of `plugin`. Raises `Overstepped` at its end where that was swallowed."""
    found = Held(plugin, prefix, writes, session, None if session is None else session.connection())
    token = holding.set(found)
    try:
        yield found
    finally:
        holding.reset(token)
    if found.overstepped:
        raise Overstepped(f"{plugin}: {found.overstepped}")


@contextmanager
def released() -> Iterator[None]:
    """Let the body run as core."""
    token = holding.set(None)
    try:
        yield
    finally:
        holding.reset(token)


def command(function: Callable[P, T]) -> Callable[P, T]:
    """Let a command of core write core's tables though a plugin calls it.

    What the plugin had left unwritten is written before, as its own; a plugin that may not write at all
    gets no more leave by this.
    """

    @wraps(function)
    def run(*arguments: P.args, **named: P.kwargs) -> T:
        found = holding.get()
        if found is None or not found.writes:
            return function(*arguments, **named)
        session = _session_among(arguments)
        if session is not None:
            session.flush()
        token = _on_behalf.set(found.plugin)
        try:
            with released():
                answer = function(*arguments, **named)
                if session is not None:
                    session.flush()
        finally:
            _on_behalf.reset(token)
        return answer

    return run


class UnitSession(Session):
    """A session whose transaction only the host ends, not a plugin that it is handed to."""

    def commit(self) -> None:
        """As everywhere; refused to a plugin."""
        _require_free(self, "commits the host’s transaction")
        super().commit()

    def rollback(self) -> None:
        """As everywhere; refused to a plugin, which has `begin_nested` for what it may want to undo."""
        _require_free(self, "rolls the host’s transaction back")
        super().rollback()

    def close(self) -> None:
        """As everywhere; refused to a plugin."""
        _require_free(self, "closes the host’s session")
        super().close()

    def reset(self) -> None:
        """As everywhere; refused to a plugin."""
        _require_free(self, "resets the host’s session")
        super().reset()

    def invalidate(self) -> None:
        """As everywhere; refused to a plugin."""
        _require_free(self, "invalidates the host’s session")
        super().invalidate()

    def expunge_all(self) -> None:
        """As everywhere; refused to a plugin: the host's own objects would be forgotten unwritten."""
        _require_free(self, "empties the host’s session")
        super().expunge_all()

    def get_transaction(self) -> SessionTransaction | None:
        """As everywhere; refused to a plugin."""
        _require_free(self, "takes hold of the host’s transaction")
        return super().get_transaction()

    def get_nested_transaction(self) -> SessionTransaction | None:
        """As everywhere; refused to a plugin."""
        _require_free(self, "takes hold of the host’s savepoint")
        return super().get_nested_transaction()


class UnitConnection(Connection):
    """A connection whose transaction only the host ends, not a plugin that finds it in its session."""

    def commit(self) -> None:
        """As everywhere; refused to a plugin."""
        _require_free(self, "commits on the host’s connection")
        super().commit()

    def rollback(self) -> None:
        """As everywhere; refused to a plugin."""
        _require_free(self, "rolls back on the host’s connection")
        super().rollback()

    def close(self) -> None:
        """As everywhere; refused to a plugin."""
        _require_free(self, "closes the host’s connection")
        super().close()

    def detach(self) -> None:
        """As everywhere; refused to a plugin."""
        _require_free(self, "detaches the host’s connection")
        super().detach()


def watch(engine: Engine) -> None:
    """Keep the rules on every connection of this engine."""
    event.listen(engine, "before_cursor_execute", _look_at)
    event.listen(engine, "engine_connect", _keep_open)


def _require_free(subject: object, what: str) -> None:
    found = holding.get()
    if found is not None and (subject is found.session or subject is found.connection):
        found.refuse(what)


def _look_at(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
    found = holding.get()
    if found is None or _HARMLESS.match(statement):
        return
    if _WITH.match(statement):
        names = [name for name in _ANYWHERE.findall(statement) if name.lower() != "set"]
    else:
        written = _NAMED.match(statement.lstrip())
        if written is None:
            found.refuse("runs a statement that is neither a query nor a write to a table")
        names = [written[1]]
    for name in names:
        if not found.writes:
            found.refuse(f"writes {name} in a hook that only reads")
        if not found.prefix or not name.startswith(found.prefix):
            found.refuse(f"writes {name}, which is not its own, without fetlock.services")


def _keep_open(connection: Connection) -> None:
    connection.__class__ = UnitConnection  # the engine makes it, and asks nobody which class to make


def _session_among(arguments: tuple[Any, ...]) -> Session | None:
    for argument in arguments[:1]:
        found = argument if isinstance(argument, Session) else getattr(argument, "session", None)
        if isinstance(found, Session):
            return found
    return None
