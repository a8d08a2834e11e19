"""Messages to clients: queued, never against an opt-out (H-10) nor for the dead (H-11), and kept (H-41)."""

import uuid
from typing import Final

from sqlalchemy import func, select, update

from fetlock import clock
from fetlock.domain.audit import service as audit
from fetlock.domain.clients.models import Client
from fetlock.domain.clients.reach import may_reach
from fetlock.domain.messages import carriers
from fetlock.domain.messages.models import Message, MessageState
from fetlock.domain.messages.recipients import recipients
from fetlock.domain.patients.models import Patient
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.outbox.waking import Lane, wake
from fetlock.signals.sending import signal_at
from fetlock.work import Work

TOPIC: Final = "messages"
"""The topic of signals about messages."""
PURPOSES: Final = ("service", "reminder", "booking", "offer")
NOT_FOR_THE_DEAD: Final = frozenset({"reminder", "booking", "offer"})


def queue_message(
    work: Work,
    client_id: int,
    channel: str,
    subject: str,
    body: str,
    purpose: str = "service",
    *,
    patient_id: int | None = None,
    plugin: str = "",
    recipient: str = "",
    key: uuid.UUID | None = None,
) -> Message:
    """Keep a message to a client; the worker sends it, or it waits until a server is set up (H-42).

    `channel` "email" or "sms"; `recipient` one of the client's own addresses, the first of them where it
    is left out. A second call with the same `key` stores nothing and answers the first message.
    Raises `Conflict` where the client opted out of it, has no address for it, or the patient is dead and
    the message is a reminder, booking or offer; `Invalid` by field.
    """
    work.require("messages.send")
    before = _with_key(work, key)
    if before is not None:
        return before
    _require_form(channel, subject, body, purpose)
    client = work.session.get(Client, client_id)
    if client is None:
        raise NotFound("There is no such client.")
    if not may_reach(client, channel):
        raise Conflict(f"{client.name} wants no {carriers.CHANNELS[channel]}s.")
    if patient_id is not None:
        _require_patient(work, client, patient_id, purpose)
    now = clock.now()
    ready = carriers.is_set_up(work.session, work.hooks, work.enabled, work.site.id, channel)
    message = Message(
        key=key or uuid.uuid4(),
        site_id=work.site.id,
        client_id=client.id,
        patient_id=patient_id,
        channel=channel,
        recipient=_recipient(client, channel, recipient),
        subject=subject.strip(),
        body=body,
        purpose=purpose,
        plugin=plugin,
        state=(MessageState.QUEUED if ready else MessageState.WAITING).value,
        next_attempt_at=now,
        created_at=now,
        created_by=work.actor.staff_id,
    )
    work.session.add(message)
    work.session.flush()
    wake(work.session, Lane.MESSAGES)
    signal_at(work.session, work.site.id, TOPIC, f"message:{message.id}")
    return message


def waiting_count(work: Work, channel: str = carriers.EMAIL) -> int:
    """How many messages wait for a server at this site."""
    count = work.session.scalar(
        select(func.count())
        .select_from(Message)
        .where(
            Message.site_id == work.site.id,
            Message.channel == channel,
            Message.state == MessageState.WAITING.value,
        )
    )
    return count or 0


def send_waiting(work: Work, channel: str = carriers.EMAIL) -> int:
    """Send what waited for a server, after somebody said yes; answers how many. Raises `Conflict`."""
    work.require("messages.resend")
    if not carriers.is_set_up(work.session, work.hooks, work.enabled, work.site.id, channel):
        raise Conflict("There is no server to send with yet.")
    count = waiting_count(work, channel)
    work.session.execute(
        update(Message)
        .where(
            Message.site_id == work.site.id,
            Message.channel == channel,
            Message.state == MessageState.WAITING.value,
        )
        .values(state=MessageState.QUEUED.value, next_attempt_at=clock.now())
    )
    _record(work, "message.send_waiting", "", detail={"count": count})
    return count


