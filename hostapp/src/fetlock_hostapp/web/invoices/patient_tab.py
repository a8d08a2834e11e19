"""The Invoices tab of the patient's page: every invoice of this site on which the patient has a line."""

from litestar import get

from fetlock.domain.invoices import listing
from fetlock.domain.invoices.listing import Filter
from fetlock_hostapp.plugin import FromPath, FromQuery, Html, StaffRequest, reading
from fetlock_hostapp.web.invoices import words
from fetlock_hostapp.web.patients.strip import load_strip


@get("/patients/{patient_id:int}/invoices", permission="invoices.view", sync_to_thread=True)
def patient_invoices(request: StaffRequest, patient_id: FromPath[int], page: FromQuery[int] = 1) -> Html:
    """The patient's invoices, the newest first."""
    number = min(max(page, 1), 1_000_000)
    with reading(request) as desk:
        strip = load_strip(desk, patient_id, "invoices")
        wanted = Filter(patient_id=strip.id)
        rows, sums = listing.page(desk.session, desk.site.id, desk.site.time_zone, wanted, number)
        return desk.page(
            "invoices/patient_tab.html",
            strip=strip,
            rows=rows,
            sums=sums,
            words=words,
            number=number,
            pages=max(-(-sums.count // listing.PAGE), 1),
            pager_href=f"{strip.href}/invoices?page=",
        )


HANDLERS = [patient_invoices]
