"""What is recorded in a transaction of its own: refusals, lists taken away, views of records (H-5)."""

from sqlalchemy.orm import Session

from fetlock.contracts.actor import Actor
from fetlock.database import Database
from fetlock.domain.audit.service import record

DENIED = "access.denied"
VIEWED = "record.viewed"
TAKEN = "list.exported"


def note_denial(
    database: Database, actor: Actor, permission: str, *, site_id: int | None = None, where: str = ""
) -> None:
    """Record that somebody was refused, once this thread is in no transaction: the refused one is undone.

    `where`: the route or command that was asked for; never what was typed.
    """
    detail = {"permission": permission, "where": where[:300]}
    subject = f"staff:{actor.staff_id}" if actor.staff_id is not None else ""

    def note(session: Session) -> None:
        record(session, DENIED, staff_id=actor.staff_id, site_id=site_id, subject=subject, detail=detail)

    database.afterwards(note)


def note_export(database: Database, actor: Actor, what: str, *, site_id: int | None = None) -> None:
    """Record that somebody takes a list away as a file ("invoices"), in a transaction of its own."""

    def note(session: Session) -> None:
        record(session, TAKEN, staff_id=actor.staff_id, site_id=site_id, subject=f"list:{what}")

    database.afterwards(note)


def record_view(
    database: Database, actor: Actor, subject: str, *, site_id: int | None = None, reason: str = ""
) -> None:
    """Record that somebody is about to see a record ("patient:57"), for records whose views are audited.

    A short writing transaction that is committed before the record is read: who can't be recorded sees
    nothing. Raises `Busy`.
    """
    database.write(
        lambda session: record(
            session, VIEWED, staff_id=actor.staff_id, site_id=site_id, subject=subject, reason=reason
        )
    )
