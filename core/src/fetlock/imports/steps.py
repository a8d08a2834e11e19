"""What a row does, once it is understood: the step that is planned for it, and who plans and writes it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

T = TypeVar("T")
K = TypeVar("K")
IN_AT_ONCE = 500
"""So many keys at most stand in one IN (...)."""


class Action(StrEnum):
    """What becomes of a row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REJECT = "reject"


class RowFault(Exception):
    """A row that cannot be taken; the text is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where and for whom a file is imported.

    `country`: of the site, by which phones and days are read. `owner`: id and account number of the client
    to whom all patients belong. `price_site_id`: prices are this site's, not the organisation's.
    """

    site_id: int
    country: str
    today: date
    now: datetime
    staff_id: int | None = None
    owner: tuple[int, str] | None = None
    price_site_id: int | None = None


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """A row that was understood: its number, its value, and what should be looked at."""

    number: int
    value: T
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Step:
    """What is planned for one row. `payload` is what its kind needs for writing it."""

    number: int
    action: Action
    reason: str = ""
    warnings: list[str] = field(default_factory=list)
    payload: Any = None


class Importer(Protocol[T]):
    """How one kind of file is imported."""

    def read(self, cells: Mapping[str, str]) -> tuple[T, Sequence[str]]:
        """The row's value and warnings, from its cells by field. Raises `RowFault` or `CellFault`."""
        ...

    def plan(self, session: Session, rows: Sequence[Parsed[T]]) -> list[Step]:
        """A step for every row, in order; reads only."""
        ...

    def write(self, session: Session, steps: Sequence[Step]) -> None:
        """Write steps that create or update, in the caller's transaction."""
        ...


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def looked_up(keys: Iterable[K], find: Callable[[Sequence[K]], Iterable[T]]) -> Iterator[T]:
    """What `find` gives for all keys, asked for in portions that a database takes."""
    for portion in chunks(sorted(set(keys), key=str), IN_AT_ONCE):
        yield from find(portion)


def changed_meanwhile(session: Session, model: Any, revisions: Mapping[int, int]) -> set[int]:
    """Ids of the rows of `model` whose revision is another than planned; locks all of them."""
    found = {
        row.id: row.revision
        for row in looked_up(
            revisions,
            lambda ids: session.execute(
                select(model.id, model.revision).where(model.id.in_(ids)).with_for_update()
            ),
        )
    }
    return {key for key, revision in revisions.items() if found.get(key) != revision}
