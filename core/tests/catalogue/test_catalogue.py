"""Products, prices and tax rates (H-20)."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from fetlock.domain.catalogue import listing, service, tax_rates
from fetlock.domain.catalogue.draft import ProductDraft
from fetlock.domain.invoices.lines import add_lines
from fetlock.errors import Conflict, Invalid, NotPermitted, StaleEdit
from fetlock.testing import Clinic

D = Decimal
XRAY = ProductDraft(
    code="RAD-DENT-FM", name="Dental radiographs, full mouth", kind="procedure", prices={None: D("180.00")}
)


def faults(command: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        command()
    return caught.value.fields


def add(clinic: Clinic, draft: ProductDraft = XRAY) -> int:
    return clinic.run(lambda work: service.create(work, draft)).id


@pytest.mark.req("H-20")
def test_a_site_without_a_price_takes_the_organisations(clinic: Clinic) -> None:
    south = clinic.records.sites["south"]
    product_id = add(clinic, replace(XRAY, prices={None: D("180.00"), south: D("195.50")}))
    with clinic.reading() as session:
        at = {
            slug: listing.one(session, site_id, product_id) for slug, site_id in clinic.records.sites.items()
        }
    assert {slug: found.price for slug, found in at.items() if found} == {
        "north": D("180.00"),
        "south": D("195.50"),
    }


@pytest.mark.req("H-20")
def test_the_price_on_an_invoice_is_that_of_the_site(clinic: Clinic) -> None:
    south = clinic.records.sites["south"]
    clinic.records.products["RAD"] = add(clinic, replace(XRAY, prices={None: D(180), south: D("195.50")}))
    for site, price in {"north": D(180), "south": D("195.50")}.items():
        line = clinic.line("RAD")
        changed = clinic.run(lambda w, line=line: add_lines(w, clinic.client_id, [line]), site=site)  # type: ignore[misc]
        assert changed.invoice.gross == price


@pytest.mark.req("H-20")
def test_an_inactive_product_is_not_added_and_old_lines_stand(clinic: Clinic) -> None:
    clinic.records.products["RAD"] = product_id = add(clinic)
    line = clinic.line("RAD")
    clinic.run(lambda work: add_lines(work, clinic.client_id, [line]))
    off = replace(XRAY, active=False)
    clinic.run(lambda work: service.update(work, product_id, off, seen_revision=1))
    assert (
        "inactive" in faults(lambda: clinic.run(lambda w: add_lines(w, clinic.client_id, [line])))["product"]
    )
    food = clinic.line("FOOD")
    changed = clinic.run(lambda work: add_lines(work, clinic.client_id, [food]))
    assert changed.invoice.amount == D(230)
    with clinic.reading() as session:
        assert listing.find(session, work_site(clinic), "rad-dent") == ()


@pytest.mark.req("H-20")
def test_the_units_decimals_are_enforced(clinic: Clinic) -> None:
    clinic.records.products["INJ"] = add(clinic, replace(XRAY, code="INJ", unit="mL", unit_decimals=1))
    too_fine = clinic.line("INJ", "1.25")
    assert "quantity" in faults(lambda: clinic.run(lambda w: add_lines(w, clinic.client_id, [too_fine])))
    fine = clinic.line("INJ", "1.2")
    assert clinic.run(lambda work: add_lines(work, clinic.client_id, [fine])).invoice.gross == D(216)


def test_faults_stand_beside_their_fields(clinic: Clinic) -> None:
    draft = ProductDraft(
        code="",
        name=" ",
        kind="gift",
        unit="",
        unit_decimals=5,
        tax_rate_id=99,
        prices={None: D("-1"), clinic.records.sites["south"]: D("1.005")},
    )
    found = faults(lambda: add(clinic, draft))
    south = clinic.records.sites["south"]
    assert set(found) == {
        "code", "name", "kind", "unit", "unit_decimals", "tax_rate_id", "price", f"price_{south}",
    }  # fmt: skip
    assert set(faults(lambda: add(clinic, replace(XRAY, code="nail")))) == {"code"}


@pytest.mark.req("H-36")
def test_the_later_save_is_told_what_changed_meanwhile(clinic: Clinic) -> None:
    product_id = add(clinic)
    theirs = replace(XRAY, prices={None: D("185.00")})
    clinic.run(lambda work: service.update(work, product_id, theirs, seen_revision=1))
    with pytest.raises(StaleEdit) as caught:
        clinic.run(lambda w: service.update(w, product_id, replace(XRAY, unit="set"), seen_revision=1))
    assert caught.value.differences == (("unit", "each", "set"), ("price", "185.00", "180.00"))


def test_a_price_is_taken_away(clinic: Clinic) -> None:
    product_id = add(clinic)
    none = replace(XRAY, prices={None: None})
    clinic.run(lambda work: service.update(work, product_id, none, seen_revision=1))
    with clinic.reading() as session:
        assert service.prices_of(session, product_id) == {}


@pytest.mark.req("H-20")
def test_the_list_is_filtered_and_searched(clinic: Clinic) -> None:
    with clinic.reading() as session:
        north = work_site(clinic)
        assert [p.code for p in listing.listed(session, north, text="ear dr").rows] == ["DROPS"]
        assert [p.code for p in listing.listed(session, north, kind="inventory").rows] == ["DROPS", "FOOD"]
        page = listing.listed(session, north, order="name", descending=True, limit=2)
        assert (len(page.rows), page.total) == (2, 6)
        assert listing.find(session, north, "e")[0].code == "EXAM"
        assert listing.listed(session, north, text="100%").rows == ()


@pytest.mark.req("H-20")
def test_tax_rates_are_kept_and_those_in_use_are_not_removed(clinic: Clinic) -> None:
    rate = clinic.run(lambda work: tax_rates.save(work, None, name="Reduced", percent=D("2.125")))
    with pytest.raises(Conflict):
        clinic.run(lambda work: tax_rates.remove(work, clinic.records.tax_rate_id))
    bad = faults(lambda: clinic.run(lambda w: tax_rates.save(w, None, name="Reduced", percent=D(100))))
    assert set(bad) == {"name", "percent"}
    clinic.run(lambda work: tax_rates.remove(work, rate.id))
    with clinic.reading() as session:
        assert [each.name for each in tax_rates.listed(session)] == ["Sales tax"]
        assert tax_rates.uses(session) == {clinic.records.tax_rate_id: 2}


@pytest.mark.req("H-3")
def test_changing_needs_the_permission(clinic: Clinic) -> None:
    with pytest.raises(NotPermitted):
        clinic.run(lambda work: service.create(work, XRAY), actor=clinic.actor("Receptionist"))


def work_site(clinic: Clinic) -> int:
    return clinic.records.sites["north"]
