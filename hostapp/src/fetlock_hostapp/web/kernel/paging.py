"""Lists in pages for programs: a cursor says after which row to go on; new rows shift nothing (PL-11).

    PLACE: Final = TypeAdapter(tuple[KeyText, WholeKey])

    @get("/clients", permission="clients.view", sync_to_thread=True, tags=[TAG])
    def list_clients(request: StaffRequest, limit: Limit = 50, cursor: Cursor = "") -> ClientList:
        with reading(request) as desk:
            rows = clients.after(desk.session, position(cursor, PLACE), limit + 1)
            return ClientList.of(request, rows, limit, ClientAnswer.of, lambda row: (row.name, row.id))

A cursor holds the sort values of the last row that was given; it is read as the types that the list sorts by,
so that one of another list, or one made up, is refused.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, Self, TypeVar
from urllib.parse import urlencode

from litestar.params import QueryParameter
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from fetlock_hostapp.web.kernel.context import StaffRequest
from fetlock_hostapp.web.kernel.json_bodies import Unreadable

PAGE: Final = 50
MOST: Final = 200
LARGEST_KEY: Final = 2**63 - 1

Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many rows at most")]
Cursor = Annotated[str, QueryParameter(max_length=2000, description="From `next` of the page before")]
WholeKey = Annotated[int, Field(ge=0, le=LARGEST_KEY)]
"""A number in a cursor: one that the database takes."""
Moment = AwareDatetime
"""A moment in a cursor."""
KeyText = Annotated[str, Field(max_length=400)]

BY_ID: Final = TypeAdapter(tuple[WholeKey])
"""The place in a list that is sorted by id alone."""
_VALUES: Final[TypeAdapter[tuple[Any, ...]]] = TypeAdapter(tuple[Any, ...])

Row = TypeVar("Row")
Item = TypeVar("Item")
Position = TypeVar("Position")


class CursorList(BaseModel, Generic[Item]):
    """A page of a list. `next`: the address of the next page, or null after the last row."""

    items: list[Item]
    next: str | None = Field(description="The address of the next page; null after the last row")

    @classmethod
    def of(
        cls,
        request: StaffRequest,
        rows: Sequence[Row],
        limit: int,
        shown: Callable[[Row], Item],
        position_of: Callable[[Row], tuple[Any, ...]],
        **more: Any,
    ) -> Self:
        """The answer for `rows`: one more than `limit` was looked for, to know whether it goes on."""
        page = rows[:limit]
        goes_on = len(rows) > limit
        following = _address(request, cursor_of(*position_of(page[-1]))) if goes_on else None
        return cls(items=[shown(row) for row in page], next=following, **more)


def cursor_of(*values: Any) -> str:
    """The cursor after the row with these sort values: numbers, texts, moments, None."""
    encoded = _VALUES.dump_json(values)
    return base64.urlsafe_b64encode(encoded).decode().rstrip("=")


def position(cursor: str, kind: TypeAdapter[Position] | type[Position]) -> Position | None:
    """The sort values that a cursor holds, as `kind`, a tuple type; None for an empty one.

    Raises `Unreadable` where it is no cursor of this list.
    """
    if not cursor:
        return None
    try:
        decoded = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        adapter: TypeAdapter[Position] = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
        found = adapter.validate_json(decoded, strict=True)
    except (binascii.Error, ValueError, ValidationError):
        raise Unreadable(
            "The query cannot be read.", {"cursor": "This is no cursor of this list. Take it from `next`."}
        ) from None
    return found


def _address(request: StaffRequest, cursor: str) -> str:
    """The address of this request with another cursor: filters and limit stay."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.scope['path']}?{urlencode([*query, ('cursor', cursor)])}"
