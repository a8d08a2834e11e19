"""Parcels of the sampler plugin, and passes of the relay, for the tests of the outbox."""

import uuid
from typing import Any

from sqlalchemy import select

from core.tests.platform.places import Place
from core.tests.platform.sampler.plugin import Sampler
from fetlock.contracts import Receiver
from fetlock.outbox.models import OutboxAttempt, OutboxRow
from fetlock.outbox.relay import deliver_next
from fetlock.outbox.retrying import Retrying
from fetlock.outbox.store import Posting, enqueue
from fetlock.work import Work

NO_HTTP: Any = None
"""The sampler reaches nobody, so it is handed no client."""


def sampler_of(place: Place) -> Sampler:
    """The plugin's instance, whose behaviour a test sets."""
    instance = place.runtime.registry.plugins["sampler"].instance
    assert isinstance(instance, Sampler)
    return instance


def post(
    place: Place,
    *aggregates: str,
    receiver: Receiver = Receiver.TAKES_KEYS,
    site: str = "north",
) -> list[uuid.UUID]:
    """Store one parcel for each aggregate, in one transaction; answers their keys."""
    keys = [uuid.uuid4() for _ in aggregates]

    def store(work: Work) -> None:
        postings = [
            Posting(
                key=key,
                plugin="sampler",
                topic="sample",
                aggregate=aggregate,
                subject=f"Sample for {aggregate}",
                payload={"number": number},
                receiver=receiver.value,
                site_id=work.site.id,
            )
            for number, (key, aggregate) in enumerate(zip(keys, aggregates, strict=True))
        ]
        enqueue(work.session, postings)

    place.run(store, site=site)
    return keys


def deliver_all(place: Place, rules: Retrying | None = None, *, worker: str = "w1") -> int:
    """Pass until nothing is due; answers how many parcels were taken."""
    count = 0
    while deliver_next(place.runtime, NO_HTTP, worker, rules or Retrying()):
        count += 1
    return count


def rows(place: Place) -> list[OutboxRow]:
    """Every parcel, in order."""
    with place.runtime.database.reading() as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def attempts(place: Place) -> list[tuple[int, str]]:
    """Number and outcome of every attempt, in order."""
    with place.runtime.database.reading() as session:
        return [
            (attempt.number, attempt.outcome)
            for attempt in session.scalars(select(OutboxAttempt).order_by(OutboxAttempt.id))
        ]
