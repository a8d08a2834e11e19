"""Clients: found, created and changed; nobody's change is overwritten unseen (H-10, H-36)."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.audit import service as audit
from fetlock.domain.clients import numbering
from fetlock.domain.clients.draft import CheckedDraft, ClientDraft, check
from fetlock.domain.clients.models import Client, ClientEmail, ClientPhone
from fetlock.domain.clients.phones import TypedPhone
from fetlock.errors import Conflict, Invalid, NotFound, StaleEdit
from fetlock.work import Work

_LABELS: Final = {
    "account_number": "account number",
    "first_name": "first name",
    "last_name": "last name",
    "phones": "phones",
    "emails": "e-mails",
    "street": "street",
    "city": "city",
    "region": "state",
    "postal_code": "postal code",
    "country": "country",
    "preferred_channel": "preferred channel",
    "sms_opt_out": "no text messages",
    "email_opt_out": "no e-mails",
    "notes": "notes",
    "active": "active",
}
_PLAIN: Final = tuple(name for name in _LABELS if name not in ("phones", "emails"))
_OFFERS: Final = 5


def get(session: Session, client_id: int) -> Client:
    """A client. Raises `NotFound`."""
    client = session.get(Client, client_id)
    if client is None:
        raise NotFound("There is no such client.")
    return client


def by_account_number(session: Session, account_number: str) -> Client | None:
    """The client with exactly this account number."""
    return session.scalar(select(Client).where(Client.account_number == account_number.strip()))


def draft_of(client: Client) -> ClientDraft:
    """The record as it stands, as a draft: what a form begins with."""
    return ClientDraft(
        **{name: getattr(client, name) for name in _PLAIN},
        phones=tuple(TypedPhone(phone.kind, phone.entered) for phone in client.phones),
        emails=tuple(email.address for email in client.emails),
    )


def create(work: Work, draft: ClientDraft) -> Client:
    """Create a client. Without an account number it gets the next one. Raises `Invalid` by field."""
    work.require("clients.edit")
    checked = check(draft, work.site.country)
    if not checked.draft.first_name and not checked.draft.last_name:
        checked.faults.setdefault("last_name", "Enter a first or a last name.")
    given = checked.draft.account_number
    if given and by_account_number(work.session, given) is not None:
        checked.faults = {"account_number": _taken(given)} | checked.faults
    if checked.faults:
        raise Invalid(checked.faults)
    for _ in range(_OFFERS):
        account_number = given or numbering.next_number(work.session)
        client = Client(account_number=account_number, created_at=clock.now())
        _fill(client, checked)
        client.account_number = account_number
        try:
            with work.session.begin_nested():
                work.session.add(client)
        except IntegrityError:  # somebody took the number at this very moment
            if given:
                raise Invalid({"account_number": _taken(given)}) from None
            continue
        _record(work, "client.create", client)
        return client
    raise Conflict("Others are adding clients at this very moment. Please save again.")


def update(work: Work, client_id: int, draft: ClientDraft, *, seen_revision: int) -> Client:
    """Change a client. Raises `StaleEdit` when somebody saved it since, `Invalid` by field."""
    work.require("clients.edit")
    client = work.session.scalar(
        select(Client)
        .where(Client.id == client_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if client is None:
        raise NotFound("There is no such client.")
    checked = check(draft, work.site.country, client)
    changes = _changes(client, checked.draft)
    if client.revision != seen_revision and changes:
        raise StaleEdit("this client", client.revision, changes)
    if not checked.draft.account_number:
        checked.faults["account_number"] = "Enter an account number."
    else:
        other = by_account_number(work.session, checked.draft.account_number)
        if other is not None and other.id != client.id:
            checked.faults = {"account_number": _taken(checked.draft.account_number)} | checked.faults
    if client.first_name + client.last_name and not checked.draft.first_name + checked.draft.last_name:
        checked.faults["last_name"] = "Enter a first or a last name."
    if checked.faults:
        raise Invalid(checked.faults)
    if not changes:
        return client
    try:
        with work.session.begin_nested():
            _fill(client, checked)
            client.revision += 1
    except IntegrityError:
        raise Invalid({"account_number": _taken(checked.draft.account_number)}) from None
    _record(work, "client.update", client, {"fields": [label for label, _, _ in changes]})
    return client


def _fill(client: Client, checked: CheckedDraft) -> None:
    draft = checked.draft
    for name in _PLAIN:
        setattr(client, name, getattr(draft, name))
    wanted = [(phone.kind, phone.entered) for phone in draft.phones]
    if [(phone.kind, phone.entered) for phone in client.phones] != wanted:
        client.phones = [
            ClientPhone(position=position, kind=phone.kind, entered=phone.entered, digits=digits)
            for position, (phone, digits) in enumerate(zip(draft.phones, checked.stored_phones, strict=True))
        ]
    if [email.address for email in client.emails] != list(draft.emails):
        client.emails = [
            ClientEmail(position=position, address=address) for position, address in enumerate(draft.emails)
        ]


def _changes(client: Client, draft: ClientDraft) -> list[tuple[str, str, str]]:
    saved = draft_of(client)
    return [
        (label, _words(getattr(saved, name)), _words(getattr(draft, name)))
        for name, label in _LABELS.items()
        if getattr(saved, name) != getattr(draft, name)
    ]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        shown = [f"{v.entered} ({v.kind})" if isinstance(v, TypedPhone) else v for v in value]
        return ", ".join(shown) or "none"
    return str(value) or "empty"


def _taken(account_number: str) -> str:
    return f"Account number {account_number} belongs to another client already."


def _record(work: Work, action: str, client: Client, detail: Mapping[str, Any] | None = None) -> None:
    audit.record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"client:{client.id}",
        detail=detail,
    )
