"""Products, prices and tax rates for programs (H-20)."""

from typing import Annotated, Final, Literal

from litestar import get, post, put
from litestar.params import QueryParameter
from pydantic import BaseModel, Field, TypeAdapter

from fetlock.domain.catalogue import listing, service, tax_rates
from fetlock.domain.catalogue.draft import ProductDraft, price_fault
from fetlock.domain.catalogue.models import Product
from fetlock.errors import Invalid, NotFound
from fetlock_hostapp.plugin import (
    Amount,
    Answer,
    Cursor,
    CursorList,
    Desk,
    FromPath,
    FromQuery,
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
    writing,
)
from fetlock_hostapp.web.kernel.paging import KeyText

TAG = "Products"
BY_CODE: Final = TypeAdapter(tuple[KeyText])
BY_NAME: Final = TypeAdapter(tuple[KeyText, KeyText])
Text = Annotated[str, QueryParameter(max_length=200)]


class ProductValues(BaseModel):
    """What may be set of a product. `unit_decimals`: decimals that its quantity may have, 0 to 4."""

    code: str
    name: str
    kind: str = Field(default="service", description="service, inventory, lab, procedure or fee")
    unit: str = "each"
    unit_decimals: int = 0
    tax_rate_id: Id | None = None
    excluded_from_percentage_discount: bool = False
    active: bool = True


class ProductInput(ProductValues):
    """A product to add, with the organisation's price."""

    price: Number | None = None


class ProductChange(ProductValues):
    """A product as it shall be. `revision`: the one that was read, where If-Match does not say so."""

    revision: Revision | None = None


class ProductAnswer(ProductValues):
    """A product. `price` holds at the site in the address: its own, or else the organisation's."""

    id: int
    revision: int
    price: Amount | None
    organisation_price: Amount | None
    site_price: Amount | None


class ListedAnswer(Answer):
    """A product in a list."""

    id: int
    code: str
    name: str
    kind: str
    unit: str
    unit_decimals: int
    tax_percent: Units | None
    excluded_from_percentage_discount: bool
    active: bool
    price: Amount | None
    organisation_price: Amount | None
    site_price: Amount | None


class ProductList(CursorList[ListedAnswer]):
    """Products in the order that was asked for; `total` is of all pages."""

    total: int


class Prices(BaseModel):
    """Prices to set: what is left out stays, null takes a price away."""

    organisation_price: Number | None = None
    site_price: Number | None = Field(default=None, description="At the site in the address")


class TaxRateInput(BaseModel):
    """A named rate; `percent` 6.35 is 6.35 %."""

    name: str
    percent: Number


class TaxRateAnswer(Answer):
    """A tax rate."""

    id: int
    name: str
    percent: Units


