"""Change of owner: find the new one, see what it means, do it (H-11)."""

from litestar import get, post
from sqlalchemy import func, select

from fetlock.domain.clients import service as clients
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState
from fetlock.domain.patients import codes, owners, service
from fetlock.domain.search.finding import FoundClient, find
from fetlock.errors import FetlockError, NotFound
from fetlock_hostapp.plugin import (
    Desk,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.patients.strip import load_strip


@get("/patients/{patient_id:int}/owner", permission="patients.change_owner", sync_to_thread=True)
def owner_page(
    request: StaffRequest, patient_id: FromPath[int], q: FromQuery[str] = "", client: FromQuery[int] = 0
) -> Html:
    """Search for the new owner (`q`); with `client`, what the change means and the button that does it."""
    with reading(request) as desk:
        return _page(desk, patient_id, q, client)


@post("/patients/{patient_id:int}/owner", permission="patients.change_owner", sync_to_thread=True)
def change_owner(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Give the patient to the chosen client."""
    chosen = data.optional_integer("client", "Client") or 0

    def work(desk: Desk) -> Html:
        before = service.get(desk.session, patient_id).code
        seen = data.integer("revision", "Revision")
        patient = owners.change_owner(desk.work, patient_id, chosen, seen_revision=seen)
        told = f"{patient.display_name} is {patient.code} now; {before} still leads here."
        return desk.redirect(f"patients/{patient_id}", ok=told)

    def again(desk: Desk, error: FetlockError) -> Html:
        return _page(desk, patient_id, data.text("q"), chosen, error)

    return writing(request, work, again)


def _page(desk: Desk, patient_id: int, q: str, client_id: int, error: FetlockError | None = None) -> Html:
    strip = load_strip(desk, patient_id)
    found: tuple[FoundClient, ...] = ()
    if q.strip():
        results = find(
            desk.session,
            q,
            site_id=desk.site.id,
            region=desk.site.country,
            limit=20,
            with_invoices=False,
        )
        found = tuple(each for each in results.clients if each.id != strip.client_id)
    client = None
    if client_id:
        try:
            client = clients.get(desk.session, client_id)
        except NotFound as missing:
            error = error or missing
    return desk.page(
        "patients/owner.html",
        status=200 if error is None else status_of(error),
        strip=strip,
        q=q,
        found=found,
        client=client,
        new_code=codes.next_code(desk.session, client.id, client.account_number) if client else "",
        open_lines=_open_lines(desk, patient_id),
        errors=error,
    )


def _open_lines(desk: Desk, patient_id: int) -> int:
    """Lines of this patient on open invoices here: they stay with the present owner."""
    return (
        desk.session.scalar(
            select(func.count())
            .select_from(InvoiceLine)
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .where(
                InvoiceLine.patient_id == patient_id,
                InvoiceLine.removed_at.is_(None),
                Invoice.site_id == desk.site.id,
                Invoice.state.in_([InvoiceState.OPEN.value, InvoiceState.REOPENED.value]),
            )
        )
        or 0
    )


HANDLERS = [owner_page, change_owner]
