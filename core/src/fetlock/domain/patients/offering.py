"""Whether a patient may be reminded, booked or offered anything: not one that has died (H-11)."""

from datetime import date
from typing import Protocol


class Mortal(Protocol):
    """A patient's row, or the facts that hooks see."""

    @property
    def deceased_on(self) -> date | None:
        """The day on which it died."""


def may_be_offered(patient: Mortal) -> bool:
    """False for a deceased patient: no reminder, no booking, no offer and no plan may be made for it."""
    return patient.deceased_on is None
