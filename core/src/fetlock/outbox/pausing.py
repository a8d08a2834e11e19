"""The breaker of a plugin's deliveries: asked before a parcel is taken, told how the attempt ended (PL-5)."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from fetlock.contracts.outside import Delivery, DeliveryState
from fetlock.hooks.markers import HookKind
from fetlock.outbox.models import OutboxRow
from fetlock.platform.breaker import Place, note_failure, note_success, waits_until
from fetlock.platform.incidents import new_incident_id

if TYPE_CHECKING:
    from fetlock.outbox.claiming import Claimed
    from fetlock.platform.runtime import Runtime

_HOOK: Final = "deliver"
_FAILED: Final = frozenset({DeliveryState.RETRY, DeliveryState.UNCLEAR})
"""A receiver that refuses has answered: that is no sign of an outage."""


def paused_until(session: Session, runtime: "Runtime", row: OutboxRow) -> datetime | None:
    """Until when deliveries of this parcel's plugin are left alone at its site; None while they go on."""
    if runtime.hooks.breaker is None:
        return None
    return waits_until(session, Place(plugin=row.plugin, hook=_HOOK, site_id=row.site_id))


def tell(session: Session, runtime: "Runtime", claimed: "Claimed", delivery: Delivery) -> None:
    """Count how an attempt ended. One that could not be made, over settings, says nothing of the service."""
    breaker = runtime.hooks.breaker
    if breaker is None or claimed.fault:
        return
    place = Place(plugin=claimed.plugin, hook=_HOOK, site_id=claimed.site_id)
    if delivery.state in _FAILED:
        # each failed attempt stands with its message in the outbox; the id is for the log
        incident = new_incident_id()
        note_failure(session, place, HookKind.SELECT, f"delivery {delivery.state}", incident, breaker.rules)
    else:
        note_success(session, place)
