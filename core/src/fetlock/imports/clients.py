"""Importing clients: one row a client, known by its account number (H-10, H-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from fetlock.domain.clients import account_number, phones
from fetlock.domain.clients.draft import LENGTHS, is_email
from fetlock.imports import cells, client_records
from fetlock.imports.client_records import FLAGS, PLAIN, ClientWrite, HeldClient, Phone
from fetlock.imports.steps import Action, Parsed, RowFault, Settings, Step

_PHONES: Final = {"mobile": "mobile", "phone": "other", "home_phone": "home", "work_phone": "work"}
_LEAST_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client as its row gives it: only what the row holds. Phones and e-mails in the order of columns."""

    account_number: str
    values: Mapping[str, Any]
    phones: tuple[Phone, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(slots=True)
class Clients:
    """Imports clients."""

    settings: Settings
    _seen: dict[str, tuple[int, ClientRow]] = field(default_factory=dict)

    def read(self, row: Mapping[str, str]) -> tuple[ClientRow, Sequence[str]]:
        """The client of a row. A blank name is kept; so is an incomplete phone number, with a warning."""
        number = cells.line(row.get("account_number", ""), "Account number")
        if not number:
            raise RowFault("The account number is missing.")
        if fault := account_number.fault(number):
            raise RowFault(f"Account number “{number}”: {fault[:1].lower()}{fault[1:]}")
        values = _texts(row)
        for name in FLAGS:
            answer = cells.flag(row.get(name, ""), name.replace("_", " "))
            if answer is not None:
                values[name] = answer
        warnings: list[str] = []
        found = tuple(self._phones(row, warnings))
        emails = []
        for name in ("email", "email_2"):
            address = cells.line(row.get(name, ""), "E-mail")
            if address and not is_email(address):
                raise RowFault(f"“{address}” is not an e-mail address. Mend it, or leave it empty.")
            if address:
                emails.append(address)
        return ClientRow(number, values, found, tuple(dict.fromkeys(emails))), warnings

    def _phones(self, row: Mapping[str, str], warnings: list[str]) -> list[Phone]:
        found: list[Phone] = []
        for column, kind in _PHONES.items():
            entered = cells.line(row.get(column, ""), "Phone")
            if not entered:
                continue
            digits = phones.parse(entered, self.settings.country) if len(entered) <= 60 else None
            if digits is None:
                digits = phones.digits_of(entered)
                if len(digits) < _LEAST_DIGITS or len(digits) > 20 or len(entered) > phones.LONGEST:
                    raise RowFault(f"“{entered[:60]}” is not a phone number. Mend it, or leave it empty.")
                warnings.append(f"“{entered}” is not a complete phone number; it is kept as it stands.")
            if digits not in {phone.digits for phone in found}:
                found.append(Phone(kind, digits, entered[: phones.LONGEST]))
        return found

    def plan(self, session: Session, rows: Sequence[Parsed[ClientRow]]) -> list[Step]:
        """Create what is new, change what differs; of two rows with one account number the first counts."""
        held = client_records.load(session, [row.value.account_number for row in rows])
        return [self._step(row, held.get(row.value.account_number)) for row in rows]

    def _step(self, row: Parsed[ClientRow], held: HeldClient | None) -> Step:
        warnings = list(row.warnings)
        number = row.value.account_number
        first = self._seen.setdefault(number, (row.number, row.value))
        if first[0] != row.number:
            if first[1] == row.value:
                text = f"Says the same as row {first[0]}."
                return Step(row.number, Action.UNCHANGED, warnings=[*warnings, text])
            reason = f"Account number {number} stands in row {first[0]} already, with other values."
            return Step(row.number, Action.REJECT, reason)
        if held is None:
            blank = {name: "" for name in PLAIN if name not in FLAGS}
            values = blank | {"sms_opt_out": False, "email_opt_out": False, "active": True}
            write = ClientWrite(number, values | dict(row.value.values), row.value.phones, row.value.emails)
            return Step(row.number, Action.CREATE, warnings=warnings, payload=write)
        write = ClientWrite(
            number,
            dict(held.values) | dict(row.value.values),
            _merged_phones(held.phones, row.value.phones),
            _merged_emails(held.emails, row.value.emails),
            held,
        )
        same = (write.values, write.phones, write.emails) == (dict(held.values), held.phones, held.emails)
        action = Action.UNCHANGED if same else Action.UPDATE
        return Step(row.number, action, warnings=warnings, payload=write)

    def write(self, session: Session, steps: Sequence[Step]) -> None:
        """Write a portion of steps."""
        client_records.write(session, steps, self.settings)


def _texts(row: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, (label, most) in LENGTHS.items():
        read = cells.paragraph if name == "notes" else cells.line
        text = read(row.get(name, ""), label)
        if len(text) > most:
            raise RowFault(f"{label}: {len(text)} characters, at most {most} are kept.")
        if text:
            values[name] = text
    whole = cells.line(row.get("name", ""), "Name")
    if whole and "first_name" not in values and "last_name" not in values:
        first, last = _parted(whole)
        if max(len(first), len(last)) > LENGTHS["last_name"][1]:
            raise RowFault(f"Name: {len(whole)} characters are too many.")
        values |= {"first_name": first, "last_name": last}
    country = cells.line(row.get("country", ""), "Country").upper()
    if country:
        code = _COUNTRIES.get(country, country)
        if len(code) != 2 or not code.isascii() or not code.isalpha():
            raise RowFault(f"Country: “{country}” is not a country’s two letters, such as US.")
        values["country"] = code
    return values


_COUNTRIES: Final = {
    "USA": "US", "UNITED STATES": "US", "UNITED STATES OF AMERICA": "US", "CANADA": "CA", "UK": "GB",
    "UNITED KINGDOM": "GB", "ENGLAND": "GB", "IRELAND": "IE", "AUSTRALIA": "AU", "NEW ZEALAND": "NZ",
    "GERMANY": "DE",
}  # fmt: skip


def _parted(whole: str) -> tuple[str, str]:
    """First and last name: "Smith, Eleanor" as it says, else the last word is the last name."""
    if "," in whole:
        last, _, first = whole.partition(",")
        return first.strip(), last.strip()
    first, _, last = whole.rpartition(" ")
    return first.strip(), last.strip()


def _merged_phones(held: tuple[Phone, ...], given: tuple[Phone, ...]) -> tuple[Phone, ...]:
    """A known number stays as it is; a new one takes the place of the first of its kind, or comes last."""
    merged = list(held)
    for phone in given:
        if any(phone.digits == each.digits for each in merged):
            continue
        place = next(
            (
                index
                for index, each in enumerate(merged)
                if each.kind == phone.kind and each.digits not in {other.digits for other in given}
            ),
            None,
        )
        if place is None:
            merged.append(phone)
        else:
            merged[place] = phone
    return tuple(merged)


def _merged_emails(held: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    """A known address stays; a new one takes the place that its column has, or comes last."""
    merged = list(held)
    for index, address in enumerate(given):
        if address.casefold() in {each.casefold() for each in merged}:
            continue
        if index < len(merged) and merged[index].casefold() not in {each.casefold() for each in given}:
            merged[index] = address
        else:
            merged.append(address)
    return tuple(merged)