def send_failed(work: Work, channel: str = carriers.EMAIL) -> int:
    """Send again now whatever failed at this site, never what is in doubt; answers how many."""
    work.require("messages.resend")
    if not carriers.is_set_up(work.session, work.hooks, work.enabled, work.site.id, channel):
        raise Conflict("There is no server to send with yet. Set one up first.")
    failed = work.session.scalars(
        select(Message)
        .where(
            Message.site_id == work.site.id,
            Message.channel == channel,
            Message.state == MessageState.FAILED.value,
        )
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for message in failed:
        _to_queue(message)
        _record(work, "message.retry", f"message:{message.id}", detail={"from": MessageState.FAILED.value})
    work.session.flush()
    return len(failed)


def may_have_arrived(state: str, attempts: int) -> bool:
    """Whether only somebody who has asked may send it again: in doubt, or dropped after it was tried."""
    return state == MessageState.IN_DOUBT or (state == MessageState.DROPPED and attempts > 0)


def send_again(work: Work, message_id: int, *, sure: bool = False) -> Message:
    """Send one message now, by hand. One in doubt may have been sent: `sure` says that somebody looked."""
    work.require("messages.resend")
    message = _locked(work, message_id)
    if message.state in (MessageState.SENT, MessageState.SENDING, MessageState.QUEUED):
        raise Conflict("This message is sent, or on its way.")
    if may_have_arrived(message.state, message.attempts) and not sure:
        raise Conflict(
            "It may have been sent already. Ask the client first; then say that it is to go again."
        )
    client = work.session.get_one(Client, message.client_id)
    if not may_reach(client, message.channel):
        raise Conflict(f"{client.name} wants no {carriers.CHANNELS[message.channel]}s.")
    if not carriers.is_set_up(work.session, work.hooks, work.enabled, work.site.id, message.channel):
        raise Conflict("There is no server to send with yet. Set one up first.")
    before = message.state
    _to_queue(message)
    _record(work, "message.retry", f"message:{message.id}", detail={"from": before})
    work.session.flush()
    return message


def drop(work: Work, message_id: int, *, reason: str) -> Message:
    """Never send this message; it stays readable. Raises `Invalid` without a reason."""
    work.require("messages.resend")
    if not reason.strip():
        raise Invalid({"reason": "Give a reason; it is kept with the message."})
    message = _locked(work, message_id)
    if message.state in (MessageState.SENT, MessageState.SENDING, MessageState.DROPPED):
        raise Conflict("This message is sent, on its way, or dropped already.")
    message.state = MessageState.DROPPED.value
    message.problem = reason.strip()[:300]
    message.next_attempt_at = None
    _record(work, "message.drop", f"message:{message.id}", reason=reason.strip()[:300])
    work.session.flush()
    return message


def _to_queue(message: Message) -> None:
    message.state = MessageState.QUEUED.value
    message.next_attempt_at = clock.now()
    message.problem = ""


def _require_form(channel: str, subject: str, body: str, purpose: str) -> None:
    faults = {}
    if channel not in carriers.CHANNELS:
        faults["channel"] = "Choose e-mail or text message."
    if purpose not in PURPOSES:
        faults["purpose"] = f"Choose one of {', '.join(PURPOSES)}."
    if channel == carriers.EMAIL and not subject.strip():
        faults["subject"] = "Enter a subject."
    if any(ord(letter) < 32 for letter in subject) or len(subject) > 200:
        faults["subject"] = "Write the subject in one line of at most 200 characters."
    if not body.strip():
        faults["body"] = "Enter the text of the message."
    elif len(body) > 20_000:
        faults["body"] = "The text is longer than 20,000 characters."
    if faults:
        raise Invalid(faults)


def _require_patient(work: Work, client: Client, patient_id: int, purpose: str) -> None:
    patient = work.session.get(Patient, patient_id)
    if patient is None or patient.client_id != client.id:
        raise NotFound(f"{client.name} has no such patient.")
    if patient.deceased_on is not None and purpose in NOT_FOR_THE_DEAD:
        raise Conflict(f"{patient.display_name} has died. No reminder, booking or offer is sent.")


def _recipient(client: Client, channel: str, wanted: str) -> str:
    found = [recipient.value for recipient in recipients(client, channel)]
    if not found:
        raise Conflict(f"{client.name} has no {'e-mail address' if channel == carriers.EMAIL else 'phone'}.")
    if wanted and wanted not in found:
        raise Invalid(
            {"recipient": f"Choose an address of {client.name}; add a new one to the client first."}
        )
    return wanted or found[0]


def _with_key(work: Work, key: uuid.UUID | None) -> Message | None:
    """The message of this site that was queued with `key` before."""
    if key is None:
        return None
    return work.session.scalar(select(Message).where(Message.key == key, Message.site_id == work.site.id))


def _locked(work: Work, message_id: int) -> Message:
    message = work.session.scalar(
        select(Message)
        .where(Message.id == message_id, Message.site_id == work.site.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if message is None:
        raise NotFound("There is no such message here.")
    return message


def _record(
    work: Work, action: str, subject: str, *, reason: str = "", detail: dict[str, object] | None = None
) -> None:
    wake(work.session, Lane.MESSAGES)
    signal_at(work.session, work.site.id, TOPIC, subject)
    audit.record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=subject,
        reason=reason,
        detail=detail,
    )
