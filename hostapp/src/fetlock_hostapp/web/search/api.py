"""The search for programs (H-12)."""

from datetime import date
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from pydantic import BaseModel

from fetlock.domain.search.finding import find
from fetlock_hostapp.plugin import StaffRequest, reading


class PatientFound(BaseModel):
    """A patient. `former_code`: the id it had once, where that is what was searched for."""

    id: int
    code: str
    name: str
    species: str
    breed: str
    microchip: str
    deceased_on: date | None
    active: bool
    client_id: int
    client_name: str
    client_code: str
    former_code: str


class ClientFound(BaseModel):
    """A client; `phone` is the first one, as it is kept."""

    id: int
    code: str
    name: str
    city: str
    phone: str
    active: bool
    patients: int


class InvoiceFound(BaseModel):
    """An invoice of this site."""

    id: int
    title: str
    state: str
    client_name: str


class SearchAnswer(BaseModel):
    """What was found, each kind best first."""

    patients: list[PatientFound]
    clients: list[ClientFound]
    invoices: list[InvoiceFound]


@get("/search", permission="patients.view", sync_to_thread=True, tags=["Search"])
def search(
    request: StaffRequest,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> SearchAnswer:
    """Clients, patients and invoices by name, id, phone in any form, e-mail, microchip or number."""
    with reading(request) as desk:
        found = find(
            desk.session,
            q,
            site_id=desk.site.id,
            region=desk.site.country,
            limit=limit,
            with_invoices=desk.may("invoices.view"),
            thorough=True,
        )
        return SearchAnswer(
            patients=[PatientFound.model_validate(each, from_attributes=True) for each in found.patients],
            clients=[
                ClientFound.model_validate(each, from_attributes=True)
                for each in (found.clients if desk.may("clients.view") else ())
            ],
            invoices=[InvoiceFound.model_validate(each, from_attributes=True) for each in found.invoices],
        )


HANDLERS = [search]
