"""What the plugin does when something has happened: in the same transaction, and once for each event."""

from typing_extensions import override

from fetlock import Event, hookimpl
from fetlock.hooks import LifecycleHooks
from fetlock.services import store_parcel
from tests.dummy_plugin.models import Heard, Member
from tests.dummy_plugin.naming import NAME


class Lifecycle(LifecycleHooks):
    """The notify hooks."""

    @hookimpl
    @override
    def invoice_closed(self, event: Event) -> None:
        take_in(event, f"invoice {event.data['invoice_id']}, revision {event.data['revision']}")

    @hookimpl
    @override
    def invoice_reopened(self, event: Event) -> None:
        take_in(event, f"invoice {event.data['invoice_id']}, revision {event.data['revision']}")

    @hookimpl
    @override
    def items_returned(self, event: Event) -> None:
        take_in(event, f"{len(event.data['line_ids'])} on invoice {event.data['invoice_id']}")

    @hookimpl
    @override
    def patient_owner_changed(self, event: Event) -> None:
        if take_in(event, f"{event.data['old_code']} is {event.data['new_code']}"):
            member = event.work.session.get(Member, event.data["patient_id"])
            if member is not None:
                member.owes_fee = True  # the new owner joins anew
                told = {"member": member.number, "code": event.data["new_code"]}
                store_parcel(event.work, NAME, "owner", f"member {member.number}", told)


def take_in(event: Event, subject: str) -> bool:
    """Note the event in our own table; False where it was noted before."""
    session = event.work.session
    if session.get(Heard, event.event_id) is not None:
        return False
    session.add(Heard(event_id=event.event_id, kind=event.kind, subject=subject))
    return True
