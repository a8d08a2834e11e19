"""A client's page: ways to reach them, patients, invoices, messages (H-10)."""

from typing import Any, Final

from litestar import get
from sqlalchemy import func, select

from fetlock import clock
from fetlock.domain.accounts import views as accounts
from fetlock.domain.clients import phones, service
from fetlock.domain.clients.models import Client
from fetlock.domain.clients.reach import CHANNELS
from fetlock.domain.invoices.models import Invoice
from fetlock.domain.messages.models import Message, MessageState
from fetlock.domain.patients import ages, sexes
from fetlock.domain.patients.models import Patient
from fetlock_hostapp.plugin import Desk, FromPath, Html, StaffRequest, reading
from fetlock_hostapp.web.patients.record_pages import MESSAGE_STATES

SHOWN: Final = 10
_STATES: Final = {
    "open": ("work", "Open"),
    "reopened": ("work", "Reopened"),
    "closed": ("ok", "Closed"),
    "void": ("off", "Void"),
}


@get("/clients/{client_id:int}", permission="clients.view", sync_to_thread=True)
def client_page(request: StaffRequest, client_id: FromPath[int]) -> Html:
    """The client with everything that hangs on them at this site."""
    with reading(request) as desk:
        client = service.get(desk.session, client_id)
        return desk.page(
            "clients/client.html",
            client=client,
            phones=[
                (phones.shown(each.digits, each.entered, desk.site.country), each.digits, each.kind)
                for each in client.phones
            ],
            channel=CHANNELS.get(client.preferred_channel, ""),
            address=_address(client),
            patients=_patients(desk, client.id) if desk.may("patients.view") else None,
            invoices=_invoices(desk, client.id) if desk.may("invoices.view") else None,
            messages=_messages(desk, client.id) if desk.may("messages.view") else None,
            owed=_owed(desk, client.id) if desk.may("invoices.view") else None,
            on_account=_on_account(desk, client.id) if desk.may("accounts.view") else None,
            shown=SHOWN,
        )


def _address(client: Client) -> list[str]:
    place = " ".join(part for part in (client.city, client.region, client.postal_code) if part)
    return [part for part in (client.street, place, client.country) if part]


def _patients(desk: Desk, client_id: int) -> list[dict[str, Any]]:
    today = clock.today(desk.site.time_zone)
    rows = desk.session.scalars(
        select(Patient)
        .where(Patient.client_id == client_id)
        .order_by(
            Patient.deceased_on.is_not(None), Patient.active.desc(), func.length(Patient.code), Patient.code
        )
    )
    return [
        {
            "patient": row,
            "age": ages.age_words(row.birth_date, row.deceased_on or today) if row.birth_date else "",
            "sex": sexes.words(row.sex) if row.sex != sexes.UNKNOWN else "",
        }
        for row in rows
    ]


def _invoices(desk: Desk, client_id: int) -> list[tuple[Invoice, tuple[str, str]]]:
    rows = desk.session.scalars(
        select(Invoice)
        .where(Invoice.client_id == client_id, Invoice.site_id == desk.site.id)
        .order_by(Invoice.id.desc())
        .limit(SHOWN)
    )
    return [(row, _STATES.get(row.state, ("open", row.state))) for row in rows]


def _messages(desk: Desk, client_id: int) -> list[tuple[Message, tuple[str, str]]]:
    rows = desk.session.scalars(
        select(Message)
        .where(Message.client_id == client_id, Message.site_id == desk.site.id)
        .order_by(Message.id.desc())
        .limit(SHOWN)
    )
    return [(row, MESSAGE_STATES[MessageState(row.state)]) for row in rows]


def _on_account(desk: Desk, client_id: int) -> Any:
    """What the client owes on account, below zero their credit, in the site's currency."""
    return accounts.balance_of(desk.session, client_id, desk.site.currency)


def _owed(desk: Desk, client_id: int) -> Any:
    """What is still to be paid on invoices of this site that are not closed."""
    return desk.session.scalar(
        select(func.coalesce(func.sum(Invoice.gross - Invoice.paid), 0, type_=Invoice.gross.type)).where(
            Invoice.client_id == client_id,
            Invoice.site_id == desk.site.id,
            Invoice.state.in_(["open", "reopened"]),
        )
    )


HANDLERS = [client_page]
