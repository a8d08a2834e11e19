"""Sending queued messages: once each; after an unclear end a person decides (PL-8, H-41)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.builtin import email
from fetlock.contracts.http import Http
from fetlock.contracts.messages import TextMessage
from fetlock.contracts.outside import Delivery, DeliveryState, Receiver
from fetlock.domain.clients.models import Client
from fetlock.domain.clients.reach import may_reach
from fetlock.domain.messages import carriers
from fetlock.domain.messages.models import Message, MessageState
from fetlock.domain.messages.service import NOT_FOR_THE_DEAD, TOPIC
from fetlock.domain.patients.models import Patient
from fetlock.errors import Conflict, FetlockError
from fetlock.outbox.models import OutboxState
from fetlock.outbox.retrying import Retrying, judge
from fetlock.platform import settings
from fetlock.platform.dispatch import Cause
from fetlock.signals.sending import signal_at

if TYPE_CHECKING:
    from fetlock.platform.runtime import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An e-mail on its way, with the server that is to carry it."""

    key: str
    to: str
    subject: str
    body: str = field(repr=False)
    server: email.EmailSettings = field(repr=False)


class Mailer(Protocol):
    """Carries an e-mail by SMTP: handed in by the worker."""

    def send(self, letter: Letter) -> Delivery:
        """Send it. `UNCLEAR` only where the server may have accepted it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    id: int
    lease: datetime
    site_id: int
    attempt: int
    channel: str
    gateway: str
    letter: Letter | None
    text: tuple[str, str, str] | None
    settings: Any = field(default=None, repr=False)
    fault: Delivery | None = None


_STATES = {
    OutboxState.SENT: MessageState.SENT,
    OutboxState.FAILED: MessageState.FAILED,
    OutboxState.GIVEN_UP: MessageState.FAILED,
    OutboxState.CONFLICT: MessageState.FAILED,
    OutboxState.IN_DOUBT: MessageState.IN_DOUBT,
}


def send_next(runtime: "Runtime", mailer: Mailer, http: Http, rules: Retrying) -> bool:
    """Send one message that is due and store how it ended; False where none is."""
    with runtime.database.reading() as session:
        if session.scalar(due_messages().with_only_columns(Message.id).limit(1)) is None:
            return False
    found, taken = runtime.database.write(lambda session: _take(session, runtime, rules))
    if taken is None:
        return found
    delivery = taken.fault or _carry(runtime, mailer, http, taken)
    runtime.database.write(lambda session: _store(session, taken, delivery, rules))
    return True


def due_messages() -> Any:
    """The messages that could be sent now, as a SELECT."""
    now = clock.now()
    queued = and_(
        Message.state.in_([MessageState.QUEUED.value, MessageState.FAILED.value]),
        Message.next_attempt_at <= now,
    )
    lost = and_(Message.state == MessageState.SENDING.value, Message.lease_until < now)
    return select(Message).where(or_(queued, lost))


def _take(session: Session, runtime: "Runtime", rules: Retrying) -> tuple[bool, _Taken | None]:
    """Whether a message was found that is due, and, unless it needed no sending after all, what to send."""
    message = session.scalar(due_messages().order_by(Message.id).limit(1).with_for_update(skip_locked=True))
    if message is None:
        return False, None
    if message.state == MessageState.SENDING:
        message.state = MessageState.IN_DOUBT.value
        message.problem = "The worker ended while it was being sent: it may have arrived."
        message.lease_until = None
        return True, None
    reason = _not_wanted_any_more(session, message)
    if reason:
        message.state = MessageState.DROPPED.value
        message.problem = reason
        message.next_attempt_at = None
        return True, None
    work = runtime.work_at(session, message.site_id)
    try:
        ready = carriers.is_set_up(session, work.hooks, work.enabled, message.site_id, message.channel)
    except Conflict as error:
        message.problem = error.message[:300]
        ready = False
    if not ready:
        message.state = MessageState.WAITING.value
        message.next_attempt_at = None
        return True, None
    message.state = MessageState.SENDING.value
    message.attempts += 1
    message.lease_until = clock.now() + rules.lease
    letter, fault, model = None, None, None
    is_text = message.channel == carriers.SMS
    gateway = (carriers.gateway(work.hooks, work.enabled) or "") if is_text else ""
    try:
        if is_text:
            model, _ = settings.load(session, runtime.secrets, runtime.registry, gateway, message.site_id)
        else:
            letter = _letter(session, runtime, message)
    except FetlockError as error:
        carrier = "gateway" if is_text else "mail server"
        fault = Delivery(state=DeliveryState.RETRY, message=f"The {carrier}'s settings: {error.message}")
    return True, _Taken(
        id=message.id,
        lease=message.lease_until,
        site_id=message.site_id,
        attempt=message.attempts,
        channel=message.channel,
        gateway=gateway,
        letter=letter,
        text=(str(message.key), message.recipient, message.body) if is_text else None,
        settings=model,
        fault=fault,
    )


def _not_wanted_any_more(session: Session, message: Message) -> str:
    if not may_reach(session.get_one(Client, message.client_id), message.channel):
        return "The client has opted out meanwhile."
    if message.patient_id is not None and message.purpose in NOT_FOR_THE_DEAD:
        patient = session.get_one(Patient, message.patient_id)
        if patient.deceased_on is not None:
            return "The patient has died meanwhile."
    return ""


def _letter(session: Session, runtime: "Runtime", message: Message) -> Letter:
    server, _ = settings.load(session, runtime.secrets, runtime.registry, email.NAME, message.site_id)
    assert isinstance(server, email.EmailSettings)
    return Letter(
        key=str(message.key),
        to=message.recipient,
        subject=message.subject,
        body=message.body,
        server=server,
    )


def _carry(runtime: "Runtime", mailer: Mailer, http: Http, taken: _Taken) -> Delivery:
    if taken.letter is not None:
        return mailer.send(taken.letter)
    assert taken.text is not None
    key, recipient, text = taken.text
    message = TextMessage(key=key, to=recipient, text=text, http=http, settings=taken.settings)
    answer = runtime.hooks.call_plugin("send_sms", message, taken.gateway, site_id=taken.site_id)
    if answer is None:
        return Delivery(state=DeliveryState.RETRY, message="No plugin carries text messages here.")
    if answer.failure is not None and answer.failure.cause is Cause.PAUSED:
        told = "The gateway is left alone for a moment after several failures in a row."
        return Delivery(state=DeliveryState.RETRY, message=told)
    if answer.failure is not None:
        return Delivery(
            state=DeliveryState.UNCLEAR,
            message=f"The gateway's plugin failed (incident {answer.failure.incident}).",
        )
    delivery: Delivery = answer.value
    return delivery


def _store(session: Session, taken: _Taken, delivery: Delivery, rules: Retrying) -> None:
    message = session.scalar(
        select(Message)
        .where(
            Message.id == taken.id,
            Message.state == MessageState.SENDING.value,
            Message.lease_until == taken.lease,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if message is None:
        return
    signal_at(session, message.site_id, TOPIC, f"message:{message.id}")
    verdict = judge(delivery, Receiver.NEITHER, taken.attempt, rules)
    message.state = _STATES[verdict.state].value
    message.problem = "" if verdict.state is OutboxState.SENT else delivery.message[:300]
    message.lease_until = None
    message.next_attempt_at = (
        clock.now() + rules.delay(taken.attempt, delivery.retry_after_seconds) if verdict.again else None
    )
    if verdict.state is OutboxState.SENT:
        message.sent_at = clock.now()
