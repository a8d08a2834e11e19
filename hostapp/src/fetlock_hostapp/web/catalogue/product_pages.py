"""Products: the list with its filter in the address, and their form with prices per site (H-20)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from litestar import get, post
from litestar.response import Response

from fetlock import clock
from fetlock.domain.catalogue import listing, service, tax_rates
from fetlock.domain.catalogue.draft import KIND_WORDS, MOST_DECIMALS, ProductDraft
from fetlock.domain.catalogue.models import ProductKind
from fetlock.errors import FetlockError, Invalid, StaleEdit
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    note_export,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.kernel.csv_files import csv_file

PAGE: Final = 50
_TEXTS: Final = ("code", "name", "kind", "unit", "unit_decimals", "tax_rate_id", "price")
_FLAGS: Final = ("excluded_from_percentage_discount", "active")
_COLUMNS: Final = (
    "code", "name", "kind", "unit", "decimals", "tax percent", "excluded from discount", "active",
    "price here", "organisation price", "site price",
)  # fmt: skip


@get("/products", permission="catalogue.view", sync_to_thread=True)
def product_list(
    request: StaffRequest,
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    show: FromQuery[str] = "",
    sort: FromQuery[str] = "code",
    page: FromQuery[int] = 1,
) -> Html:
    """A page of products. `show`: empty for active ones, `inactive`, or `all`; a leading minus reverses."""
    number = min(max(page, 1), 100_000)
    query = {"q": q.strip()[:200], "kind": kind, "show": show, "sort": "" if sort == "code" else sort}
    with reading(request) as desk:
        found = _listed(desk, query, offset=(number - 1) * PAGE, limit=PAGE)
        return desk.page(
            "catalogue/products.html",
            rows=found.rows,
            total=found.total,
            query=query,
            kinds=KIND_WORDS,
            chips=[
                {"label": label, "href": _address(desk, query | {"kind": key}), "current": kind == key}
                for key, label in [("", "All kinds"), *((k.value, w) for k, w in KIND_WORDS.items())]
            ],
            shows=[
                {"label": label, "href": _address(desk, query | {"show": key}), "current": show == key}
                for key, label in [("", "Active"), ("inactive", "Inactive"), ("all", "All")]
            ],
            sorts={
                key: (
                    _address(desk, query | {"sort": f"-{key}" if sort == key else key}),
                    _direction(sort, key),
                )
                for key in ("code", "name", "kind")
            },
            number=number,
            pages=max(-(-found.total // PAGE), 1),
            pager_href=_address(desk, query, page=True),
            csv_href=_address(desk, query, path="products.csv"),
        )


@get("/products.csv", permission="catalogue.view", sync_to_thread=True)
def products_csv(
    request: StaffRequest, q: FromQuery[str] = "", kind: FromQuery[str] = "", show: FromQuery[str] = ""
) -> Response[str]:
    """The same list as CSV; amounts with a point and two decimals."""
    note_export(request, "products")
    with reading(request) as desk:
        found = _listed(desk, {"q": q.strip()[:200], "kind": kind, "show": show}, offset=0, limit=1_000_000)
        rows = [
            (
                row.code,
                row.name,
                row.kind,
                row.unit,
                row.unit_decimals,
                "" if row.tax_percent is None else f"{row.tax_percent.normalize():f}",
                "yes" if row.excluded_from_percentage_discount else "no",
                "yes" if row.active else "no",
                *(_plain(amount) for amount in (row.price, row.organisation_price, row.site_price)),
            )
            for row in found.rows
        ]
        day = clock.today(desk.site.time_zone).isoformat()
        return csv_file(f"products-{desk.site.slug}-{day}", _COLUMNS, rows)


@get("/products/new", permission="catalogue.edit", sync_to_thread=True)
def new_product(request: StaffRequest) -> Html:
    """An empty form."""
    with reading(request) as desk:
        values: dict[str, Any] = dict.fromkeys((*_TEXTS, *_FLAGS), "")
        values |= {"kind": ProductKind.SERVICE.value, "unit": "each", "unit_decimals": 0, "active": True}
        return _form(desk, None, values)


@post("/products", permission="catalogue.edit", sync_to_thread=True)
def add_product(request: StaffRequest, data: FormData) -> Html:
    """Add a product with its prices."""

    def work(desk: Desk) -> Html:
        product = service.create(desk.work, _draft(desk, data))
        return desk.redirect(f"products/{product.id}", ok=f"{product.code} is added.")

    def again(desk: Desk, error: FetlockError) -> Html:
        return _form(desk, None, _typed(data), error)

    return writing(request, work, again)


@get("/products/{product_id:int}", permission="catalogue.view", sync_to_thread=True)
def product_page(request: StaffRequest, product_id: FromPath[int]) -> Html:
    """The product as a form; those who may not change it read it."""
    with reading(request) as desk:
        product = service.get(desk.session, product_id)
        draft = service.draft_of(desk.session, product)
        values: dict[str, Any] = {name: getattr(draft, name) for name in (*_TEXTS[:-1], *_FLAGS)}
        for site_id, amount in draft.prices.items():
            values["price" if site_id is None else f"price_{site_id}"] = _plain(amount)
        return _form(desk, product_id, {**values, "revision": product.revision})


@post("/products/{product_id:int}", permission="catalogue.edit", sync_to_thread=True)
def change_product(request: StaffRequest, product_id: FromPath[int], data: FormData) -> Html:
    """Save what was changed."""

    def work(desk: Desk) -> Html:
        seen = data.integer("revision", "Revision")
        product = service.update(desk.work, product_id, _draft(desk, data), seen_revision=seen)
        return desk.redirect(f"products/{product_id}", ok=f"{product.code}: saved.")

    def again(desk: Desk, error: FetlockError) -> Html:
        revision = error.revision if isinstance(error, StaleEdit) else data.text("revision")
        return _form(desk, product_id, {**_typed(data), "revision": revision}, error)

    return writing(request, work, again)


def _listed(desk: Desk, query: Mapping[str, str], *, offset: int, limit: int) -> listing.Page:
    sort = query.get("sort", "")
    return listing.listed(
        desk.session,
        desk.site.id,
        text=query["q"],
        kind=query["kind"],
        active={"": True, "inactive": False}.get(query["show"]),
        order=sort.removeprefix("-") or "code",
        descending=sort.startswith("-"),
        offset=offset,
        limit=limit,
    )


def _direction(sort: str, key: str) -> str:
    if sort.removeprefix("-") != key:
        return "none"
    return "descending" if sort.startswith("-") else "ascending"


def _address(desk: Desk, query: Mapping[str, str], *, path: str = "products", page: bool = False) -> str:
    given = {name: value for name, value in query.items() if value}
    text = urlencode(given | ({"page": ""} if page else {}))
    return desk.url(path) + (f"?{text}" if text else "")


def _draft(desk: Desk, data: Form) -> ProductDraft:
    faults: dict[str, str] = {}
    prices: dict[int | None, Decimal | None] = {}
    for name, site_id in [("price", None), *((f"price_{site.id}", site.id) for site in desk.sites)]:
        try:
            prices[site_id] = data.optional_decimal(name, "Price")
        except Invalid as fault:
            faults |= fault.fields
    try:
        decimals = data.optional_integer("unit_decimals", "Decimals") or 0
    except Invalid as fault:
        faults |= fault.fields
        decimals = 0
    if faults:
        raise Invalid(faults)
    return ProductDraft(
        code=data.text("code"),
        name=data.text("name"),
        kind=data.text("kind"),
        unit=data.text("unit"),
        unit_decimals=decimals,
        tax_rate_id=data.optional_integer("tax_rate_id", "Tax rate"),
        excluded_from_percentage_discount=data.flag("excluded_from_percentage_discount"),
        active=data.flag("active"),
        prices=prices,
    )


def _typed(data: Form) -> dict[str, Any]:
    prices = {name: data.text(name) for name in data if name.startswith("price_")}
    flags = {name: data.flag(name) for name in _FLAGS}
    return {name: data.text(name) for name in _TEXTS} | flags | prices


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


def _form(
    desk: Desk, product_id: int | None, values: Mapping[str, Any], error: FetlockError | None = None
) -> Html:
    product = service.get(desk.session, product_id) if product_id is not None else None
    return desk.page(
        "catalogue/product.html",
        status=200 if error is None else status_of(error),
        product=product,
        values=values,
        kinds=[(kind.value, word) for kind, word in KIND_WORDS.items()],
        rates=[
            (str(rate.id), f"{rate.name}, {rate.percent.normalize():f} %")
            for rate in tax_rates.listed(desk.session)
        ],
        most_decimals=MOST_DECIMALS,
        may_edit=desk.may("catalogue.edit"),
        stale=error.differences if isinstance(error, StaleEdit) else (),
        errors=None if isinstance(error, StaleEdit) else error,
    )


HANDLERS = [product_list, products_csv, new_product, add_product, product_page, change_product]
