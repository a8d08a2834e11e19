"""A patient as typed or read from a file, before it is stored: what must hold, field by field."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from fetlock.domain.patients import ages, codes, sexes

LENGTHS: Final = {
    "name": ("Name", 120),
    "species": ("Species", 60),
    "breed": ("Breed", 120),
    "colour": ("Colour", 80),
    "microchip": ("Microchip", 40),
}
"""Fields of plain text: their labels and the most characters they take."""

SPECIES: Final = (
    "Dog", "Cat", "Rabbit", "Guinea pig", "Hamster", "Rat", "Ferret", "Bird", "Horse", "Reptile", "Other",
)  # fmt: skip
"""What a form offers; any other word is as good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDraft:
    """What a patient's record shall hold. `code` empty: the owner's next one is given.

    `age` is read where there is no birth date, which is then an estimate.
    """

    code: str = ""
    name: str = ""
    species: str = ""
    breed: str = ""
    sex: str = sexes.UNKNOWN
    birth_date: date | None = None
    birth_estimated: bool = False
    age: str = ""
    colour: str = ""
    microchip: str = ""
    active: bool = True

    def trimmed(self) -> "PatientDraft":
        """Without blanks around texts; a microchip without any blanks."""
        texts = {name: getattr(self, name).strip() for name in (*LENGTHS, "code", "age")}
        return replace(self, **{**texts, "microchip": "".join(self.microchip.split())})


def check(draft: PatientDraft, today: date) -> tuple[PatientDraft, dict[str, str]]:
    """The draft as it may be stored, with the age made a birth date, and its faults by field."""
    draft = draft.trimmed()
    faults = {
        name: f"{label}: at most {most} characters."
        for name, (label, most) in LENGTHS.items()
        if len(getattr(draft, name)) > most
    }
    if draft.code and (fault := codes.fault(draft.code)):
        faults["code"] = fault
    if draft.sex not in sexes.SEXES:
        faults["sex"] = "Choose the sex."
    if draft.age and draft.birth_date is None:
        born = ages.birth_of(draft.age, today)
        if born is None:
            faults["age"] = "Enter an age such as 3 y, 7 y 4 m or 10 weeks; or the birth date."
        else:
            draft = replace(draft, birth_date=born, birth_estimated=True)
    if draft.birth_date is not None:
        if draft.birth_date > today:
            faults["birth_date"] = "The birth date lies in the future."
        elif draft.birth_date < ages.months_before(today, ages.OLDEST_YEARS * 12):
            faults["birth_date"] = f"The birth date lies more than {ages.OLDEST_YEARS} years back."
    return replace(draft, age=""), faults
