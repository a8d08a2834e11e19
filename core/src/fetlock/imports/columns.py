"""The fields that each kind of file may fill, and which column of a file is meant for which (H-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fetlock.domain.search.folding import fold, words
from fetlock.errors import Invalid


class Kind(StrEnum):
    """What a file holds."""

    CLIENTS = "clients"
    PATIENTS = "patients"
    PRODUCTS = "products"
    PRICES = "prices"


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a column may fill. `known_as`: headers by which the column is recognised, best first."""

    key: str
    label: str
    known_as: tuple[str, ...] = ()
    required: bool = False


def _field(key: str, label: str, *known_as: str, required: bool = False) -> Field:
    return Field(key, label, (key.replace("_", " "), label, *known_as), required)


_ACCOUNT: Final = (
    "account no", "account nr", "account", "acct no", "acct", "client id", "client no", "client number",
    "client code", "client account", "customer id", "customer no", "customer number",
)  # fmt: skip

FIELDS: Final[Mapping[Kind, tuple[Field, ...]]] = {
    Kind.CLIENTS: (
        _field("account_number", "Account number", *_ACCOUNT, "id", "number", "no", "code", required=True),
        _field("first_name", "First name", "firstname", "given name", "forename", "first"),
        _field("last_name", "Last name", "lastname", "surname", "family name", "last"),
        _field("name", "Whole name", "full name", "client name", "customer name", "owner name", "client"),
        _field("mobile", "Mobile phone", "mobile", "cell", "cell phone", "mobile number", "cellphone"),
        _field("phone", "Phone", "phone number", "telephone", "tel", "phone 1", "primary phone"),
        _field("home_phone", "Home phone", "home", "home tel", "home telephone", "phone home"),
        _field("work_phone", "Work phone", "work", "business phone", "work tel", "phone work"),
        _field("email", "E-mail", "email address", "mail", "e mail address", "email 1"),
        _field("email_2", "Second e-mail", "email 2", "second email", "other email"),
        _field("street", "Street", "address", "address 1", "address line 1", "street address"),
        _field("city", "City", "town"),
        _field("region", "State or region", "state", "province", "county"),
        _field("postal_code", "Postal code", "zip", "zip code", "postcode", "post code", "zipcode"),
        _field("country", "Country", "country code"),
        _field("sms_opt_out", "No text messages", "sms opt out", "no sms", "no texts", "text opt out"),
        _field("email_opt_out", "No e-mails", "email opt out", "no email", "no emails"),
        _field("notes", "Notes", "note", "comments", "comment", "memo", "remarks"),
        _field("active", "Active", "is active"),
    ),
    Kind.PATIENTS: (
        _field(
            "client", "Owner’s account number", "owner account", "owner account number", "account number",
            *_ACCOUNT, "owner id", "owner number", "owner no", "owner code", "owner", "customer",
        ),
        _field("code", "Patient id", "patient code", "patient no", "patient number", "pet id", "animal id"),
        _field(
            "name", "Name", "patient name", "pet name", "animal name", "animals name", "pets name", "patient",
            "pet", "animal", required=True,
        ),
        _field("species", "Species", "animal type", "type", "pet type"),
        _field("breed", "Breed", "primary breed"),
        _field("sex", "Sex", "gender", "sex code"),
        _field("birth_date", "Birth date", "date of birth", "dob", "birthday", "born", "birthdate"),
        _field("age", "Age"),
        _field("colour", "Colour", "color", "coat", "coat colour", "coat color", "markings"),
        _field("microchip", "Microchip", "chip", "microchip number", "microchip no", "chip no"),
        _field("deceased_on", "Deceased on", "deceased date", "date of death", "died", "dod", "died on"),
        _field("active", "Active", "is active"),
    ),
    Kind.PRODUCTS: (
        _field(
            "code", "Code", "product code", "item code", "service code", "sku", "product id", "item id", "id",
            "item no", required=True,
        ),
        _field("name", "Name", "description", "product name", "product", "item", "item name", "service",
               "service name", required=True),
        _field("kind", "Kind", "type", "product type", "category", "item type"),
        _field("unit", "Unit", "uom", "unit of measure", "units"),
        _field("unit_decimals", "Decimals of the unit", "decimals", "unit decimals"),
        _field("tax", "Tax rate", "tax", "tax percent", "vat", "tax code", "sales tax"),
        _field("excluded", "Excluded from percentage discount", "exclude from percentage discount",
               "exclude from discount", "excluded from discount", "no discount", "non discountable"),
        _field("price", "Price", "list price", "unit price", "amount", "sell price", "selling price"),
        _field("active", "Active", "is active"),
    ),
    Kind.PRICES: (
        _field(
            "code", "Product code", "code", "item code", "service code", "sku", "product", "item",
            "product id", "item id", "id", required=True,
        ),
        _field("price", "Price", "list price", "unit price", "amount", "new price", "sell price",
               "selling price", required=True),
        _field("site", "Site", "location", "site code", "site name", "practice", "clinic", "branch"),
    ),
}  # fmt: skip
"""The fields of each kind of file, in the order in which pages list them."""


