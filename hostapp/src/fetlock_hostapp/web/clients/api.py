"""Clients for programs (H-10)."""

from datetime import datetime
from typing import Annotated

from litestar import get, post, put
from litestar.params import QueryParameter
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from fetlock.domain.clients import numbering, service
from fetlock.domain.clients.draft import ClientDraft
from fetlock.domain.clients.models import Client
from fetlock.domain.clients.phones import TypedPhone
from fetlock_hostapp.plugin import FromPath, FromQuery, JSONBody, StaffRequest, reading, writing

TAG = "Clients"
PAGE = 100
Page = Annotated[int, QueryParameter(ge=1, le=1_000_000)]


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
    """A client as it shall be. `revision` is the one that was read: a later one is a conflict (409)."""

    revision: int


class ClientAnswer(ClientValues):
    """A client."""

    id: int
    name: str
    phones: list[PhoneAnswer]
    revision: int
    created_at: datetime


class ClientList(BaseModel):
    """A page of clients by account number."""

    items: list[ClientAnswer]
    total: int
    page: int
    pages: int


class NextNumber(BaseModel):
    """The account number that the next client would get."""

    account_number: str


@get("/clients", permission="clients.view", sync_to_thread=True, tags=[TAG])
def list_clients(request: StaffRequest, account_number: FromQuery[str] = "", page: Page = 1) -> ClientList:
    """Clients by account number; `account_number` finds exactly that one. To find by name: search."""
    with reading(request) as desk:
        wanted = [Client.account_number == account_number] if account_number else []
        total = desk.session.scalar(select(func.count()).select_from(Client).where(*wanted)) or 0
        rows = desk.session.scalars(
            select(Client)
            .where(*wanted)
            .order_by(Client.account_value.is_(None), Client.account_value, Client.account_number)
            .offset((page - 1) * PAGE)
            .limit(PAGE)
        )
        pages = max(-(-total // PAGE), 1)
        return ClientList(items=[_answer(row) for row in rows], total=total, page=page, pages=pages)


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


@put("/clients/{client_id:int}", permission="clients.edit", sync_to_thread=True, tags=[TAG])
def change_client_api(
    request: StaffRequest, client_id: FromPath[int], data: JSONBody[ClientChange]
) -> ClientAnswer:
    """Set everything that may be set of a client; what is left out takes its default."""
    return writing(
        request,
        lambda desk: _answer(service.update(desk.work, client_id, _draft(data), seen_revision=data.revision)),
    )


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
