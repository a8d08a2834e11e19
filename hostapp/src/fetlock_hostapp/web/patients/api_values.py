"""What programs send and get of patients."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from fetlock.domain.patients import sexes, weighing
from fetlock.domain.patients.draft import PatientDraft
from fetlock.domain.patients.models import Patient, PatientAlert, PatientWeight
from fetlock_hostapp.plugin import CursorList, Id, Number, Revision, Units


class PatientInput(BaseModel):
    """A patient to add. Without a code it gets its owner's next one; `age` stands for a birth date."""

    code: str = ""
    name: str = ""
    species: str = ""
    breed: str = ""
    sex: str = Field(default=sexes.UNKNOWN, description="M, MN, F, FS or ?")
    birth_date: date | None = None
    birth_estimated: bool = False
    age: str = Field(default="", description="Such as 7 y 4 m; gives an estimated birth date")
    colour: str = ""
    microchip: str = ""
    active: bool = True

    def draft(self) -> PatientDraft:
        """As the commands take it."""
        return PatientDraft(**self.model_dump(include=set(PatientInput.model_fields)))


class PatientChange(PatientInput):
    """A patient as it shall be. `revision`: the one that was read, where If-Match does not say so."""

    revision: Revision | None = None


class OwnerChange(BaseModel):
    """A new owner. `revision`: the patient's that was read, where If-Match does not say so."""

    client_id: Id
    revision: Revision | None = None


class Death(BaseModel):
    """The day of death, or null: it lives after all."""

    deceased_on: date | None


class PatientAnswer(BaseModel):
    """A patient."""

    id: int
    code: str
    name: str
    species: str
    breed: str
    sex: str
    sex_words: str
    birth_date: date | None
    birth_estimated: bool
    colour: str
    microchip: str
    deceased_on: date | None
    active: bool
    client_id: int
    client_account_number: str
    client_name: str
    revision: int
    created_at: datetime

    @classmethod
    def of(cls, patient: Patient) -> "PatientAnswer":
        """The answer for a row."""
        names = set(cls.model_fields) - {"sex_words", "client_account_number", "client_name"}
        return cls(
            **{name: getattr(patient, name) for name in names},
            sex_words=sexes.words(patient.sex),
            client_account_number=patient.client.account_number,
            client_name=patient.client.name,
        )


class PatientList(CursorList[PatientAnswer]):
    """Patients in the order in which they were added; `total` is of all pages."""

    total: int


class WeightInput(BaseModel):
    """A weight in kg or lb, measured now or at a time before."""

    weight: Number
    unit: str = Field(default="kg", description="kg or lb")
    measured_at: datetime | None = None


class WeightAnswer(BaseModel):
    """A weight: as entered, and in kilograms with four decimals."""

    id: int
    weight: Units
    unit: str
    kilograms: Units
    measured_at: datetime

    @classmethod
    def of(cls, entry: PatientWeight) -> "WeightAnswer":
        """The answer for a row."""
        return cls(
            id=entry.id,
            weight=weighing.in_unit(entry.kilograms, entry.entered_unit),
            unit=entry.entered_unit,
            kilograms=entry.kilograms,
            measured_at=entry.measured_at,
        )


class WeightList(CursorList[WeightAnswer]):
    """Weights of a patient, the latest first."""


class AlertInput(BaseModel):
    """What to beware of; `severe`: danger to people or to life."""

    text: str
    severe: bool = True


class AlertAnswer(AlertInput):
    """An alert that stands."""

    id: int
    created_at: datetime

    @classmethod
    def of(cls, alert: PatientAlert) -> "AlertAnswer":
        """The answer for a row."""
        return cls(id=alert.id, text=alert.text, severe=alert.severe, created_at=alert.created_at)
