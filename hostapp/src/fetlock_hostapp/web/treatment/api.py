"""Treatment for programs: the items of a patient, each with its line on the open invoice (H-27)."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Self

from litestar import delete, get, patch, post
from pydantic import BaseModel, Field, TypeAdapter

from fetlock.domain.invoices import picking
from fetlock.domain.invoices.lines import KEEP
from fetlock.domain.patients import service as patients
from fetlock.domain.treatment import service as treatment
from fetlock.domain.treatment import views
from fetlock.domain.treatment.service import Ordered
from fetlock.domain.treatment.views import ItemView
from fetlock.errors import Invalid
from fetlock_hostapp.plugin import (
    Amount,
    Answer,
    Cursor,
    CursorList,
    Desk,
    FromPath,
    Id,
    JSONBody,
    Limit,
    Number,
    Revision,
    StaffRequest,
    Units,
    position,
    reading,
    require_seen,
    saving,
    writing,
)
from fetlock_hostapp.web.kernel.paging import WholeKey

TAG = "Treatment"
PLACE: Final = TypeAdapter(tuple[date, WholeKey])


class ItemAnswer(Answer):
    """An item. `state`: open, locked (its invoice is closed) or not_charged; amounts are its line's."""

    id: int
    patient_id: int
    site_id: int
    product_id: int
    product_code: str
    product_name: str
    quantity: Units
    unit: str
    service_date: date
    provider_id: int | None
    billable: bool
    note: str
    state: str
    created_at: datetime
    line_id: int | None
    invoice_id: int | None
    invoice_revision: int | None
    list_amount: Amount | None
    savings: Amount | None
    discount: Amount | None
    net: Amount | None
    gross: Amount | None
    covered_quantity: Units | None

    @classmethod
    def of(cls, view: ItemView) -> Self:
        """The answer for one item."""
        return cls.model_validate(view)


class ItemList(CursorList[ItemAnswer]):
    """Items of a patient, the newest day first."""


class OrderedAnswer(BaseModel):
    """What came of a change, and what must be told."""

    item: ItemAnswer
    told: list[str]


class ItemWanted(BaseModel):
    """An item to order; the product by its id or by its code."""

    product_id: Id | None = None
    product_code: str | None = Field(default=None, max_length=40)
    quantity: Number = Decimal(1)
    provider_id: Id | None = None
    service_date: date | None = None
    billable: bool = True
    note: str = Field(default="", max_length=500)
    preferred_entitlement_id: Id | None = None


class ItemChange(BaseModel):
    """What is to change; what is left out stays, a provider of null empties it."""

    quantity: Number | None = None
    provider_id: Id | None = None
    service_date: date | None = None
    billable: bool | None = None
    note: str | None = Field(default=None, max_length=500)
    seen_revision: Revision | None = Field(default=None, description="The invoice's, as the caller saw it")


@get("/patients/{patient_id:int}/treatment", permission="treatment.view", sync_to_thread=True, tags=[TAG])
def list_items(
    request: StaffRequest, patient_id: FromPath[int], limit: Limit = 50, cursor: Cursor = ""
) -> ItemList:
    """What is ordered or done for a patient at any site, the newest day first."""
    after = position(cursor, PLACE)
    with reading(request) as desk:
        patients.get(desk.session, patient_id)
        rows = views.after(desk.session, patient_id, after, limit + 1)
        return ItemList.of(request, rows, limit, ItemAnswer.of, lambda row: (row.service_date, row.id))


@post("/patients/{patient_id:int}/treatment", permission="treatment.edit", sync_to_thread=True, tags=[TAG])
def order(request: StaffRequest, patient_id: FromPath[int], data: JSONBody[ItemWanted]) -> OrderedAnswer:
    """Order an item; a billable one has its line on the client's open invoice at once."""

    def command(desk: Desk) -> Ordered:
        return treatment.order(
            desk.work,
            patient_id=patient_id,
            product_id=_product(desk, data),
            quantity=data.quantity,
            provider_id=data.provider_id,
            service_date=data.service_date,
            billable=data.billable,
            note=data.note,
            preferred_entitlement_id=data.preferred_entitlement_id,
        )

    return _doing(request, command)


@get("/treatment/{item_id:int}", permission="treatment.view", sync_to_thread=True, tags=[TAG])
def one_item(request: StaffRequest, item_id: FromPath[int]) -> ItemAnswer:
    """One item of this site."""
    with reading(request) as desk:
        return ItemAnswer.of(views.get(desk.session, desk.site.id, item_id))


@patch(
    "/treatment/{item_id:int}",
    permission="treatment.edit",
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def change_item(request: StaffRequest, item_id: FromPath[int], data: JSONBody[ItemChange]) -> OrderedAnswer:
    """Change an item; its line follows. 409 where its invoice is closed."""

    def command(desk: Desk) -> Ordered:
        _require_unchanged(request, desk, item_id)
        return treatment.change(
            desk.work,
            item_id,
            quantity=data.quantity,
            provider_id=data.provider_id if "provider_id" in data.model_fields_set else KEEP,
            service_date=data.service_date,
            billable=data.billable,
            note=data.note,
            seen_revision=data.seen_revision,
        )

    return _doing(request, command)


@delete(
    "/treatment/{item_id:int}",
    permission="treatment.edit",
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def remove_item(request: StaffRequest, item_id: FromPath[int]) -> None:
    """Take an item back, with its line. 409 where its invoice is closed."""

    def command(desk: Desk) -> None:
        _require_unchanged(request, desk, item_id)
        treatment.remove(desk.work, item_id)

    writing(request, command)


@post(
    "/treatment/{item_id:int}/restore",
    permission="treatment.edit",
    sync_to_thread=True,
    status_code=200,
    tags=[TAG],
)
def restore_item(request: StaffRequest, item_id: FromPath[int]) -> OrderedAnswer:
    """Undo a removal: the item comes back with the same line."""
    return _doing(request, lambda desk: treatment.restore(desk.work, item_id))


def _doing(request: StaffRequest, command: Callable[[Desk], Ordered]) -> OrderedAnswer:
    def work(desk: Desk) -> tuple[int, list[str]]:
        ordered = command(desk)
        return ordered.item.id, list(ordered.told)

    def then(desk: Desk, done: tuple[int, list[str]]) -> OrderedAnswer:
        item_id, told = done
        return OrderedAnswer(item=ItemAnswer.of(views.get(desk.session, desk.site.id, item_id)), told=told)

    return saving(request, work, then)


def _require_unchanged(request: StaffRequest, desk: Desk, item_id: int) -> None:
    require_seen(request, lambda: ItemAnswer.of(views.get(desk.session, desk.site.id, item_id)))


def _product(desk: Desk, data: ItemWanted) -> int:
    if data.product_id is not None:
        return data.product_id
    found = picking.by_code(desk.session, data.product_code or "")
    if found is None:
        raise Invalid({"product_code": f"No product has the code “{data.product_code or ''}”."})
    return found.id


HANDLERS = [list_items, order, one_item, change_item, remove_item, restore_item]
