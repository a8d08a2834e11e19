"""Pages and JSON of the catalogue (H-20, H-36)."""

from decimal import Decimal

import pytest

from fetlock.domain.catalogue import service
from fetlock_hostapp.testing import WebClinic

API = "/api/v1/s/north/products"


def form(web: WebClinic, **changes: str) -> dict[str, str]:
    return {
        "code": "NAIL",
        "name": "Nail trim",
        "kind": "service",
        "unit": "each",
        "unit_decimals": "0",
        "active": "1",
        "price": "30.00",
        "revision": "1",
    } | changes


@pytest.mark.req("H-20")
def test_the_filter_stands_in_the_address(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    page = receptionist.get("/s/north/products?kind=inventory&q=ear").text
    assert "Ear drops" in page
    assert "Kidney diet" not in page
    csv = receptionist.get("/s/north/products.csv?kind=inventory").text.splitlines()
    assert csv[1].startswith("DROPS,Ear drops,inventory,mL,2,6.35,no,yes,12.40,12.40,")
    assert "62.00" in receptionist.get("/s/south/products?q=exam").text, "the site's price"
    assert "None fits" in receptionist.get("/s/north/products?q=zzz").text


@pytest.mark.req("H-20")
def test_a_product_is_added_and_changed_with_prices_per_site(web: WebClinic) -> None:
    south = web.clinic.records.sites["south"]
    administrator = web.signed_in()
    fields = form(web, code="RAD", name="Radiographs", price="95", **{f"price_{south}": "99,50"})
    del fields["revision"]
    answer = administrator.post("/s/north/products", data=fields)
    assert answer.status_code == 303
    product_id = int(answer.headers["location"].rsplit("/", 1)[1])
    with web.clinic.reading() as session:
        assert service.prices_of(session, product_id) == {None: Decimal(95), south: Decimal("99.50")}
    cleared = form(web, code="RAD", name="Radiographs", price="95", excluded_from_percentage_discount="1")
    assert administrator.post(f"/s/north/products/{product_id}", data=cleared).status_code == 303
    with web.clinic.reading() as session:
        assert service.prices_of(session, product_id) == {None: Decimal(95)}
        assert service.get(session, product_id).excluded_from_percentage_discount


def test_what_is_refused_stands_beside_its_field_and_is_kept(web: WebClinic) -> None:
    refused = web.signed_in().post(
        "/s/north/products", data={"code": "nail", "name": "", "price": "abc", "kind": "lab"}
    )
    assert refused.status_code == 422
    assert "must be a number" in refused.text
    refused = web.signed_in().post(
        "/s/north/products", data={"code": "nail", "name": "", "price": "-1", "kind": "lab", "unit": "each"}
    )
    for shown in (
        "Another product has the code nail.",
        "Enter a name.",
        "A price is not below 0.00.",
        'value="-1"',
    ):
        assert shown in refused.text, shown


@pytest.mark.req("H-36")
def test_what_somebody_else_saved_is_shown(web: WebClinic) -> None:
    administrator = web.signed_in()
    here = f"/s/north/products/{web.clinic.records.products['NAIL']}"
    assert administrator.post(here, data=form(web, price="31")).status_code == 303
    late = administrator.post(here, data=form(web, name="Nails", price="30.00"))
    assert late.status_code == 409
    for shown in ("Somebody saved this product", "31.00", 'value="Nails"', 'name="revision" value="2"'):
        assert shown in late.text, shown


@pytest.mark.req("H-20", "H-3")
def test_tax_rates_and_who_may_change_them(web: WebClinic) -> None:
    administrator = web.signed_in()
    here = "/s/north/products/tax-rates"
    assert administrator.post(here, data={"name": "Reduced", "percent": "2,5"}).status_code == 303
    assert "2.5 %" in administrator.get(here).text
    assert administrator.post(here, data={"name": "Reduced", "percent": "120"}).status_code == 422
    in_use = administrator.post(f"{here}/{web.clinic.records.tax_rate_id}/remove")
    assert (in_use.status_code, "2 products bear" in in_use.text) == (409, True)
    receptionist = web.signed_in("Receptionist")
    assert receptionist.get(here).status_code == 200
    assert receptionist.post(here, data={"name": "Mine", "percent": "1"}).status_code == 403
    assert "Save" not in receptionist.get("/s/north/products/1").text


@pytest.mark.req("H-20", "PL-11")
def test_products_by_program(web: WebClinic) -> None:
    administrator = web.signed_in()
    made = administrator.post(API, json={"code": "RAD", "name": "Radiographs", "price": "95.00"}).json()
    assert (made["price"], made["organisation_price"], made["site_price"]) == ("95.00", "95.00", None)
    here = f"{API}/{made['id']}"
    changed = administrator.put(f"{here}/prices", json={"site_price": "90.00"}).json()
    assert (changed["price"], changed["organisation_price"]) == ("90.00", "95.00")
    assert administrator.get(f"/api/v1/s/south/products/{made['id']}").json()["price"] == "95.00"
    assert administrator.put(f"{here}/prices", json={"site_price": None}).json()["price"] == "95.00"
    assert administrator.put(f"{here}/prices", json={"organisation_price": "1.005"}).status_code == 422
    off = {"code": "RAD", "name": "Radiographs", "active": False, "revision": made["revision"]}
    assert administrator.put(here, json=off).json()["active"] is False
    assert administrator.get(f"{API}/by-code/rad").json()["id"] == made["id"]
    assert administrator.get(API, params={"q": "rad"}).json()["total"] == 0
    assert administrator.get("/api/v1/s/north/tax-rates").json()[0]["percent"] == "6.3500"
