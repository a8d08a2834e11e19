"""Importing patients: each row names its owner, or the import names one for all (H-11, H-15)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from fetlock.domain.patients import ages, codes, sexes
from fetlock.domain.patients.draft import LENGTHS
from fetlock.imports import cells, patient_records
from fetlock.imports.patient_matching import EMPTY, HeldPatient, match, says_nothing_else
from fetlock.imports.patient_records import PatientWrite
from fetlock.imports.steps import Action, Parsed, RowFault, Settings, Step


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A patient as its row gives it: only what the row holds, but always the name, which may be empty.

    `owner` is an account number, empty for the one that the import names. `age_born`: what its age says,
    for a patient whose birth date is not known.
    """

    owner: str
    code: str
    values: Mapping[str, Any]
    age_born: Any = None


@dataclass(slots=True)
class Patients:
    """Imports patients."""

    settings: Settings
    owner_is_mapped: bool = False
    _codes: dict[int, Iterator[str]] = field(default_factory=dict)

    def read(self, row: Mapping[str, str]) -> tuple[PatientRow, Sequence[str]]:
        """The patient of a row. A blank name is kept, and shown as "(no name)"."""
        owner = cells.line(row.get("client", ""), "Owner")
        if self.settings.owner is not None and not self.owner_is_mapped:
            owner = ""
        if not owner and self.settings.owner is None:
            raise RowFault("The owner’s account number is missing.")
        code = cells.line(row.get("code", ""), "Patient id")
        if code and (fault := codes.fault(code)):
            raise RowFault(f"Patient id “{code}”: {fault[:1].lower()}{fault[1:]}")
        values: dict[str, Any] = {}
        for name, (label, most) in LENGTHS.items():
            text = cells.line(row.get(name, ""), label)
            if name == "microchip":
                text = "".join(text.split())
            if len(text) > most:
                raise RowFault(f"{label}: {len(text)} characters, at most {most} are kept.")
            if text or name == "name":
                values[name] = text
        if said := cells.line(row.get("sex", ""), "Sex"):
            sex = sexes.read(said)
            if sex is None:
                raise RowFault(f"Sex: “{said}” is not known. Write M, MN, F, FS or ?.")
            if sex != sexes.UNKNOWN:
                values["sex"] = sex
        born = self._days(row, values)
        return PatientRow(owner, code, values, born), ()

    def _days(self, row: Mapping[str, str], values: dict[str, Any]) -> Any:
        today, country = self.settings.today, self.settings.country
        for name, label in (("birth_date", "Birth date"), ("deceased_on", "Deceased on")):
            day = cells.day(row.get(name, ""), label, country)
            if day is None:
                continue
            if day > today:
                raise RowFault(f"{label}: {day} lies in the future.")
            if day.year < today.year - ages.OLDEST_YEARS:
                raise RowFault(f"{label}: {day} lies too far back.")
            values[name] = day
        if values.get("birth_date") and values.get("deceased_on", today) < values["birth_date"]:
            raise RowFault("It died before it was born: one of the two days is wrong.")
        active = cells.flag(row.get("active", ""), "Active")
        if active is not None:
            values["active"] = active
        age = cells.line(row.get("age", ""), "Age")
        if not age or "birth_date" in values:
            return None
        born = ages.birth_of(age, today)
        if born is None:
            raise RowFault(f"Age: “{age}” is not an age. Write 3 y, 7 y 4 m or 10 weeks.")
        return born

    def plan(self, session: Session, rows: Sequence[Parsed[PatientRow]]) -> list[Step]:
        """Find owners and patients, then plan: by patient id where the row gives one, else by likeness."""
        owners = patient_records.owners(session, [row.value.owner for row in rows], self.settings.owner)
        book = patient_records.load(session, set(owners.values()), [row.value.code for row in rows])
        book.taken |= {row.value.code.upper() for row in rows if row.value.code}
        accounts = {client_id: number for number, client_id in owners.items() if number}
        if self.settings.owner is not None:
            accounts.setdefault(*self.settings.owner)
        steps: dict[int, Step] = {}
        seen: dict[Any, tuple[int, PatientRow]] = {}
        claimed: set[int] = set()
        likely: dict[int, list[Parsed[PatientRow]]] = defaultdict(list)
        for row in rows:
            client_id = owners.get(row.value.owner)
            if client_id is None:
                reason = f"There is no client with the account number “{row.value.owner}”."
                steps[row.number] = Step(row.number, Action.REJECT, reason)
            elif (again := self._said_before(row, seen)) is not None:
                steps[row.number] = again
            elif row.value.code:
                step = self._by_code(row, client_id, book)
                steps[row.number] = step
                if step.payload is not None and step.payload.held is not None:
                    claimed.add(step.payload.held.id)
            else:
                likely[client_id].append(row)
        for client_id, alike in likely.items():
            held = [patient for patient in book.by_owner.get(client_id, ()) if patient.id not in claimed]
            for row, patient in zip(alike, match([r.value.values for r in alike], held), strict=True):
                steps[row.number] = _step(row, client_id, patient, row.value.code)
        self._give_codes(steps.values(), accounts, book)
        return [steps[row.number] for row in rows]

    def _said_before(self, row: Parsed[PatientRow], seen: dict[Any, tuple[int, PatientRow]]) -> Step | None:
        """A row that an earlier one says already. Under one owner for all, every row is an animal."""
        value = row.value
        if value.code:
            key: Any = value.code.upper()
        elif value.values["name"] and (self.settings.owner is None or self.owner_is_mapped):
            key = (value.owner, tuple(sorted(value.values.items(), key=lambda item: item[0])))
        else:
            return None
        first, said = seen.setdefault(key, (row.number, value))
        if first == row.number:
            return None
        if said == value:
            return Step(row.number, Action.UNCHANGED, warnings=[f"Says the same as row {first}."])
        reason = f"Patient id {value.code} stands in row {first} already, with other values."
        return Step(row.number, Action.REJECT, reason)

    def _by_code(self, row: Parsed[PatientRow], client_id: int, book: patient_records.Book) -> Step:
        code = row.value.code
        held = book.by_code.get(code.upper())
        if held is not None and held.client_id != client_id:
            now = f" It is {held.code} now." if held.code.upper() != code.upper() else ""
            reason = f"Patient {code} belongs to another client.{now} An import changes no owner."
            return Step(row.number, Action.REJECT, reason)
        return _step(row, client_id, held, code)

    def _give_codes(self, steps: Any, accounts: Mapping[int, str], book: patient_records.Book) -> None:
        """Give every new patient without an id the next one of its owner, in the order of the file."""
        for step in sorted(steps, key=lambda step: step.number):
            write = step.payload
            if step.action is not Action.CREATE or write.code:
                continue
            series = self._codes.get(write.client_id)
            if series is None:
                own = [patient.code for patient in book.by_owner.get(write.client_id, ())]
                series = codes.free_codes(accounts[write.client_id], own, book.taken)
                self._codes[write.client_id] = series
            write.code = next(series)

    def write(self, session: Session, steps: Sequence[Step]) -> None:
        """Write a portion of steps."""
        patient_records.write(session, steps, self.settings)


def _step(row: Parsed[PatientRow], client_id: int, held: HeldPatient | None, code: str) -> Step:
    given = dict(row.value.values)
    if held is None:
        values = dict(EMPTY) | given
        if row.value.age_born is not None:
            values |= {"birth_date": row.value.age_born, "birth_estimated": True}
        return Step(row.number, Action.CREATE, payload=PatientWrite(client_id, code, values))
    if not given["name"]:
        given.pop("name")
    if held.values["birth_date"] is None and row.value.age_born is not None:
        given |= {"birth_date": row.value.age_born, "birth_estimated": True}
    elif given.get("birth_date", held.values["birth_date"]) != held.values["birth_date"]:
        given["birth_estimated"] = False
    same = says_nothing_else(given, held.values)
    write = PatientWrite(client_id, held.code, dict(held.values) | given, held)
    return Step(row.number, Action.UNCHANGED if same else Action.UPDATE, payload=write)
