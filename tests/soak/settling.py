"""Peace after the storm: what waits goes out, by itself or because a person says so."""

import time
from contextlib import suppress

from sqlalchemy import func, select

from fetlock.domain.messages.models import Message
from fetlock.outbox.models import EventPending, OutboxRow
from tests.soak.history import History
from tests.soak.household import LEASE_SECONDS, Household
from tests.soak.preparing import Prepared
from tests.soak.staff import Member, Unclear
from tests.soak.vendor import Vendor

_WITHOUT_PROGRESS = 60.0 + LEASE_SECONDS
_LONGEST = 1200.0
_ON_THE_WAY = ("pending", "sending", "held")
_AGAIN = ("failed", "given_up")
_MAIL_ON_THE_WAY = ("queued", "sending")


def settle(
    household: Household, vendor: Vendor, prepared: Prepared, member: Member, history: History
) -> None:
    """Mend everything, send again what failed, wait until nothing is on its way any more."""
    household.renew()
    household.await_ready()
    vendor.mend()
    begun = progress = time.monotonic()
    before: dict[str, int] = {}
    while any((left := _on_the_way(prepared)).values()):
        now = time.monotonic()
        if left != before:
            before, progress = left, now
        if now - progress > _WITHOUT_PROGRESS or now - begun > _LONGEST:
            history.fault(f"after {now - begun:.0f} s of peace there is still on its way: {left}")
            return
        household.look_after()
        if any(left[kind] for kind in ("to send again", "letters to send again", "parcels")):
            with suppress(Unclear):
                for site in prepared.records.sites:
                    member.send_again(site)
        time.sleep(0.5)


def _on_the_way(prepared: Prepared) -> dict[str, int]:
    with prepared.clinic.reading() as session:
        return {
            "to send again": session.scalar(
                select(func.count()).select_from(OutboxRow).where(OutboxRow.state.in_(_AGAIN))
            )
            or 0,
            "parcels": session.scalar(
                select(func.count()).select_from(OutboxRow).where(OutboxRow.state.in_(_ON_THE_WAY))
            )
            or 0,
            "letters to send again": session.scalar(
                select(func.count())
                .select_from(Message)
                .where(Message.state == "failed", Message.next_attempt_at.is_not(None))
            )
            or 0,
            "letters": session.scalar(
                select(func.count()).select_from(Message).where(Message.state.in_(_MAIL_ON_THE_WAY))
            )
            or 0,
            "events": session.scalar(select(func.count()).select_from(EventPending)) or 0,
        }
