"""Which column is meant for which field (H-15)."""

import pytest

from fetlock.errors import Invalid
from fetlock.imports.columns import FIELDS, Kind, complete_mapping, guess_mapping, missing_fields


@pytest.mark.req("H-15")
@pytest.mark.parametrize(
    ("kind", "header", "mapping"),
    [
        (
            Kind.CLIENTS,
            ["Client ID", "Surname", "First", "Cell Phone", "E-Mail", "Zip", "Shoe size"],
            {"account_number": "Client ID", "first_name": "First", "last_name": "Surname",
             "mobile": "Cell Phone", "email": "E-Mail", "postal_code": "Zip"},
        ),
        (Kind.CLIENTS, ["Account No", "Name"], {"account_number": "Account No", "name": "Name"}),
        (Kind.CLIENTS, ["account_number", "last_name", "name"],
         {"account_number": "account_number", "last_name": "last_name"}),
        (
            Kind.PATIENTS,
            ["Account No.", "Patient ID", "Animal's Name", "Species", "Primary Breed", "DOB", "Color"],
            {"client": "Account No.", "code": "Patient ID", "name": "Animal's Name", "species": "Species",
             "breed": "Primary Breed", "birth_date": "DOB", "colour": "Color"},
        ),
        (Kind.PATIENTS, ["owner", "name"], {"client": "owner", "name": "name"}),
        (Kind.PRODUCTS, ["SKU", "Description", "Type", "List price"],
         {"code": "SKU", "name": "Description", "kind": "Type", "price": "List price"}),
        (Kind.PRICES, ["product_code", "price", "site"],
         {"code": "product_code", "price": "price", "site": "site"}),
    ],
)  # fmt: skip
def test_sensible_headers_are_known(kind: Kind, header: list[str], mapping: dict[str, str]) -> None:
    assert guess_mapping(kind, header) == mapping


@pytest.mark.parametrize("kind", list(Kind))
def test_every_field_is_known_by_its_key_and_its_label(kind: Kind) -> None:
    for field in FIELDS[kind]:
        for header in (field.key, field.label, field.key.upper().replace("_", " ")):
            if field.key != "name" or kind is not Kind.CLIENTS:
                assert field.key in guess_mapping(kind, [header]), header


@pytest.mark.req("H-15")
def test_what_is_named_goes_before_the_guess() -> None:
    header = ["Name", "Call name", "Species"]
    given = {"name": "Call name", "species": ""}
    assert complete_mapping(Kind.PATIENTS, header, given) == {"name": "Call name"}
    assert complete_mapping(Kind.PATIENTS, header, {"pet name": "call NAME"})["name"] == "Call name"


@pytest.mark.req("H-15")
def test_unknown_fields_and_columns_are_named() -> None:
    with pytest.raises(Invalid) as caught:
        complete_mapping(
            Kind.PRICES, ["Code", "Amount", "Amount"], {"prize": "Code", "code": "SKU", "price": "Amount"}
        )
    fields = caught.value.fields
    assert set(fields) == {"prize", "code", "price"}
    assert "code, price, site" in fields["prize"]
    assert "“Code”" in fields["code"]
    assert "Two columns" in fields["price"]


def test_what_must_be_there_is_asked_for() -> None:
    assert set(missing_fields(Kind.PRODUCTS, {"code": "x"})) == {"name"}
