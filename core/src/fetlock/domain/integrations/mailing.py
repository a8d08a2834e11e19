"""E-mails about trouble to people of the practice: queued with the cause, sent once, never in doubt twice."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.builtin import email
from fetlock.contracts.outside import Delivery, DeliveryState, Receiver
from fetlock.domain.integrations.models import NoticeMail, NoticeMailState
from fetlock.domain.messages import carriers
from fetlock.domain.messages.sending import Letter, Mailer
from fetlock.domain.staff.models import Role, Staff, StaffRole
from fetlock.errors import FetlockError
from fetlock.outbox.models import OutboxState
from fetlock.outbox.retrying import Retrying, judge
from fetlock.platform import settings
from fetlock.work import Work

if TYPE_CHECKING:
    from fetlock.platform.runtime import Runtime

_ENDS: Final = {
    OutboxState.SENT: NoticeMailState.SENT,
    OutboxState.FAILED: NoticeMailState.QUEUED,
    OutboxState.IN_DOUBT: NoticeMailState.IN_DOUBT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    id: int
    lease: datetime
    attempts: int
    letter: Letter | None = field(repr=False)
    fault: str = ""


def recipients(work: Work, addresses: Sequence[str]) -> list[str]:
    """Whom to write to: these addresses, else the administrators' at the site, else all administrators'.

    Nobody where the site has no mail server: a letter that waits for one would come too late.
    """
    if not carriers.is_set_up(work.session, work.hooks, work.enabled, work.site.id, carriers.EMAIL):
        return []
    if addresses:
        return list(dict.fromkeys(addresses))
    wanted = (
        select(Staff.email)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .join(Role, Role.id == StaffRole.role_id)
        .where(Staff.active, Role.everything, Staff.email != "")
        .order_by(Staff.id)
        .distinct()
    )
    wanted = wanted.add_columns(Staff.id)
    here = work.session.execute(wanted.where(StaffRole.site_id == work.site.id)).all()
    found = here or work.session.execute(wanted).all()
    return list(dict.fromkeys(row.email for row in found))


def queue(
    session: Session, site_id: int, trouble_id: int, address: str, subject: str, body: str, *, is_over: bool
) -> None:
    """Keep an e-mail; the worker sends it."""
    now = clock.now()
    session.add(
        NoticeMail(
            key=uuid.uuid4(),
            site_id=site_id,
            trouble_id=trouble_id,
            is_over=is_over,
            recipient=address,
            subject=subject,
            body=body,
            next_attempt_at=now,
            created_at=now,
        )
    )


def who_was_told(session: Session, trouble_id: int) -> list[str]:
    """The addresses that know of the trouble, or may; what has not gone out yet is dropped."""
    told = []
    mails = session.scalars(
        select(NoticeMail)
        .where(NoticeMail.trouble_id == trouble_id, NoticeMail.is_over.is_(False))
        .order_by(NoticeMail.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for mail in mails:
        if mail.state == NoticeMailState.QUEUED:
            mail.state = NoticeMailState.DROPPED.value
        elif mail.state != NoticeMailState.GIVEN_UP:
            told.append(mail.recipient)
    return told


def due_mails() -> Select[NoticeMail]:
    """The e-mails that could be sent now."""
    now = clock.now()
    waiting = and_(NoticeMail.state == NoticeMailState.QUEUED.value, NoticeMail.next_attempt_at <= now)
    lost = and_(NoticeMail.state == NoticeMailState.SENDING.value, NoticeMail.lease_until < now)
    return select(NoticeMail).where(or_(waiting, lost))


def send_next(runtime: "Runtime", mailer: Mailer, rules: Retrying) -> bool:
    """Send one e-mail that is due and store how it ended; False where none is."""
    with runtime.database.reading() as session:
        if session.scalar(due_mails().with_only_columns(NoticeMail.id).limit(1)) is None:
            return False
    found, taken = runtime.database.write(lambda session: _take(session, runtime, rules))
    if taken is None:
        return found
    if taken.letter is None:
        delivery = Delivery(state=DeliveryState.RETRY, message=taken.fault)
    else:
        delivery = mailer.send(taken.letter)
    runtime.database.write(lambda session: _store(session, taken, delivery, rules))
    return True


def _take(session: Session, runtime: "Runtime", rules: Retrying) -> tuple[bool, _Taken | None]:
    mail = session.scalar(due_mails().order_by(NoticeMail.id).limit(1).with_for_update(skip_locked=True))
    if mail is None:
        return False, None
    if mail.state == NoticeMailState.SENDING:
        mail.state = NoticeMailState.IN_DOUBT.value
        mail.problem = "The worker ended while it was being sent: it may have arrived."
        return True, None
    mail.state = NoticeMailState.SENDING.value
    mail.attempts += 1
    mail.lease_until = clock.now() + rules.lease
    letter, fault = None, ""
    try:
        server, _ = settings.load(session, runtime.secrets, runtime.registry, email.NAME, mail.site_id)
        assert isinstance(server, email.EmailSettings)
        letter = Letter(
            key=str(mail.key), to=mail.recipient, subject=mail.subject, body=mail.body, server=server
        )
    except FetlockError as error:
        fault = f"The mail server's settings: {error.message}"
    return True, _Taken(
        id=mail.id, lease=mail.lease_until, attempts=mail.attempts, letter=letter, fault=fault
    )


def _store(session: Session, taken: _Taken, delivery: Delivery, rules: Retrying) -> None:
    mail = session.scalar(
        select(NoticeMail)
        .where(NoticeMail.id == taken.id, NoticeMail.lease_until == taken.lease)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if mail is None:
        return
    verdict = judge(delivery, Receiver.NEITHER, taken.attempts, rules)
    values: dict[str, Any] = {
        "state": _ENDS.get(verdict.state, NoticeMailState.GIVEN_UP).value,
        "problem": "" if delivery.state is DeliveryState.DELIVERED else delivery.message[:300],
        "lease_until": None,
    }
    now = clock.now()
    if verdict.again:
        values["next_attempt_at"] = now + rules.delay(taken.attempts, delivery.retry_after_seconds)
    if verdict.state is OutboxState.SENT:
        values["sent_at"] = now
    for name, value in values.items():
        setattr(mail, name, value)
