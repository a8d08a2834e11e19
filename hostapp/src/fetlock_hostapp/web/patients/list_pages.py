"""The list of patients: those last seen here first, searched by name, filtered by species."""

from typing import Any, Final
from urllib.parse import urlencode

from litestar import get
from sqlalchemy import func, select

from fetlock import clock
from fetlock.domain.clients.models import Client
from fetlock.domain.patients import ages, sexes
from fetlock.domain.patients.models import Patient
from fetlock_hostapp.plugin import Desk, FromQuery, Html, StaffRequest, reading

PAGE: Final = 50
_ORDERS: Final = {
    "name": (Patient.name, Patient.id),
    "code": (Client.account_value, Patient.code),
    "owner": (Client.last_name, Client.first_name, Patient.name),
    "new": (Patient.id.desc(),),
}


@get("/patients", permission="patients.view", sync_to_thread=True)
def patient_list(
    request: StaffRequest,
    species: FromQuery[str] = "",
    sort: FromQuery[str] = "name",
    show: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Html:
    """A page of patients. `show`: empty for living and active ones, `all` for every one."""
    number = min(max(page, 1), 100_000)
    order = sort if sort in _ORDERS else "name"
    with reading(request) as desk:
        conditions: list[Any] = []
        if show != "all":
            conditions += [Patient.active, Patient.deceased_on.is_(None)]
        by_species = desk.session.execute(
            select(Patient.species, func.count())
            .where(*conditions)
            .group_by(Patient.species)
            .order_by(func.count().desc(), Patient.species)
        ).all()
        if species:
            conditions.append(Patient.species == species)
        total = sum(count for name, count in by_species if not species or name == species)
        rows = desk.session.execute(
            select(
                Patient.__table__,
                Client.first_name,
                Client.last_name,
                Client.account_number,
            )
            .join(Client, Client.id == Patient.client_id)
            .where(*conditions)
            .order_by(*_ORDERS[order])
            .offset((number - 1) * PAGE)
            .limit(PAGE)
        ).all()
        today = clock.today(desk.site.time_zone)
        return desk.page(
            "patients/list.html",
            rows=[
                {
                    "row": row,
                    "owner": " ".join(filter(None, (row.first_name, row.last_name))) or "(no name)",
                    "age": ages.age_words(row.birth_date, row.deceased_on or today) if row.birth_date else "",
                    "sex": sexes.words(row.sex) if row.sex != sexes.UNKNOWN else "",
                }
                for row in rows
            ],
            chips=_chips(desk, by_species, species, show, order),
            show=show,
            total=total,
            number=number,
            pages=max(-(-total // PAGE), 1),
            pager_href=_address(desk, species=species, sort=order, show=show, page=""),
            sort=order,
            sort_hrefs={key: _address(desk, species=species, sort=key, show=show) for key in _ORDERS},
            show_href=_address(desk, species=species, sort=order, show="" if show == "all" else "all"),
        )


def _chips(desk: Desk, by_species: Any, chosen: str, show: str, sort: str) -> list[dict[str, Any]]:
    everyone = sum(count for _, count in by_species)
    chips = [
        {
            "label": "All",
            "href": _address(desk, sort=sort, show=show),
            "count": everyone,
            "current": not chosen,
        }
    ]
    return chips + [
        {
            "label": name,
            "href": _address(desk, species=name, sort=sort, show=show),
            "count": count,
            "current": name == chosen,
        }
        for name, count in by_species[:8]
        if name
    ]


def _address(desk: Desk, **query: str) -> str:
    given = {
        name: value
        for name, value in query.items()
        if (value or name == "page") and (name, value) != ("sort", "name")
    }
    return desk.url("patients") + (f"?{urlencode(given)}" if given else "")


HANDLERS = [patient_list]
