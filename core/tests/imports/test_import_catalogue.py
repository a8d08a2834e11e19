"""Importing products and prices (H-15, H-20)."""

from decimal import Decimal

import pytest

from core.tests.imports.running import counts, csv_of, imported, reasons
from fetlock.domain.catalogue import service
from fetlock.domain.catalogue.models import Product
from fetlock.imports import Kind
from fetlock.testing import Clinic

D = Decimal

PRODUCTS = """Code,Description,Type,Unit,Decimals,Tax,Exclude from discount,Price
RAD-1,"Radiographs, one view",procedure,each,0,,no,95.00
FOOD-REN12,"Renal diet, 12 lb",Inventory,bag,0,6.35 %,yes,94.50
INJ-1,Injection,service,mL,2,Sales tax,,1.10
NAIL,Nail trim,service,each,0,,,31.00
"""


def product(clinic: Clinic, code: str) -> tuple[Product, dict[int | None, Decimal]]:
    with clinic.reading() as session:
        found = service.by_code(session, code)
        assert found is not None
        return found, service.prices_of(session, found.id)


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


@pytest.mark.req("H-15", "H-20")
def test_products_come_in_and_a_second_run_changes_nothing(clinic: Clinic) -> None:
    assert counts(imported(clinic, Kind.PRODUCTS, PRODUCTS, dry_run=True)) == (3, 1, 0, 0)
    assert counts(imported(clinic, Kind.PRODUCTS, PRODUCTS)) == (3, 1, 0, 0)
    assert counts(imported(clinic, Kind.PRODUCTS, PRODUCTS)) == (0, 0, 4, 0)
    food, prices = product(clinic, "food-ren12")
    assert (food.kind, food.excluded_from_percentage_discount, food.tax_rate_id) == (
        "inventory", True, clinic.records.tax_rate_id,
    )  # fmt: skip
    assert prices == {None: D("94.50")}
    assert product(clinic, "INJ-1")[0].unit_decimals == 2
    nail, prices = product(clinic, "NAIL")
    assert (nail.revision, prices) == (1, {None: D("31.00")}), "a price alone leaves the record as it is"


@pytest.mark.req("H-15", "H-20")
def test_prices_may_be_those_of_one_site(clinic: Clinic) -> None:
    north, south = clinic.records.sites["north"], clinic.records.sites["south"]
    content = "code,price\nNAIL,29.00\nfood,50.00\n"
    assert counts(imported(clinic, Kind.PRICES, content, prices_here=True)) == (2, 0, 0, 0)
    assert counts(imported(clinic, Kind.PRICES, content, prices_here=True)) == (0, 0, 2, 0)
    assert product(clinic, "NAIL")[1] == {None: D(30), north: D(29)}
    by_row = "code,price,site\nNAIL,33.00,south\nNAIL,32.00,\nNAIL,29.00,North Clinic\n"
    assert counts(imported(clinic, Kind.PRICES, by_row)) == (1, 1, 1, 0)
    assert product(clinic, "NAIL")[1] == {None: D(32), north: D(29), south: D(33)}


@pytest.mark.req("H-15", "H-20")
def test_prices_that_cannot_be_taken_are_rejected_with_their_reasons(clinic: Clinic) -> None:
    content = csv_of(
        ["code", "price", "site"],
        [
            ["NOPE", "1.00", ""],
            ["NAIL", "-1.00", ""],
            ["NAIL", "1.005", ""],
            ["NAIL", "free", ""],
            ["NAIL", "", ""],
            ["", "1.00", ""],
            ["NAIL", "1.00", "mars"],
            ["NAIL", "10000000", ""],
            ["FOOD", "51", ""],
            ["FOOD", "52", ""],
            ["FOOD", "51.00", ""],
        ],
    )
    report = imported(clinic, Kind.PRICES, content)
    assert counts(report) == (0, 1, 1, 9)
    found = reasons(report)
    for row, word in {2: "NOPE", 3: "below 0.00", 4: "two decimals", 5: "free", 8: "mars", 11: "51"}.items():
        assert word in found[row]
    assert product(clinic, "NAIL")[1] == {None: D(30)}
    assert product(clinic, "FOOD")[1] == {None: D(51)}


@pytest.mark.req("H-15", "H-20")
def test_products_that_cannot_be_taken_are_rejected_with_their_reasons(clinic: Clinic) -> None:
    content = csv_of(
        ["code", "name", "kind", "decimals", "tax", "price"],
        [
            ["", "Nameless", "", "", "", ""],
            ["A1", "", "", "", "", ""],
            ["A2", "Gift", "gift", "", "", ""],
            ["A3", "Fine", "", "7", "", ""],
            ["A4", "Taxed", "", "", "17.5", ""],
            ["A5", "Cheap", "", "", "", "-3"],
            ["A6", "First", "", "", "none", "3"],
            ["a6", "Second", "", "", "none", "3"],
        ],
    )
    report = imported(clinic, Kind.PRODUCTS, content)
    assert counts(report) == (1, 0, 0, 7)
    assert "17.5" in reasons(report)[6]
    assert "row 8" in reasons(report)[9]
