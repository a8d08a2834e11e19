"""Doing a request once: its key is claimed in the transaction of the work, and the answer kept with it.

Two requests with one key can't both run: the second waits at the key until the first has ended, then finds
the answer, or, where the first came to nothing, runs itself.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.idempotency.models import IdempotentAnswer
from fetlock.errors import FetlockError

KEPT: Final = timedelta(hours=24)
_AT_ONCE: Final = 500
_IDENTITY: Final = ("actor", "route", "key")


class KeyReused(FetlockError):
    """The same key came with another request before."""

    code = "idempotency_key_reused"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was sent before with another request. Make a new key for each new request."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """A request with a key. `actor`: who; `route`: method and address pattern; `digest`: of all it says."""

    site_id: int | None
    actor: str
    route: str
    key: str
    digest: str


def claim(session: Session, asked: KeyedRequest) -> bytes | None:
    """Claim the key for this transaction, or answer the sealed answer that was given before.

    Raises `KeyReused` where the key stands for another request. A key older than `KEPT` is new again.
    """
    old = clock.now() - KEPT
    session.execute(delete(IdempotentAnswer).where(*_is(asked), IdempotentAnswer.made_at < old))
    if _insert(session, asked):
        return None
    kept = session.execute(select(IdempotentAnswer.digest, IdempotentAnswer.sealed).where(*_is(asked))).one()
    if kept.digest != asked.digest:
        raise KeyReused
    return bytes(kept.sealed)


def keep(session: Session, asked: KeyedRequest, sealed: bytes) -> None:
    """Keep the answer of a claimed key."""
    session.flush()
    row = session.scalars(select(IdempotentAnswer).where(*_is(asked))).one()
    row.sealed = sealed


def forget_old(session: Session) -> int:
    """Delete what is older than `KEPT`, so many at once; answers how many."""
    old = select(IdempotentAnswer.id).where(IdempotentAnswer.made_at < clock.now() - KEPT).limit(_AT_ONCE)
    found = session.scalars(old).all()
    if found:
        session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.id.in_(found)))
    return len(found)


def _insert(session: Session, asked: KeyedRequest) -> bool:
    """Whether the key was free. PostgreSQL waits here for whoever holds it."""
    make: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        make(IdempotentAnswer)
        .values(
            site_id=asked.site_id,
            actor=asked.actor,
            route=asked.route,
            key=asked.key,
            digest=asked.digest,
            made_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=_IDENTITY)
        .returning(IdempotentAnswer.id)
    )
    return session.execute(statement).first() is not None


def _is(asked: KeyedRequest) -> tuple[Any, ...]:
    return tuple(getattr(IdempotentAnswer, name) == getattr(asked, name) for name in _IDENTITY)
