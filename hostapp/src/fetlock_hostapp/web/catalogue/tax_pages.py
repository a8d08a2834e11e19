"""Tax rates: the list, adding, changing, removing those that nothing bears (H-20)."""

from litestar import get, post

from fetlock.domain.catalogue import tax_rates
from fetlock.errors import FetlockError
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


@get("/products/tax-rates", permission="catalogue.view", sync_to_thread=True)
def tax_page(request: StaffRequest) -> Html:
    """All rates with how many products bear each."""
    with reading(request) as desk:
        return _page(desk)


@post("/products/tax-rates", permission="catalogue.edit", sync_to_thread=True)
def add_rate(request: StaffRequest, data: FormData) -> Html:
    """Add a rate."""
    return _save(request, None, data)


@post("/products/tax-rates/{rate_id:int}", permission="catalogue.edit", sync_to_thread=True)
def change_rate(request: StaffRequest, rate_id: FromPath[int], data: FormData) -> Html:
    """Change a rate; open invoices take it when they are priced next."""
    return _save(request, rate_id, data)


@post("/products/tax-rates/{rate_id:int}/remove", permission="catalogue.edit", sync_to_thread=True)
def remove_rate(request: StaffRequest, rate_id: FromPath[int]) -> Html:
    """Remove a rate that no product bears."""

    def work(desk: Desk) -> Html:
        tax_rates.remove(desk.work, rate_id)
        return desk.redirect("products/tax-rates", ok="Tax rate removed.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _page(desk, error=error)

    return writing(request, work, again)


def _save(request: StaffRequest, rate_id: int | None, data: Form) -> Html:
    def work(desk: Desk) -> Html:
        percent = data.decimal("percent", "Percentage")
        rate = tax_rates.save(desk.work, rate_id, name=data.text("name"), percent=percent)
        return desk.redirect("products/tax-rates", ok=f"{rate.name}: saved.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _page(desk, rate_id, data, error)

    return writing(request, work, again)


def _page(
    desk: Desk, rate_id: int | None = None, typed: Form | None = None, error: FetlockError | None = None
) -> Html:
    return desk.page(
        "catalogue/tax_rates.html",
        status=200 if error is None else status_of(error),
        rates=tax_rates.listed(desk.session),
        uses=tax_rates.uses(desk.session),
        rate_id=rate_id,
        typed=typed,
        may_edit=desk.may("catalogue.edit"),
        errors=error,
    )


HANDLERS = [tax_page, add_rate, change_rate, remove_rate]
