"""Adding and changing a client; what somebody else saved meanwhile is shown, what was typed is kept."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import get, post

from fetlock.domain.clients import numbering, phones, service
from fetlock.domain.clients.draft import ClientDraft
from fetlock.domain.clients.phones import TypedPhone
from fetlock.domain.clients.reach import CHANNELS
from fetlock.errors import FetlockError, StaleEdit
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)

_TEXTS: Final = (
    "account_number", "first_name", "last_name", "street", "city", "region", "postal_code", "country",
    "preferred_channel", "notes",
)  # fmt: skip
_FLAGS: Final = ("sms_opt_out", "email_opt_out", "active")
PHONES: Final = 4
EMAILS: Final = 3


@get("/clients/new", permission="clients.edit", sync_to_thread=True)
def new_client(request: StaffRequest) -> Html:
    """An empty form, with the account number that the client will get."""
    with reading(request) as desk:
        return _form(desk, None, {"country": desk.site.country, "active": True})


@post("/clients", permission="clients.edit", sync_to_thread=True)
def add_client(request: StaffRequest, data: FormData) -> Html:
    """Add a client."""

    def work(desk: Desk) -> Html:
        client = service.create(desk.work, draft_of(data))
        told = f"{client.name} is client {client.account_number}."
        return desk.redirect(f"clients/{client.id}", ok=told)

    def again(desk: Desk, error: FetlockError) -> Html:
        return _form(desk, None, typed_values(data), error)

    return writing(request, work, again)


@get("/clients/{client_id:int}/edit", permission="clients.edit", sync_to_thread=True)
def edit_client(request: StaffRequest, client_id: FromPath[int]) -> Html:
    """The record as a form."""
    with reading(request) as desk:
        client = service.get(desk.session, client_id)
        draft = service.draft_of(client)
        values: dict[str, Any] = {name: getattr(draft, name) for name in (*_TEXTS, *_FLAGS)}
        values |= {"phones": draft.phones, "emails": draft.emails, "revision": client.revision}
        return _form(desk, client_id, values)


@post("/clients/{client_id:int}", permission="clients.edit", sync_to_thread=True)
def change_client(request: StaffRequest, client_id: FromPath[int], data: FormData) -> Html:
    """Save what was changed."""

    def work(desk: Desk) -> Html:
        seen = data.integer("revision", "Revision")
        client = service.update(desk.work, client_id, draft_of(data), seen_revision=seen)
        return desk.redirect(f"clients/{client_id}", ok=f"{client.name}: saved.")

    def again(desk: Desk, error: FetlockError) -> Html:
        revision = error.revision if isinstance(error, StaleEdit) else data.text("revision")
        return _form(desk, client_id, {**typed_values(data), "revision": revision}, error)

    return writing(request, work, again)


def draft_of(data: Form) -> ClientDraft:
    """The client as typed."""
    values = typed_values(data)
    del values["new"]
    return ClientDraft(**values)


def typed_values(data: Form) -> dict[str, Any]:
    """What was typed, phones and e-mails without empty ones, so that faults keep their places."""
    numbers = zip(data.all("phone_kind"), data.all("phone"), strict=False)
    values: dict[str, Any] = {name: data.text(name) for name in _TEXTS}
    values |= {name: data.flag(name) for name in _FLAGS}
    values["phones"] = tuple(TypedPhone(kind, text.strip()) for kind, text in numbers if text.strip())
    values["emails"] = tuple(text.strip() for text in data.all("email") if text.strip())
    values["new"] = not data.text("revision")
    if values["new"]:
        values["active"] = True
    return values


def _form(
    desk: Desk, client_id: int | None, values: Mapping[str, Any], error: FetlockError | None = None
) -> Html:
    client = service.get(desk.session, client_id) if client_id is not None else None
    typed_phones = list(values.get("phones", ()))
    typed_emails = list(values.get("emails", ()))
    blank = TypedPhone("mobile", "")
    return desk.page(
        "clients/form.html",
        status=200 if error is None else status_of(error),
        client=client,
        values=values,
        phones=typed_phones + [blank] * (max(2, min(len(typed_phones) + 1, PHONES)) - len(typed_phones)),
        emails=typed_emails + [""] * (max(1, min(len(typed_emails) + 1, EMAILS)) - len(typed_emails)),
        offered=numbering.next_number(desk.session) if client is None else "",
        kinds=list(phones.KINDS.items()),
        channels=[(key, words[:1].upper() + words[1:]) for key, words in CHANNELS.items()],
        stale=error.differences if isinstance(error, StaleEdit) else (),
        errors=None if isinstance(error, StaleEdit) else error,
    )


HANDLERS = [new_client, add_client, edit_client, change_client]
