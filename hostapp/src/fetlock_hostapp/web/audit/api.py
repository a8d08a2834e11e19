"""The audit log for programs: entries in pages, and the state of the chain. It is read only (H-5, PL-11)."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from litestar import get
from litestar.params import QueryParameter
from pydantic import BaseModel

from fetlock.domain.audit import checks, listing, signing
from fetlock.domain.audit.head import head_of
from fetlock.domain.audit.listing import Filter, Row
from fetlock.domain.audit.models import AuditCheck
from fetlock_hostapp.plugin import FromPath, StaffRequest, reading
from fetlock_hostapp.web.kernel.paging import Cursor, CursorList, Limit, WholeKey, position

TAG = "Audit log"

Day = Annotated[date | None, QueryParameter(description="A day in the site's zone, included.")]


class EntryAnswer(BaseModel):
    """One entry. `number` and `hash`: its place in the chain; `site_id` null where it holds for every site.

    `staff_id` is null where nobody did it in person; `staff` is the name as it is now.
    """

    id: int
    number: int | None
    at: datetime
    staff_id: int | None
    staff: str
    site_id: int | None
    action: str
    subject: str
    reason: str
    detail: dict[str, Any]
    hash: str | None

    @classmethod
    def of(cls, row: Row) -> Self:
        """The entry of a row."""
        return cls(
            id=row.id,
            number=row.number,
            at=row.at,
            staff_id=row.staff_id,
            staff=row.staff_name,
            site_id=row.site_id,
            action=row.action,
            subject=row.subject,
            reason=row.reason,
            detail=row.detail,
            hash=row.hash,
        )


class EntryList(CursorList[EntryAnswer]):
    """Entries, the newest first."""


class FaultAnswer(BaseModel):
    """What a verification found wrong. `entry`: the entry's id, `number` its place, where known."""

    kind: Literal["changed", "removed", "inserted", "cut", "head"]
    number: int | None
    entry: int | None
    text: str


class ChainAnswer(BaseModel):
    """The state of the chain: what is wrong at its end just now, and the verification begun last.

    `verified_at` is null while it is under way, and where there never was one; `faults` are the first.
    """

    length: int
    hash: str
    problem: str
    under_way: bool
    seen: int
    total: int
    verified_at: datetime | None
    fault_count: int
    faults: list[FaultAnswer]

    @classmethod
    def of(cls, length: int, end: str, problem: str, check: AuditCheck | None) -> Self:
        """The state, with the verification begun last."""
        if check is None:
            check = AuditCheck(seen=0, total=0, ended_at=None, fault_count=0, faults=[])
            under_way = False
        else:
            under_way = checks.is_under_way(check)
        return cls(
            length=length,
            hash=end,
            problem=problem,
            under_way=under_way,
            seen=check.seen,
            total=check.total,
            verified_at=check.ended_at,
            fault_count=check.fault_count,
            faults=[FaultAnswer(**fault) for fault in check.faults],
        )


@get("/audit", permission="audit.view", sync_to_thread=True, tags=[TAG])
def audit_entries(
    request: StaffRequest,
    person: Annotated[
        int | None, QueryParameter(ge=0, le=2**63 - 1, description="An employee's id; 0: nobody in person")
    ] = None,
    action: Annotated[
        str, QueryParameter(max_length=60, description="An action, or an area of them: staff")
    ] = "",
    subject: Annotated[
        str, QueryParameter(max_length=120, description="invoice:12, or a kind of things: invoice")
    ] = "",
    first: Day = None,
    last: Day = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> EntryList:
    """The entries of this site and those of no site, the newest first."""
    wanted = Filter(staff_id=person, action=action, subject=subject, first=first, last=last)
    found = position(cursor, tuple[WholeKey])
    with reading(request) as desk:
        before = found[0] if found else None
        rows = listing.page(desk.session, desk.site, wanted, before=before, limit=limit + 1)
        return EntryList.of(request, rows, limit, EntryAnswer.of, lambda row: (row.id,))


@get("/audit/chain", permission="audit.view", sync_to_thread=True, tags=[TAG])
def audit_chain(request: StaffRequest) -> ChainAnswer:
    """Whether the log is whole. Keep length and hash elsewhere: they prove a later copy."""
    with reading(request) as desk:
        keys = signing.keys_at(desk.session.connection())
        head = head_of(desk.session, keys)
        return ChainAnswer.of(
            head.length if head is not None else 0,
            head.hash if head is not None else "",
            checks.glance(desk.session, keys),
            checks.latest(desk.session),
        )


@get("/audit/{entry_id:int}", permission="audit.view", sync_to_thread=True, tags=[TAG])
def audit_entry(request: StaffRequest, entry_id: FromPath[int]) -> EntryAnswer:
    """One entry of this site or of no site."""
    with reading(request) as desk:
        return EntryAnswer.of(listing.get(desk.session, desk.site, entry_id))


HANDLERS = [audit_entries, audit_chain, audit_entry]
