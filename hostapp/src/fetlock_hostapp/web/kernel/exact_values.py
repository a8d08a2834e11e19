"""Numbers in JSON: exact, as text with a fixed number of decimals; ids within what the database takes."""

import re
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

LARGEST_KEY: Final = 2**63 - 1
MOST: Final = 10**15
NUMBER: Final = r"^-?[0-9]{1,15}(\.[0-9]{1,12})?$"


def in_cents(amount: Decimal) -> str:
    """With two decimals."""
    return f"{amount:.2f}"


def in_units(quantity: Decimal) -> str:
    """With four decimals."""
    return f"{quantity:.4f}"


def exactly(value: Any) -> Any:
    """The Decimal of what was sent: text as `NUMBER` has it, or a number of JSON."""
    if isinstance(value, str):
        if not re.fullmatch(NUMBER, value):
            raise ValueError("Send a decimal number, such as 1.5.")
        return Decimal(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    return value


Amount = Annotated[
    Decimal,
    PlainSerializer(in_cents, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "examples": ["45.00"]}),
]
"""Money that is answered, in the document's currency: "45.00"."""

Units = Annotated[
    Decimal,
    PlainSerializer(in_units, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{4}$", "examples": ["1.5000"]}),
]
"""A quantity or a percentage that is answered: "1.5000"."""

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
