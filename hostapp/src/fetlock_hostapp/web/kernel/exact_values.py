"""Numbers in JSON: exact, as text with a fixed number of decimals; ids within what the database takes."""

import re
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

LARGEST_KEY: Final = 2**63 - 1
MOST: Final = 10**15
NUMBER: Final = r"^-?[0-9]{1,15}(\.[0-9]{1,12})?$"


def in_cents(value: Any) -> Any:
    """A Decimal with two decimals; anything else as it is."""
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def in_units(value: Any) -> Any:
    """A Decimal with four decimals; anything else as it is."""
    return f"{value:.4f}" if isinstance(value, Decimal) else value


def exactly(value: Any) -> Any:
    """The Decimal of what was sent: text as `NUMBER` has it, or a number of JSON."""
    if isinstance(value, str):
        if not re.fullmatch(NUMBER, value):
            raise ValueError("Send a decimal number, such as 1.5.")
        return Decimal(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    return value


Amount = Annotated[str, BeforeValidator(in_cents), Field(pattern=r"^-?[0-9]+\.[0-9]{2}$", examples=["45.00"])]
"""Money that is answered, in the document's currency, such as "45.00"."""

Units = Annotated[str, BeforeValidator(in_units), Field(pattern=r"^-?[0-9]+\.[0-9]{4}$", examples=["1.5000"])]
"""A quantity or a percentage that is answered, such as "1.5000"."""

Id = Annotated[int, Field(ge=1, le=LARGEST_KEY)]
"""An id that is sent."""

Revision = Annotated[int, Field(ge=0, le=LARGEST_KEY)]
"""A revision that was read."""

Number = Annotated[
    Decimal,
    BeforeValidator(exactly),
    Field(ge=-MOST, le=MOST),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": NUMBER},
                {"type": "number", "minimum": -MOST, "maximum": MOST},
            ],
            "description": "A decimal number, best as text",
            "examples": ["1.5"],
        }
    ),
]
"""A decimal number that is sent; how many decimals it may have, the domain says."""


class Answer(BaseModel):
    """Read from the views of core, whose attributes have the same names."""

    model_config = ConfigDict(from_attributes=True)