@get("/products", permission="catalogue.view", sync_to_thread=True, tags=[TAG])
def list_products(
    request: StaffRequest,
    q: Text = "",
    kind: Text = "",
    active: FromQuery[bool | None] = True,
    sort: FromQuery[Literal["code", "name"]] = "code",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> ProductList:
    """Products by code or name; `q` is met by either."""
    names = ("name", "code") if sort == "name" else ("code",)
    with reading(request) as desk:
        found = listing.listed(
            desk.session,
            desk.site.id,
            text=q,
            kind=kind,
            active=active,
            order=sort,
            last=position(cursor, BY_NAME) if sort == "name" else position(cursor, BY_CODE),
            limit=limit + 1,
        )
        return ProductList.of(
            request,
            found.rows,
            limit,
            ListedAnswer.model_validate,
            lambda row: tuple(getattr(row, name) for name in names),
            total=found.total,
        )


@get("/products/{product_id:int}", permission="catalogue.view", sync_to_thread=True, tags=[TAG])
def one_product(request: StaffRequest, product_id: FromPath[int]) -> ProductAnswer:
    """One product."""
    with reading(request) as desk:
        return _answer(desk, service.get(desk.session, product_id))


@get("/products/by-code/{code:str}", permission="catalogue.view", sync_to_thread=True, tags=[TAG])
def product_by_code(request: StaffRequest, code: FromPath[str]) -> ProductAnswer:
    """The product with this code; case does not matter."""
    with reading(request) as desk:
        product = service.by_code(desk.session, code)
        if product is None:
            raise NotFound(f"There is no product {code}.")
        return _answer(desk, product)


@post("/products", permission="catalogue.edit", sync_to_thread=True, tags=[TAG])
def add_product_api(request: StaffRequest, data: JSONBody[ProductInput]) -> ProductAnswer:
    """Add a product."""
    values = data.model_dump(exclude={"price"})
    draft = ProductDraft(**values, prices={None: data.price} if data.price is not None else {})
    return writing(request, lambda desk: _answer(desk, service.create(desk.work, draft)))


@put(
    "/products/{product_id:int}",
    permission="catalogue.edit",
    sync_to_thread=True,
    conditional="required",
    tags=[TAG],
)
def change_product_api(
    request: StaffRequest, product_id: FromPath[int], data: JSONBody[ProductChange]
) -> ProductAnswer:
    """Set everything that may be set of a product but its prices; what is left out takes its default."""
    draft = ProductDraft(**data.model_dump(exclude={"revision"}))

    def work(desk: Desk) -> ProductAnswer:
        product = service.get(desk.session, product_id)
        require_seen(request, lambda: _answer(desk, product), seen=data.revision)
        seen = product.revision if data.revision is None else data.revision
        return _answer(desk, service.update(desk.work, product_id, draft, seen_revision=seen))

    return writing(request, work)


@put(
    "/products/{product_id:int}/prices",
    permission="catalogue.edit",
    sync_to_thread=True,
    conditional=True,
    tags=[TAG],
)
def set_prices_api(request: StaffRequest, product_id: FromPath[int], data: JSONBody[Prices]) -> ProductAnswer:
    """Set the organisation's price, the site's price, or both."""
    faults = {
        name: fault
        for name in data.model_fields_set
        if (amount := getattr(data, name)) is not None and (fault := price_fault(amount))
    }
    if faults:
        raise Invalid(faults)

    def work(desk: Desk) -> ProductAnswer:
        product = service.get(desk.session, product_id)
        require_seen(request, lambda: _answer(desk, product))
        places = {"organisation_price": None, "site_price": desk.site.id}
        wanted = {places[name]: getattr(data, name) for name in data.model_fields_set}
        service.set_prices(desk.work, product.id, wanted)
        return _answer(desk, product)

    return writing(request, work)


@get("/tax-rates", permission="catalogue.view", sync_to_thread=True, tags=[TAG])
def list_tax_rates(request: StaffRequest) -> list[TaxRateAnswer]:
    """Every tax rate by name."""
    with reading(request) as desk:
        return [TaxRateAnswer.model_validate(rate) for rate in tax_rates.listed(desk.session)]


@post("/tax-rates", permission="catalogue.edit", sync_to_thread=True, tags=[TAG])
def add_tax_rate(request: StaffRequest, data: JSONBody[TaxRateInput]) -> TaxRateAnswer:
    """Add a tax rate."""

    def work(desk: Desk) -> TaxRateAnswer:
        rate = tax_rates.save(desk.work, None, name=data.name, percent=data.percent)
        return TaxRateAnswer.model_validate(rate)

    return writing(request, work)


def _answer(desk: Desk, product: Product) -> ProductAnswer:
    prices = service.prices_of(desk.session, product.id)
    here, everywhere = prices.get(desk.site.id), prices.get(None)
    return ProductAnswer(
        **{name: getattr(product, name) for name in ProductValues.model_fields},
        id=product.id,
        revision=product.revision,
        price=here if here is not None else everywhere,
        organisation_price=everywhere,
        site_price=here,
    )


HANDLERS = [
    list_products,
    one_product,
    product_by_code,
    add_product_api,
    change_product_api,
    set_prices_api,
    list_tax_rates,
    add_tax_rate,
]
