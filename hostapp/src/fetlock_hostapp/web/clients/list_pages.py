"""The list of clients: by account number or name, with what hangs on them."""

from typing import Any, Final
from urllib.parse import urlencode

from litestar import get
from sqlalchemy import func, select

from fetlock.domain.clients import phones
from fetlock.domain.clients.models import Client, ClientPhone
from fetlock.domain.patients.models import Patient
from fetlock_hostapp.plugin import Desk, FromQuery, Html, StaffRequest, reading

PAGE: Final = 50
_ORDERS: Final = {
    "name": (Client.last_name, Client.first_name, Client.id),
    "account": (Client.account_value.is_(None), Client.account_value, Client.account_number),
    "new": (Client.id.desc(),),
}


@get("/clients", permission="clients.view", sync_to_thread=True)
def client_list(
    request: StaffRequest,
    sort: FromQuery[str] = "name",
    show: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Html:
    """A page of clients. `show`: empty for active ones, `all` for every one."""
    number = min(max(page, 1), 100_000)
    order = sort if sort in _ORDERS else "name"
    with reading(request) as desk:
        conditions: list[Any] = [] if show == "all" else [Client.active]
        total = desk.session.scalar(select(func.count()).select_from(Client).where(*conditions)) or 0
        phone = (
            select(ClientPhone.digits)
            .where(ClientPhone.client_id == Client.id)
            .order_by(ClientPhone.position)
            .limit(1)
            .scalar_subquery()
        )
        owned = select(func.count()).where(Patient.client_id == Client.id).scalar_subquery()
        rows = desk.session.execute(
            select(Client.__table__, phone.label("phone"), owned.label("patients"))
            .where(*conditions)
            .order_by(*_ORDERS[order])
            .offset((number - 1) * PAGE)
            .limit(PAGE)
        ).all()
        return desk.page(
            "clients/list.html",
            rows=[
                {
                    "row": row,
                    "name": ", ".join(filter(None, (row.last_name, row.first_name))) or "(no name)",
                    "phone": phones.shown(row.phone, row.phone, desk.site.country) if row.phone else "",
                }
                for row in rows
            ],
            show=show,
            total=total,
            number=number,
            pages=max(-(-total // PAGE), 1),
            pager_href=_address(desk, sort=order, show=show, page=""),
            sort=order,
            sort_hrefs={key: _address(desk, sort=key, show=show) for key in _ORDERS},
            show_href=_address(desk, sort=order, show="" if show == "all" else "all"),
        )


def _address(desk: Desk, **query: str) -> str:
    given = {
        name: value
        for name, value in query.items()
        if (value or name == "page") and (name, value) != ("sort", "name")
    }
    return desk.url("clients") + (f"?{urlencode(given)}" if given else "")


HANDLERS = [client_list]
