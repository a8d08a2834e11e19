"""What follows from the end of an attempt: the pure rules (PL-8, CPX-4)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetlock.contracts import Delivery, DeliveryState, Receiver
from fetlock.outbox.models import OutboxState
from fetlock.outbox.retrying import Retrying, after_lost_worker, judge

RULES = Retrying(give_up_after=3)


@pytest.mark.req("PL-8", "CPX-4")
@pytest.mark.parametrize(
    ("ended", "receiver", "attempts", "state", "again"),
    [
        (DeliveryState.DELIVERED, Receiver.NEITHER, 1, OutboxState.SENT, False),
        (DeliveryState.REJECTED, Receiver.TAKES_KEYS, 1, OutboxState.GIVEN_UP, False),
        (DeliveryState.CONFLICT, Receiver.TAKES_KEYS, 1, OutboxState.CONFLICT, False),
        (DeliveryState.RETRY, Receiver.NEITHER, 1, OutboxState.FAILED, True),
        (DeliveryState.RETRY, Receiver.TAKES_KEYS, 3, OutboxState.GIVEN_UP, False),
        (DeliveryState.UNCLEAR, Receiver.TAKES_KEYS, 1, OutboxState.FAILED, True),
        (DeliveryState.UNCLEAR, Receiver.CAN_BE_ASKED, 2, OutboxState.FAILED, True),
        (DeliveryState.UNCLEAR, Receiver.NEITHER, 1, OutboxState.IN_DOUBT, False),
    ],
)
def test_the_end_of_an_attempt_decides(
    ended: DeliveryState, receiver: Receiver, attempts: int, state: OutboxState, again: bool
) -> None:
    verdict = judge(Delivery(state=ended), receiver, attempts, RULES)
    assert (verdict.state, verdict.again) == (state, again)


@pytest.mark.req("PL-8")
@given(st.sampled_from(DeliveryState), st.integers(1, 100))
def test_what_cannot_tell_repeats_is_never_sent_again_after_an_unclear_end(
    ended: DeliveryState, attempts: int
) -> None:
    verdict = judge(Delivery(state=ended), Receiver.NEITHER, attempts, RULES)
    if ended is DeliveryState.UNCLEAR:
        assert not verdict.again
    assert after_lost_worker(Receiver.NEITHER) is OutboxState.IN_DOUBT


@pytest.mark.req("CPX-4")
@given(st.integers(1, 40))
def test_delays_grow_to_a_limit_each_a_little_off(attempts: int) -> None:
    rules = Retrying()
    steady = Retrying(jitter=0)
    planned = steady.delay(attempts)
    assert steady.delay(attempts + 1) >= planned
    assert steady.delay(1) == timedelta(seconds=5)
    assert steady.delay(3) == timedelta(seconds=45)
    assert planned <= steady.longest
    assert planned * 0.79 <= rules.delay(attempts) <= planned * 1.21


def test_the_receiver_may_ask_for_more_time_never_for_less() -> None:
    steady = Retrying(jitter=0)
    assert steady.delay(1, 60) == timedelta(seconds=60)
    assert steady.delay(3, 1) == timedelta(seconds=45)
