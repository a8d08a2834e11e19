"""What programs send and get of anything that goes out and may have to go again: parcels and messages."""

from typing import TypeVar

from pydantic import BaseModel, Field

from fetlock_hostapp.plugin import CursorList

Item = TypeVar("Item")


class Outgoing(CursorList[Item]):
    """The newest first. `total`: of all pages; `counts`: in each state, under the other filters."""

    total: int
    counts: dict[str, int]


class SendAgain(BaseModel):
    """`sure`: somebody has looked or asked there; needed for what may have arrived."""

    sure: bool = False


class Drop(BaseModel):
    """Why it is never sent."""

    reason: str = Field(max_length=300)
