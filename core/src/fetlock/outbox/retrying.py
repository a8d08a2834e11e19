"""What follows from the end of an attempt: pure rules of states, delays and giving up (PL-8, CPX-4)."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fetlock.contracts.outside import Delivery, DeliveryState, Receiver
from fetlock.outbox.models import OutboxState

BLOCKING: Final = (
    OutboxState.PENDING.value,
    OutboxState.SENDING.value,
    OutboxState.FAILED.value,
    OutboxState.HELD.value,
)
"""States that later rows of the same aggregate wait behind: this row may still be sent by itself.

One that waits for a person (conflict, in doubt, given up) holds nothing else up.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """How often and when: 5 s, 15 s, 45 s, ... to two hours, each a little off, for about two days.

    `jitter`: the share by which a delay is moved at random, so that a service that comes back is not met
    by everything at once. `lease`: after so long a worker that took something counts as dead.
    """

    first: timedelta = timedelta(seconds=5)
    factor: float = 3.0
    longest: timedelta = timedelta(hours=2)
    jitter: float = 0.2
    give_up_after: int = 30
    lease: timedelta = timedelta(minutes=2)

    def delay(self, attempts: int, asked: int | None = None) -> timedelta:
        """How long to wait after so many attempts; the receiver may ask for more, never for less."""
        seconds = min(
            self.first.total_seconds() * self.factor ** (max(attempts, 1) - 1), self.longest.total_seconds()
        )
        moved = seconds * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311  # no secret in it
        return timedelta(seconds=max(moved, float(asked or 0)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state a parcel goes to; `again` says that it is tried once more by itself."""

    state: OutboxState
    again: bool = False


def judge(delivery: Delivery, receiver: Receiver, attempts: int, rules: Retrying) -> Verdict:
    """What becomes of a parcel after an attempt, `attempts` counting this one."""
    match delivery.state:
        case DeliveryState.DELIVERED:
            return Verdict(OutboxState.SENT)
        case DeliveryState.REJECTED:
            return Verdict(OutboxState.GIVEN_UP)
        case DeliveryState.CONFLICT:
            return Verdict(OutboxState.CONFLICT)
        case DeliveryState.UNCLEAR if receiver is Receiver.NEITHER:
            return Verdict(OutboxState.IN_DOUBT)
        case DeliveryState.RETRY | DeliveryState.UNCLEAR:
            if attempts >= rules.give_up_after:
                return Verdict(OutboxState.GIVEN_UP)
            return Verdict(OutboxState.FAILED, again=True)


def after_lost_worker(receiver: Receiver) -> OutboxState:
    """What becomes of a parcel whose worker was lost while it was sending: nobody knows how it ended."""
    return OutboxState.IN_DOUBT if receiver is Receiver.NEITHER else OutboxState.SENDING
