"""Which row of a file is which patient, where the file gives no patient ids: pure rules (H-15).

A row that says exactly what a patient holds is that patient; so a second run finds everybody again, also
several unnamed kittens of one litter. What remains is told apart by microchip, then by name and species.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

IDENTITY: Final = ("name", "species", "breed", "sex", "birth_date", "colour", "microchip", "deceased_on")
"""What tells patients of one owner apart."""

EMPTY: Final[Mapping[str, Any]] = {
    "name": "",
    "species": "",
    "breed": "",
    "sex": "?",
    "birth_date": None,
    "birth_estimated": False,
    "colour": "",
    "microchip": "",
    "deceased_on": None,
    "active": True,
}
"""A patient of whom nothing is known."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldPatient:
    """A patient as the database holds it."""

    id: int
    revision: int
    client_id: int
    code: str
    values: Mapping[str, Any]


def says_nothing_else(given: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether a patient holds already everything that a row gives."""
    return all(held[name] == value for name, value in given.items())


def match(rows: Sequence[Mapping[str, Any]], held: Sequence[HeldPatient]) -> list[HeldPatient | None]:
    """For each row of one owner the patient that it is, or None for a new one; no patient is taken twice."""
    found: list[HeldPatient | None] = [None] * len(rows)
    free = dict.fromkeys(sorted(held, key=lambda patient: patient.id))
    for take in (_exactly, _by_chip, _by_name):
        open_rows = [index for index in range(len(rows)) if found[index] is None]
        if not open_rows or not free:
            break
        for index, patient in take(rows, open_rows, list(free)):
            found[index] = patient
            del free[patient]
    return found


_Pairs = list[tuple[int, HeldPatient]]
_Rows = Sequence[Mapping[str, Any]]


def _exactly(rows: _Rows, open_rows: Sequence[int], free: Sequence[HeldPatient]) -> _Pairs:
    by_identity: dict[tuple[Any, ...], list[HeldPatient]] = defaultdict(list)
    for patient in reversed(free):
        by_identity[tuple(patient.values[name] for name in IDENTITY)].append(patient)
    pairs = []
    for index in open_rows:
        identity = tuple(rows[index].get(name, EMPTY[name]) for name in IDENTITY)
        if by_identity[identity]:
            pairs.append((index, by_identity[identity].pop()))
    return pairs


def _by_chip(rows: _Rows, open_rows: Sequence[int], free: Sequence[HeldPatient]) -> _Pairs:
    by_chip: dict[Any, HeldPatient] = {each.values["microchip"]: each for each in reversed(free)}
    by_chip.pop("", None)
    pairs = []
    for index in open_rows:
        chip = rows[index].get("microchip", "")
        if chip in by_chip:
            pairs.append((index, by_chip.pop(chip)))
    return pairs


def _by_name(rows: _Rows, open_rows: Sequence[int], free: Sequence[HeldPatient]) -> _Pairs:
    """First those that hold all that the row gives, and more; then the only one of that name and species."""
    by_name: dict[str, list[HeldPatient]] = defaultdict(list)
    for patient in free:
        by_name[patient.values["name"]].append(patient)
    pairs = []
    left: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index in open_rows:
        row = rows[index]
        same = by_name[row["name"]]
        fitting = next((each for each in same if says_nothing_else(row, each.values)), None)
        if fitting is None:
            left[row["name"], row.get("species", "")].append(index)
        else:
            same.remove(fitting)
            pairs.append((index, fitting))
    for (name, species), indexes in left.items():
        alike = [each for each in by_name[name] if each.values["species"] in (species, "") or not species]
        if name and len(indexes) == 1 and len(alike) == 1 and not _is_another(rows[indexes[0]], alike[0]):
            by_name[name].remove(alike[0])
            pairs.append((indexes[0], alike[0]))
    return pairs


def _is_another(row: Mapping[str, Any], patient: HeldPatient) -> bool:
    """Two microchips are two animals."""
    chip = row.get("microchip", "")
    return bool(chip and patient.values["microchip"] and chip != patient.values["microchip"])
