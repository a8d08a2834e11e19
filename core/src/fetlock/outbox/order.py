"""The order of parcels: which earlier ones of its aggregate a parcel waits behind (PL-8)."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from fetlock.outbox.models import OutboxRow, OutboxState
from fetlock.outbox.retrying import BLOCKING


def goes_first(earlier: type[OutboxRow], row: Any) -> ColumnElement[bool]:
    """Whether `earlier` must have gone before `row`, which is the class or one parcel.

    What is held because its plugin is off holds up its own site alone: the others keep the plugin (PL-2).
    """
    return and_(
        earlier.plugin == row.plugin,
        earlier.aggregate == row.aggregate,
        earlier.id < row.id,
        earlier.state.in_(BLOCKING),
        or_(
            earlier.state != OutboxState.HELD.value,
            earlier.site_id.is_not_distinct_from(row.site_id),
        ),
    )
