"""Walking the audit chain, from its first link to its head, and naming what was tampered with (H-5).

The walk reads in batches, each in a short transaction, and changes nothing; whatever is recorded meanwhile
lies beyond the head as it stood at the beginning, and is left to the next verification.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Select, Table, func, or_, select
from sqlalchemy.orm import Session

from fetlock.database import Database
from fetlock.domain.audit.canonical import FIRST_HASH, digest
from fetlock.domain.audit.chain import DOUBTED
from fetlock.domain.audit.faults import DOUBTS, Fault, FaultKind, Faults, span
from fetlock.domain.audit.head import Head, end_of
from fetlock.domain.audit.models import AuditEntry, AuditHead, AuditLink
from fetlock.domain.audit.signing import HeadKeys

ACCEPTED: Final = "audit.doubt_accepted"
"""Recorded when somebody has explained a doubted head; its detail names the number."""
_BATCH: Final = 2_000
_ENTRY: Final = cast("Table", AuditEntry.__table__)
_LINK: Final = cast("Table", AuditLink.__table__)
_HEAD: Final = cast("Table", AuditHead.__table__)
_CONTENT: Final = ("at", "staff_id", "site_id", "action", "subject", "reason", "detail")
_WALK: Final = (
    select(
        _LINK.c.number, _LINK.c.hash, _LINK.c.entry_id, _ENTRY.c.id, *(_ENTRY.c[name] for name in _CONTENT)
    )
    .select_from(_LINK.outerjoin(_ENTRY, _ENTRY.c.id == _LINK.c.entry_id))
    .order_by(_LINK.c.number)
    .limit(_BATCH)
)

Progress = Callable[[int, int], None]
"""Called with how many links were looked at, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of a verification: `seen` links of `total`, the last with `hash`, and the faults."""

    total: int
    seen: int
    number: int
    hash: str
    older: int
    founded_at: datetime | None
    faults: Sequence[Fault]
    fault_count: int

    @property
    def ok(self) -> bool:
        """Whether nothing was tampered with."""
        return not self.fault_count


def verify(
    database: Database,
    keys: HeadKeys | None,
    *,
    progress: Progress | None = None,
    expected: Mapping[int, str] | None = None,
) -> Verified:
    """Walk the whole chain. `expected`: number to hash, as an earlier verification or a note on paper has it.

    `keys` None leaves the head's signature out, for a copy of the database without its key file.
    """
    walk = _Walk(dict(expected or {}))
    with database.reading() as session:
        recorded = bool(session.scalar(select(func.max(_ENTRY.c.id))))
        head, highest, _ = end_of(session, keys)
    total = head.length if head is not None else highest
    if head is None and recorded:
        text = "The head is missing." if highest else "The chain has not begun: nothing guards the entries."
        walk.faults.add(FaultKind.HEAD, text)
    if head is not None and head.doubt:
        walk.faults.add(FaultKind.HEAD, f"{DOUBTS[head.doubt]}. Entries may have been cut off at the end.")
    while walk.number < total:
        with database.reading() as session:
            rows = session.execute(_batch(walk.number, total)).all()
        if not rows:
            break
        walk.over(rows)
        if progress is not None:
            progress(walk.number, total)
    walk.end(head, total)
    with database.reading() as session:
        _beyond(session, walk.faults)
    return Verified(
        total=total,
        seen=walk.seen,
        number=walk.number,
        hash=walk.stored,
        older=head.older if head is not None else 0,
        founded_at=head.founded_at if head is not None else None,
        faults=walk.faults.first,
        fault_count=walk.faults.count,
    )


def _batch(after: int, until: int) -> Select[Any]:
    return _WALK.where(_LINK.c.number > after, _LINK.c.number <= until)


@dataclass(slots=True)
class _Walk:
    """Where the walk is: the last link's number, its hash as stored and as it should be."""

    expected: dict[int, str]
    number: int = 0
    seen: int = 0
    stored: str = FIRST_HASH
    computed: str = FIRST_HASH
    doubted: dict[int, str] = field(default_factory=dict)
    accepted: set[Any] = field(default_factory=set)
    faults: Faults = field(default_factory=Faults)

    def over(self, rows: Sequence[Any]) -> None:
        for number, link_hash, entry_id, found, *values in rows:
            content = dict(zip(_CONTENT, values, strict=True))
            gap = number != self.number + 1
            if gap:
                self._gap(number)
            self.number = number
            self.seen += 1
            if found is None:
                text = f"{span(number, number)}: entry {entry_id} was removed."
                self.faults.add(FaultKind.REMOVED, text, number=number, entry_id=entry_id)
                self.computed = link_hash
            else:
                self._link(number, link_hash, entry_id, content, after_gap=gap)
            self.stored = link_hash
            if number in self.expected and self.expected.pop(number) != link_hash:
                text = f"{span(number, number)} is not what it was at an earlier verification."
                self.faults.add(FaultKind.CHANGED, text, number=number, entry_id=entry_id)

    def _gap(self, number: int) -> None:
        text = (
            f"{span(self.number + 1, number - 1)}: removed. Number {number}, which follows, can’t be proven."
        )
        missing = number - self.number - 1
        self.faults.add(FaultKind.REMOVED, text, number=self.number + 1, count=missing)

    def _link(
        self, number: int, link_hash: str, entry_id: int, content: dict[str, Any], *, after_gap: bool
    ) -> None:
        computed = digest(number, self.stored, entry_id=entry_id, **content)
        if computed != link_hash and not after_gap:
            # where only the hash of the link before was changed, this one still fits what it was
            fits = self.computed != self.stored and link_hash == digest(
                number, self.computed, entry_id=entry_id, **content
            )
            if not fits:
                text = f"{span(number, number)}: entry {entry_id} was changed."
                self.faults.add(FaultKind.CHANGED, text, number=number, entry_id=entry_id)
        self.computed = link_hash if after_gap else computed
        if content["action"] == DOUBTED:
            self.doubted[number] = DOUBTS.get(str(content["detail"].get("why")), "The head was doubted")
        elif content["action"] == ACCEPTED:
            self.accepted.add(content["detail"].get("number"))

    def end(self, head: Head | None, total: int) -> None:
        if self.number < total:
            text = f"{span(self.number + 1, total)}: cut off at the end."
            self.faults.add(FaultKind.CUT, text, number=self.number + 1, count=total - self.number)
        elif head is not None and head.hash != self.stored:
            self.faults.add(FaultKind.HEAD, "The head does not end the chain: one of them was changed.")
        for number in self.expected:
            text = f"Number {number} was there at an earlier verification, and is gone."
            self.faults.add(FaultKind.CUT, text, number=number)
        for number, why in self.doubted.items():
            if number not in self.accepted:
                text = f"{why}, when number {number} was written. Entries before it may have been cut off."
                self.faults.add(FaultKind.HEAD, text, number=number)


def _beyond(session: Session, faults: Faults) -> None:
    """Entries that no link holds, and links beyond the head; each in one statement, so in one moment."""
    loose = select(_ENTRY.c.id).where(~select(_LINK.c.number).where(_LINK.c.entry_id == _ENTRY.c.id).exists())
    if session.scalar(select(func.count()).select_from(_HEAD)):
        for entry_id in session.scalars(loose.order_by(_ENTRY.c.id)):
            text = f"Entry {entry_id} was inserted: no link of the chain holds it."
            faults.add(FaultKind.INSERTED, text, entry_id=entry_id)
    length = select(func.max(_HEAD.c.length)).scalar_subquery()
    foreign = select(_LINK.c.number, _LINK.c.entry_id).where(or_(_LINK.c.number > length, _LINK.c.number < 1))
    for number, entry_id in session.execute(foreign.order_by(_LINK.c.number)):
        text = f"Number {number}: entry {entry_id} was inserted: it lies beyond the head."
        faults.add(FaultKind.INSERTED, text, number=number, entry_id=entry_id)