def guess_mapping(kind: Kind, header: Sequence[str]) -> dict[str, str]:
    """Field to column, for every field whose column's header is known; no column is used twice."""
    plain: dict[str, str] = {}
    for column in header:
        plain.setdefault(_plain(column), column)
    found: dict[str, str] = {}
    for rank in range(max(len(field.known_as) for field in FIELDS[kind])):
        for field in FIELDS[kind]:
            if field.key in found or rank >= len(field.known_as):
                continue
            column = plain.get(_plain(field.known_as[rank]), "")
            if column and column not in found.values():
                found[field.key] = column
    if kind is Kind.CLIENTS and found.keys() & {"first_name", "last_name"}:
        found.pop("name", None)
    return {field.key: found[field.key] for field in FIELDS[kind] if field.key in found}


def named_columns(kind: Kind, header: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Field to column of the file, as somebody named them; an empty column is none. Raises `Invalid`."""
    faults: dict[str, str] = {}
    chosen: dict[str, str] = {}
    for name, column in given.items():
        key = _key_of(kind, name)
        if key is None:
            known = ", ".join(field.key for field in FIELDS[kind])
            faults[name] = f"There is no field called {name}. The fields of {kind.value} are: {known}."
        elif not column:
            chosen[key] = ""
        elif (matched := _column_of(header, column)) is None:
            listed = ", ".join(f"“{each}”" for each in header)
            faults[name] = f"The file has no column called “{column}”. Its columns are: {listed}."
        elif header.count(matched) > 1:
            faults[name] = f"Two columns are called “{matched}”. Give them names of their own."
        else:
            chosen[key] = matched
    if faults:
        raise Invalid(faults)
    return chosen


def complete_mapping(kind: Kind, header: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """The guess, with what was named in its place. Raises `Invalid` by field."""
    chosen = named_columns(kind, header, given)
    taken = set(chosen.values())
    guessed = {
        key: column
        for key, column in guess_mapping(kind, header).items()
        if column not in taken and header.count(column) == 1
    }
    mapping = guessed | chosen
    return {field.key: mapping[field.key] for field in FIELDS[kind] if mapping.get(field.key)}


def missing_fields(kind: Kind, mapping: Mapping[str, str]) -> dict[str, str]:
    """What must be mapped and is not, by field, in words."""
    return {
        field.key: f"No column is known for {field.label.lower()} ({field.key}). Say which one it is."
        for field in FIELDS[kind]
        if field.required and not mapping.get(field.key)
    }


def _plain(text: str) -> str:
    joined = fold(text).replace("'", "").replace("’", "").replace("_", " ")
    return " ".join(words(joined))


def _key_of(kind: Kind, name: str) -> str | None:
    plain = _plain(name)
    for field in FIELDS[kind]:
        if plain == _plain(field.key):
            return field.key
    for field in FIELDS[kind]:
        if plain in {_plain(known) for known in field.known_as}:
            return field.key
    return None


def _column_of(header: Sequence[str], column: str) -> str | None:
    if column in header:
        return column
    plain = _plain(column)
    return next((each for each in header if plain and _plain(each) == plain), None)
