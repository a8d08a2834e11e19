"""A plugin that hands parcels to nobody: each topic ends as the test says. And a clinic with its outbox."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from fetlock import clock
from fetlock.contracts import HOOK_API, Delivery, DeliveryState, Manifest, Parcel, Receiver, Topic
from fetlock.hooks import OutsideHooks, RegistrationHooks, hookimpl
from fetlock.outbox.models import OutboxRow
from fetlock.outbox.retrying import Retrying
from fetlock.outbox.store import Posting, enqueue
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.worker import Worker

NAME = "courier"
RULES = Retrying(give_up_after=2, jitter=0)


class Courier(RegistrationHooks, OutsideHooks):
    """Carries "letter", whose receiver takes keys, and "call", whose receiver can't tell a repeat."""

    def __init__(self) -> None:
        self.ends: dict[str, Delivery] = {}
        self.carried: list[tuple[str, str]] = []

    @hookimpl
    def manifest(self) -> Manifest:
        return Manifest(name=NAME, label="City Courier", version="1.0", hook_api=f"=={HOOK_API}")

    @hookimpl
    def topics(self) -> Sequence[Topic]:
        return (
            Topic(name="letter", receiver=Receiver.TAKES_KEYS, label="Letter"),
            Topic(name="call", receiver=Receiver.NEITHER, label="Call"),
        )

    @hookimpl
    def deliver(self, parcel: Parcel) -> Delivery:
        self.carried.append((parcel.key, parcel.topic))
        return self.ends.get(parcel.topic, Delivery(state=DeliveryState.DELIVERED, reference="CC-1"))

    def ends_so(self, topic: str, state: DeliveryState, message: str = "") -> None:
        """From now on attempts of this topic end so."""
        self.ends[topic] = Delivery(state=state, message=message)


@dataclass
class Office:
    """The clinic with the courier on, and its worker."""

    web: WebClinic
    courier: Courier

    def post(
        self,
        subject: str,
        topic: str = "letter",
        *,
        site: str | None = "north",
        aggregate: str = "",
        payload: dict[str, Any] | None = None,
        invoice_id: int | None = None,
        plugin: str = NAME,
        held: bool = False,
    ) -> int:
        """Store a parcel and answer its id."""
        key = uuid.uuid4()
        posting = Posting(
            key=key,
            plugin=plugin,
            topic=topic,
            aggregate=aggregate or f"thing:{key}",
            subject=subject,
            payload=payload or {"units": "1.0000"},
            receiver="neither" if topic == "call" else "takes_keys",
            site_id=None if site is None else self.web.clinic.records.sites[site],
            held=held,
            invoice_id=invoice_id,
        )

        def store(session: Any) -> int:
            enqueue(session, [posting])
            found: int = session.query(OutboxRow.id).filter_by(key=key).scalar()
            return found

        return self.web.runtime.database.write(store)

    def work_off(self, *, later: timedelta = timedelta(0)) -> None:
        """One pass of a real worker, `later` than now."""
        with clock.set_to(clock.now() + later), httpx.Client(trust_env=False) as client:
            Worker(self.web.runtime, http=client, rules=RULES).run_once()

    def row(self, row_id: int) -> OutboxRow:
        """The row as it stands."""
        with self.web.runtime.database.reading() as session:
            return session.get_one(OutboxRow, row_id)

    def one_of_each(self) -> dict[str, int]:
        """A parcel in every state that the worker and people bring about, by state."""
        found = {}
        for state, end in (
            ("failed", DeliveryState.RETRY),
            ("conflict", DeliveryState.CONFLICT),
            ("sent", DeliveryState.DELIVERED),
        ):
            self.courier.ends_so("letter", end, "" if state == "sent" else "503 service unavailable")
            found[state] = self.post(f"Letter that is {state}")
            self.work_off()
        self.courier.ends_so("letter", DeliveryState.REJECTED, "The address is unknown there.")
        found["given_up"] = self.post("Letter that nobody takes")
        self.courier.ends_so("call", DeliveryState.UNCLEAR, "The line broke while it was told.")
        found["in_doubt"] = self.post("Call to Dana", "call")
        self.work_off()
        self.courier.ends.clear()
        found["dropped"] = self.post("Letter that is dropped")
        self.web.signed_in().post(f"/s/north/outbox/{found['dropped']}/drop", data={"reason": "Not needed."})
        found["held"] = self.post("Letter of a plugin that is off", plugin="courier", held=True)
        found["pending"] = self.post("Letter that waits")
        return found
