"""Products, prices and tax rates for programs (H-20)."""

from decimal import Decimal
from typing import Annotated

from litestar import get, post, put
from litestar.params import QueryParameter
from pydantic import BaseModel, Field

from fetlock.domain.catalogue import listing, service, tax_rates
from fetlock.domain.catalogue.draft import ProductDraft, price_fault
from fetlock.domain.catalogue.listing import ListedProduct
from fetlock.domain.catalogue.models import Product
from fetlock.errors import Invalid, NotFound
from fetlock_hostapp.plugin import Desk, FromPath, FromQuery, JSONBody, StaffRequest, reading, writing

TAG = "Products"
PAGE = 100
Page = Annotated[int, QueryParameter(ge=1, le=1_000_000)]
Text = Annotated[str, QueryParameter(max_length=200)]


class ProductValues(BaseModel):
    """What may be set of a product. `unit_decimals`: decimals that its quantity may have, 0 to 4."""

    code: str
    name: str
    kind: str = Field(default="service", description="service, inventory, lab, procedure or fee")
    unit: str = "each"
    unit_decimals: int = 0
    tax_rate_id: int | None = None
    excluded_from_percentage_discount: bool = False
    active: bool = True


class ProductInput(ProductValues):
    """A product to add, with the organisation's price."""

    price: Decimal | None = None


class ProductChange(ProductValues):
    """A product as it shall be. `revision` is the one that was read: a later one is a conflict (409)."""

    revision: int


class ProductAnswer(ProductValues):
    """A product. `price` holds at the site in the address: its own, or else the organisation's."""

    id: int
    revision: int
    price: Decimal | None
    organisation_price: Decimal | None
    site_price: Decimal | None


class ListedAnswer(BaseModel):
    """A product in a list."""

    id: int
    code: str
    name: str
    kind: str
    unit: str
    unit_decimals: int
    tax_percent: Decimal | None
    excluded_from_percentage_discount: bool
    active: bool
    price: Decimal | None
    organisation_price: Decimal | None
    site_price: Decimal | None

    @classmethod
    def of(cls, row: ListedProduct) -> "ListedAnswer":
        """The answer for a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ProductList(BaseModel):
    """A page of products."""

    items: list[ListedAnswer]
    total: int
    page: int
    pages: int


class Prices(BaseModel):
    """Prices to set: what is left out stays, null takes a price away."""

    organisation_price: Decimal | None = None
    site_price: Decimal | None = Field(default=None, description="At the site in the address")


class TaxRateInput(BaseModel):
    """A named rate; `percent` 6.35 is 6.35 %."""

    name: str
    percent: Decimal


class TaxRateAnswer(TaxRateInput):
    """A tax rate."""

    id: int


@get("/products", permission="catalogue.view", sync_to_thread=True, tags=[TAG])
def list_products(
    request: StaffRequest,
    q: Text = "",
    kind: Text = "",
    active: FromQuery[bool | None] = True,
    page: Page = 1,
) -> ProductList:
    """Products by code; `q` is met by code or name."""
    with reading(request) as desk:
        found = listing.listed(
            desk.session,
            desk.site.id,
            text=q,
            kind=kind,
            active=active,
            offset=(page - 1) * PAGE,
            limit=PAGE,
        )
        items = [ListedAnswer.of(row) for row in found.rows]
        return ProductList(items=items, total=found.total, page=page, pages=max(-(-found.total // PAGE), 1))


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


@put("/products/{product_id:int}", permission="catalogue.edit", sync_to_thread=True, tags=[TAG])
def change_product_api(
    request: StaffRequest, product_id: FromPath[int], data: JSONBody[ProductChange]
) -> ProductAnswer:
    """Set everything that may be set of a product but its prices; what is left out takes its default."""
    draft = ProductDraft(**data.model_dump(exclude={"revision"}))
    return writing(
        request,
        lambda desk: _answer(desk, service.update(desk.work, product_id, draft, seen_revision=data.revision)),
    )


@put("/products/{product_id:int}/prices", permission="catalogue.edit", sync_to_thread=True, tags=[TAG])
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
        places = {"organisation_price": None, "site_price": desk.site.id}
        wanted = {places[name]: getattr(data, name) for name in data.model_fields_set}
        service.set_prices(desk.work, product.id, wanted)
        return _answer(desk, product)

    return writing(request, work)


@get("/tax-rates", permission="catalogue.view", sync_to_thread=True, tags=[TAG])
def list_tax_rates(request: StaffRequest) -> list[TaxRateAnswer]:
    """Every tax rate by name."""
    with reading(request) as desk:
        return [
            TaxRateAnswer(id=rate.id, name=rate.name, percent=rate.percent)
            for rate in tax_rates.listed(desk.session)
        ]


@post("/tax-rates", permission="catalogue.edit", sync_to_thread=True, tags=[TAG])
def add_tax_rate(request: StaffRequest, data: JSONBody[TaxRateInput]) -> TaxRateAnswer:
    """Add a tax rate."""

    def work(desk: Desk) -> TaxRateAnswer:
        rate = tax_rates.save(desk.work, None, name=data.name, percent=data.percent)
        return TaxRateAnswer(id=rate.id, name=rate.name, percent=rate.percent)

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
