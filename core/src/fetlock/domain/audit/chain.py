"""The chain over the entries: each link hashes the one before it, and one signed head ends it (H-5).

The head's row is locked by the last statements of a transaction, after all other locks: so the order of
commits is the order of the chain, and its end can't be cut off unseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Connection, Table, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from fetlock import clock
from fetlock.database.bulk import Bulk
from fetlock.domain.audit import signing
from fetlock.domain.audit.canonical import FIRST_HASH, digest
from fetlock.domain.audit.models import AuditEntry, AuditHead, AuditLink

HEAD: Final = 1
"""The only row of `audit_head`: there is one organisation in an installation."""
DOUBTED: Final = "audit.head_doubted"
"""Recorded by whoever finds the head missing, or not signed by this installation, before going on."""

_ENTRY: Final = cast("Table", AuditEntry.__table__)
_LINK: Final = cast("Table", AuditLink.__table__)
_HEAD: Final = cast("Table", AuditHead.__table__)
_INSERT: Final = insert(_ENTRY)
_LOCK: Final = select(_HEAD).where(_HEAD.c.id == HEAD).with_for_update()
_MOVE: Final = update(_HEAD).where(_HEAD.c.id == HEAD)
_LINKS: Final = Bulk(_LINK, ("number", "entry_id", "hash"))
_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry that is about to be written; texts and detail are such as every database keeps."""

    at: datetime
    staff_id: int | None
    site_id: int | None
    action: str
    subject: str = ""
    reason: str = ""
    detail: Mapping[str, Any]


@dataclass(slots=True)
class _End:
    """The chain's end while it grows."""

    length: int
    last: str
    older: int
    founded_at: datetime

    def add(self, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> list[tuple[int, int, str]]:
        """Links for entries (id, columns), as rows of the table."""
        links = []
        for entry_id, columns in rows:
            self.length += 1
            self.last = digest(self.length, self.last, entry_id=entry_id, **columns)
            links.append((self.length, entry_id, self.last))
        return links


def extend(connection: Connection, entries: Sequence[Entry]) -> None:
    """Write entries with their links, and move the head. Call it right before the commit."""
    columns = [asdict(entry) for entry in entries]
    ids = _store(connection, columns)
    keys = signing.keys_at(connection)
    head = connection.execute(_LOCK).one_or_none()
    if head is None:
        end, doubt = _found(connection, ids)
    else:
        end, doubt = _End(head.length, head.hash, head.older, head.founded_at), ""
        if keys is not None and keys.newest() is not None:  # without a key nothing can be told
            doubt = signing.doubt(
                keys,
                length=head.length,
                last=head.hash,
                older=head.older,
                founded_at=head.founded_at,
                key=head.key,
                signed=head.signature,
            )
    links = []
    if doubt:
        links = _mark(connection, end, doubt)
    links += end.add(list(zip(ids, columns, strict=True)))
    _LINKS.write(connection, links)
    connection.execute(_MOVE.values(_signed(end, keys)))


def _store(connection: Connection, columns: list[dict[str, Any]]) -> list[int]:
    """Insert entries; answers their ids in order."""
    returning = _INSERT.returning(_ENTRY.c.id, sort_by_parameter_order=len(columns) > 1)
    return list(connection.execute(returning, columns if len(columns) > 1 else columns[0]).scalars())


def _signed(end: _End, keys: signing.HeadKeys | None) -> dict[str, Any]:
    newest = keys.newest() if keys is not None else None
    signature = ""
    if newest is not None:
        signature = signing.signature(
            newest[1], length=end.length, last=end.last, older=end.older, founded_at=end.founded_at
        )
    return {
        "length": end.length,
        "hash": end.last,
        "key": newest[0] if newest is not None else "",
        "signature": signature,
    }


def _found(connection: Connection, ours: Sequence[int]) -> tuple[_End, str]:
    """Begin the chain, with the entries that were written before there was one, in the order of their ids.

    Where links are there already, the head was taken away: that is a doubt.
    """
    first = {"id": HEAD, "length": 0, "hash": FIRST_HASH, "older": 0, "key": "", "signature": ""}
    begin = postgresql.insert(_HEAD) if connection.dialect.name == "postgresql" else sqlite.insert(_HEAD)
    # of two that begin at once, one waits here, and then finds the other's head
    connection.execute(begin.values(first | {"founded_at": clock.now()}).on_conflict_do_nothing())
    head = connection.execute(_LOCK).one()
    end = _End(head.length, head.hash, head.older, head.founded_at)
    if head.length:
        return end, ""
    if connection.scalar(select(func.count()).select_from(_LINK)):
        return end, "missing"
    after = 0
    wanted = select(_ENTRY).where(_ENTRY.c.id.not_in(ours)).order_by(_ENTRY.c.id).limit(_AT_ONCE)
    while rows := connection.execute(wanted.where(_ENTRY.c.id > after)).mappings().all():
        after = rows[-1]["id"]
        older = [(row["id"], {name: row[name] for name in row if name != "id"}) for row in rows]
        _LINKS.write(connection, end.add(older))
    end.older = end.length
    connection.execute(_MOVE.values(older=end.older))
    return end, ""


def _mark(connection: Connection, end: _End, doubt: str) -> list[tuple[int, int, str]]:
    """Record that the head can't be believed, where every later verification finds it."""
    said = {"why": doubt, "length": end.length, "hash": end.last}
    last = connection.execute(select(_LINK).order_by(_LINK.c.number.desc()).limit(1)).one_or_none()
    if last is not None and last.number > end.length:
        end.length, end.last = last.number, last.hash
    entry = asdict(Entry(at=clock.now(), staff_id=None, site_id=None, action=DOUBTED, detail=said))
    return end.add([(_store(connection, [entry])[0], entry)])
