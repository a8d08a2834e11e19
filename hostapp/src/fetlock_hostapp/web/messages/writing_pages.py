"""Writing a message to a client: channel, one of the client's own addresses, subject, text (H-10, H-41)."""

import uuid
from dataclasses import dataclass
from typing import Any

from litestar import get, post
from sqlalchemy import select

from fetlock.domain.clients import reach
from fetlock.domain.clients import service as clients
from fetlock.domain.clients.models import Client
from fetlock.domain.messages import carriers, service
from fetlock.domain.messages.recipients import Recipient, recipients
from fetlock.domain.patients.models import Patient
from fetlock.domain.search.finding import Results, find
from fetlock.errors import Conflict, FetlockError, Invalid
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromQuery,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.messages import words
from fetlock_hostapp.web.messages.showing import is_ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to reach a client. `closed`: why it can't be taken; `waits`: the message would wait."""

    channel: str
    addresses: tuple[Recipient, ...]
    closed: str = ""
    waits: bool = False


@get("/messages/new", permission="messages.send", sync_to_thread=True)
def new_message(
    request: StaffRequest, client: FromQuery[int] = 0, patient: FromQuery[int] = 0, q: FromQuery[str] = ""
) -> Html:
    """The form for `client`, about `patient`; without a client a search for one."""
    with reading(request) as desk:
        if not client:
            return desk.page("messages/whom.html", q=q, found=_found(desk, q))
        typed = Form({"client": str(client), "patient": str(patient or ""), "key": str(uuid.uuid4())})
        return desk.page("messages/new.html", **_form_context(desk, client, typed))


@post("/messages/new/fields", permission="messages.send", sync_to_thread=True)
def fields_for_channel(request: StaffRequest, data: FormData) -> Html:
    """The form's fields for the channel that was just chosen, with all that was typed."""
    with reading(request) as desk:
        return desk.fragment("messages/_fields.html", **_form_context(desk, _client_of(data), data))


@post("/messages/new", permission="messages.send", sync_to_thread=True)
def send_message(request: StaffRequest, data: FormData) -> Html:
    """Keep the message; it is sent, or waits until it can be. What was typed stays after a refusal."""

    def work(desk: Desk) -> Html:
        message = service.queue_message(
            desk.work,
            _client_of(data),
            data.text("channel"),
            data.text("subject") if data.text("channel") == carriers.EMAIL else "",
            data.raw("body").replace("\r\n", "\n"),
            data.text("purpose") or "service",
            patient_id=data.optional_integer("patient", "Patient"),
            recipient=data.text("recipient"),
            key=_key_of(data),
        )
        path = f"messages/{message.id}"
        if message.state == "waiting":
            return desk.redirect(path, warn="It is kept and waits: there is nothing to send it with yet.")
        return desk.redirect(path, ok="The message is on its way.")

    def again(desk: Desk, error: FetlockError) -> Html:
        shown = _form_context(desk, _client_of(data), data)
        return desk.page("messages/new.html", status=status_of(error), errors=error, **shown)

    return writing(request, work, again=again)


def _form_context(desk: Desk, client_id: int, typed: Form) -> dict[str, Any]:
    client = clients.get(desk.session, client_id)
    ways = {channel: _way(desk, client, channel) for channel in words.CHANNELS}
    chosen = typed.text("channel")
    patients = desk.session.scalars(
        select(Patient).where(Patient.client_id == client.id, Patient.active).order_by(Patient.code)
    ).all()
    return {
        "words": words,
        "client": client,
        "ways": ways,
        "channel": chosen if chosen in ways else _first_choice(client, ways),
        "patients": [(str(patient.id), _words_of(patient)) for patient in patients],
        "typed": typed,
    }


def _way(desk: Desk, client: Client, channel: str) -> Way:
    addresses = tuple(recipients(client, channel))
    word = carriers.CHANNELS[channel]
    try:
        waits = not is_ready(desk, channel)
    except Conflict as error:
        return Way(channel=channel, addresses=addresses, closed=error.message)
    closed = ""
    if not reach.may_reach(client, channel):
        closed = f"{client.name} wants no {word}s. The record says so, and no plugin can pass it by."
    elif not addresses:
        closed = f"{client.name} has no {'e-mail address' if channel == carriers.EMAIL else 'phone'}."
    return Way(channel=channel, addresses=addresses, closed=closed, waits=waits)


def _first_choice(client: Client, ways: dict[str, Way]) -> str:
    """What the client prefers, then what is open, then e-mail."""
    return min(ways, key=lambda channel: (bool(ways[channel].closed), channel != client.preferred_channel))


def _words_of(patient: Patient) -> str:
    return f"{patient.display_name} {patient.code}{', deceased' if patient.deceased_on else ''}"


def _found(desk: Desk, q: str) -> Results | None:
    if not q.strip():
        return None
    site = desk.site
    return find(desk.session, q, site_id=site.id, region=site.country, limit=20, with_invoices=False)


def _client_of(data: Form) -> int:
    return data.integer("client", "Client")


def _key_of(data: Form) -> uuid.UUID | None:
    """The key that the form was given, so that sending it twice keeps one message."""
    typed = data.text("key")
    try:
        return uuid.UUID(typed) if typed else None
    except ValueError:
        raise Invalid("The form is not complete. Load the page again.") from None


HANDLERS = [new_message, fields_for_channel, send_message]
