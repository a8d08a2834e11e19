"""Clients for programs (H-10)."""

from datetime import datetime
from typing import Annotated, Final

from litestar import get, post, put
from litestar.params import QueryParameter
from pydantic import BaseModel, Field, TypeAdapter

from fetlock.domain.clients import listing, numbering, service
from fetlock.domain.clients.draft import ClientDraft
from fetlock.domain.clients.listing import Filter
from fetlock.domain.clients.models import Client
from fetlock.domain.clients.phones import TypedPhone
from fetlock_hostapp.plugin import (
    Cursor,
    CursorList,
    Desk,
    FromPath,
    FromQuery,
    JSONBody,
    Limit,
    Revision,
    StaffRequest,
    position,
    reading,
    require_seen,
    writing,
)
from fetlock_hostapp.web.kernel.paging import KeyText, WholeKey

TAG = "Clients"
PLACE: Final = TypeAdapter(tuple[WholeKey | None, KeyText])


class PhoneValues(BaseModel):
    """A phone. `number` in any form; `e164` is how it is kept, where it is a complete number."""

    kind: str = Field(default="mobile", description="mobile, home, work or other")
    number: str


class PhoneAnswer(PhoneValues):
    """A phone as it is kept."""

    e164: str | None


class ClientValues(BaseModel):
    """What may be set of a client. Without an account number a new client gets the next one."""

    account_number: str = ""
    first_name: str = ""
    last_name: str = ""
    emails: list[str] = []
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = Field(default="", description="Two letters of ISO 3166")
    preferred_channel: str = Field(default="", description="phone, sms, email, letter, or empty")
    sms_opt_out: bool = False
    email_opt_out: bool = False
    notes: str = ""
    active: bool = True


class ClientInput(ClientValues):
    """A client to add."""

    phones: list[PhoneValues] = []


class ClientChange(ClientInput):
    """A client as it shall be. `revision`: the one that was read, where If-Match does not say so."""

    revision: Revision | None = None


class ClientAnswer(ClientValues):
    """A client."""

    id: int
    name: str
    phones: list[PhoneAnswer]
    revision: int
    created_at: datetime


class ClientList(CursorList[ClientAnswer]):
    """Clients by account number; `total` is of all pages."""

    total: int


class NextNumber(BaseModel):
    """The account number that the next client would get."""

    account_number: str


@get("/clients", permission="clients.view", sync_to_thread=True, tags=[TAG])
def list_clients(
    request: StaffRequest,
    account_number: Annotated[str, QueryParameter(max_length=60)] = "",
    active: FromQuery[bool | None] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> ClientList:
    """Clients by account number; `account_number` finds exactly that one. To find by name: search."""
    wanted = Filter(account_number=account_number, active=active)
    after = position(cursor, PLACE)
    with reading(request) as desk:
        rows = listing.after(desk.session, wanted, after, limit + 1)
        total = listing.count(desk.session, wanted)
        return ClientList.of(request, rows, limit, _answer, listing.position_of, total=total)


@get("/clients/next-account-number", permission="clients.edit", sync_to_thread=True, tags=[TAG])
def next_account_number(request: StaffRequest) -> NextNumber:
    """The account number that the next client would get."""
    with reading(request) as desk:
        return NextNumber(account_number=numbering.next_number(desk.session))


@get("/clients/{client_id:int}", permission="clients.view", sync_to_thread=True, tags=[TAG])
def one_client(request: StaffRequest, client_id: FromPath[int]) -> ClientAnswer:
    """One client."""
    with reading(request) as desk:
        return _answer(service.get(desk.session, client_id))


@post("/clients", permission="clients.edit", sync_to_thread=True, tags=[TAG])
def add_client_api(request: StaffRequest, data: JSONBody[ClientInput]) -> ClientAnswer:
    """Add a client."""
    return writing(request, lambda desk: _answer(service.create(desk.work, _draft(data))))


@put(
    "/clients/{client_id:int}",
    permission="clients.edit",
    sync_to_thread=True,
    conditional="required",
    tags=[TAG],
)
def change_client_api(
    request: StaffRequest, client_id: FromPath[int], data: JSONBody[ClientChange]
) -> ClientAnswer:
    """Set everything that may be set of a client; what is left out takes its default."""

    def work(desk: Desk) -> ClientAnswer:
        client = service.get(desk.session, client_id)
        require_seen(request, lambda: _answer(client), seen=data.revision)
        seen = client.revision if data.revision is None else data.revision
        return _answer(service.update(desk.work, client_id, _draft(data), seen_revision=seen))

    return writing(request, work)


def _draft(data: ClientInput) -> ClientDraft:
    values = data.model_dump(exclude={"phones", "emails", "revision"})
    phones = tuple(TypedPhone(phone.kind, phone.number) for phone in data.phones)
    return ClientDraft(**values, phones=phones, emails=tuple(data.emails))


def _answer(client: Client) -> ClientAnswer:
    values = {name: getattr(client, name) for name in ClientValues.model_fields if name != "emails"}
    return ClientAnswer(
        **values,
        id=client.id,
        name=client.name,
        emails=[email.address for email in client.emails],
        phones=[
            PhoneAnswer(
                kind=phone.kind,
                number=phone.entered,
                e164=phone.digits if phone.digits.startswith("+") else None,
            )
            for phone in client.phones
        ],
        revision=client.revision,
        created_at=client.created_at,
    )


HANDLERS = [list_clients, next_account_number, one_client, add_client_api, change_client_api]
