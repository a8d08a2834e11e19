"""The relay: in order, with backoff, through leases, and never twice where a repeat can't be told (PL-8)."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from core.tests.outbox.household import NO_HTTP, attempts, deliver_all, post, rows, sampler_of
from core.tests.platform.places import Place
from fetlock import clock
from fetlock.contracts import SYSTEM, Actor, Delivery, DeliveryState, Parcel, Receiver
from fetlock.domain.plugins.settings import save
from fetlock.errors import Conflict, Invalid, NotFound, NotPermitted
from fetlock.outbox import resending
from fetlock.outbox.claiming import claim, resume_held
from fetlock.outbox.models import OutboxRow, OutboxState
from fetlock.outbox.relay import deliver_next, settle
from fetlock.outbox.retrying import Retrying
from fetlock.outbox.store import store_parcel

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEADY = Retrying(jitter=0)


def _failing(state: DeliveryState, message: str = "No.") -> Delivery:
    return Delivery(state=state, message=message)


@pytest.mark.req("PL-8")
def test_each_aggregate_goes_in_order_and_is_stored(here: Place) -> None:
    seen: list[tuple[str, int]] = []

    def carry(parcel: Parcel) -> Delivery:
        seen.append((parcel.aggregate, parcel.payload["number"]))
        return Delivery(
            state=DeliveryState.DELIVERED, reference=f"R{parcel.payload['number']}", answer={"a": 1}
        )

    sampler_of(here).carry = carry
    post(here, "a", "b", "a", "a", "b")
    assert deliver_all(here) == 5
    assert [number for aggregate, number in seen if aggregate == "a"] == [0, 2, 3]
    assert [row.state for row in rows(here)] == ["sent"] * 5
    assert rows(here)[0].reference == "R0"
    assert attempts(here) == [(1, "delivered")] * 5


@pytest.mark.req("PL-8", "CPX-4")
def test_a_failing_service_is_tried_again_with_growing_delays(here: Place) -> None:
    """Three times 500, then 200: sent, four attempts kept, backoff grows."""
    answers = iter([DeliveryState.RETRY] * 3)
    sampler_of(here).carry = lambda _: Delivery(
        state=next(answers, DeliveryState.DELIVERED), message="The vendor answered 500."
    )
    with clock.set_to(NOON):
        post(here, "a")
    delays, moment = [], NOON
    for _ in range(4):
        with clock.set_to(moment):
            assert deliver_all(here, STEADY) == 1
        (row,) = rows(here)
        if row.state == OutboxState.FAILED:
            assert row.problem == "The vendor answered 500."
            delays.append((row.next_attempt_at - moment).total_seconds())
            with clock.set_to(row.next_attempt_at - timedelta(seconds=1)):
                assert deliver_all(here, STEADY) == 0, "not before its time"
            moment = row.next_attempt_at
    assert delays == [5, 15, 45]
    (row,) = rows(here)
    assert (row.state, row.attempts, row.problem) == ("sent", 4, "")
    assert attempts(here) == [(1, "retry"), (2, "retry"), (3, "retry"), (4, "delivered")]


@pytest.mark.req("PL-8")
def test_a_later_row_never_overtakes_one_that_may_still_go(here: Place) -> None:
    sampler_of(here).carry = lambda parcel: _failing(
        DeliveryState.RETRY if parcel.aggregate == "a" else DeliveryState.DELIVERED
    )
    post(here, "a", "a", "b")
    deliver_all(here, STEADY)
    assert [row.state for row in rows(here)] == ["failed", "pending", "sent"]
    sampler_of(here).carry = lambda _: _failing(DeliveryState.CONFLICT)
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        assert deliver_all(here, STEADY) == 2
    assert [row.state for row in rows(here)] == ["conflict", "conflict", "sent"]


@pytest.mark.req("PL-8")
def test_an_exception_of_the_plugin_is_an_unclear_end(here: Place) -> None:
    def carry(_: Parcel) -> Delivery:
        raise ConnectionError("57A Bella")

    sampler_of(here).carry = carry
    post(here, "a")
    post(here, "b", receiver=Receiver.NEITHER)
    assert deliver_all(here) == 2
    keyed, mail = rows(here)
    assert (keyed.state, mail.state) == ("failed", "in_doubt")
    assert "incident" in keyed.problem
    assert "Bella" not in keyed.problem
    with clock.set_to(clock.now() + timedelta(days=1)):
        assert deliver_all(here) == 1, "the one in doubt waits for a person"


@pytest.mark.req("PL-8")
def test_a_lost_worker_is_followed_by_another(here: Place) -> None:
    """The lease of a killed worker runs out; what cannot be repeated is left in doubt instead."""
    post(here, "a")
    post(here, "b", receiver=Receiver.NEITHER)
    database = here.runtime.database
    for _ in range(2):
        assert database.write(lambda s: claim(s, here.runtime, "killed", STEADY))
    assert deliver_all(here, worker="next") == 0, "while the leases last"
    with clock.set_to(clock.now() + STEADY.lease + timedelta(seconds=1)):
        assert deliver_all(here, worker="next") == 1
    keyed, mail = rows(here)
    assert (keyed.state, keyed.attempts, mail.state, mail.attempts) == ("sent", 2, "in_doubt", 1)
    assert attempts(here) == [(1, "lost"), (1, "lost"), (2, "delivered")]


@pytest.mark.req("PL-8")
def test_a_worker_that_was_taken_for_dead_changes_nothing_any_more(here: Place) -> None:
    post(here, "a")
    database = here.runtime.database
    slow = database.write(lambda s: claim(s, here.runtime, "slow", STEADY))
    assert slow is not None
    with clock.set_to(clock.now() + STEADY.lease + timedelta(seconds=1)):
        assert deliver_all(here, worker="next") == 1
    database.write(lambda s: settle(s, slow, _failing(DeliveryState.REJECTED), STEADY))
    assert [row.state for row in rows(here)] == ["sent"]


@pytest.mark.req("PL-8")
def test_many_workers_take_each_parcel_once(here: Place) -> None:
    taken: Counter[str] = Counter()
    order: dict[str, list[int]] = {}
    guard = threading.Lock()

    def carry(parcel: Parcel) -> Delivery:
        with guard:
            taken[parcel.key] += 1
            order.setdefault(parcel.aggregate, []).append(parcel.payload["number"])
        return Delivery(state=DeliveryState.DELIVERED)

    sampler_of(here).carry = carry
    keys = post(here, *(f"plan-{number % 7}" for number in range(60)))
    threads = [threading.Thread(target=_until_empty, args=(here, f"w{n}")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == Counter({str(key): 1 for key in keys})
    assert all(numbers == sorted(numbers) for numbers in order.values())


def _until_empty(here: Place, worker: str) -> None:
    while any(row.state != OutboxState.SENT for row in rows(here)):
        deliver_next(here.runtime, NO_HTTP, worker, STEADY)


@pytest.mark.req("PL-8", "PL-2")
def test_where_the_plugin_is_off_rows_are_held_until_it_is_on(here: Place) -> None:
    post(here, "a", site="south")
    assert deliver_all(here) == 0
    (row,) = rows(here)
    assert (row.state, row.problem, row.attempts) == ("held", "Sampler is off here.", 0)
    here.switch("sampler", "on", site="south")
    assert here.runtime.database.write(lambda s: resume_held(s, here.runtime)) == 1
    assert deliver_all(here) == 1
    assert [row.state for row in rows(here)] == ["sent"]


def test_an_absent_plugin_is_looked_for_again_later(here: Place) -> None:
    post(here, "a")
    here.runtime.database.write(lambda s: s.execute(update(OutboxRow).values(plugin="gone")))
    assert deliver_all(here) == 0
    (row,) = rows(here)
    assert (row.state, row.problem) == ("pending", "gone is not installed, or in quarantine.")
    assert row.next_attempt_at > clock.now()


def test_unusable_settings_are_said_and_tried_again(here: Place) -> None:
    here.run(lambda work: save(work, here.runtime.secrets, "sampler", {"api_secret": "x"}))
    here.runtime.installation.key_file.write_text("broken\n")
    here.runtime.secrets._fernet = None
    post(here, "a")
    assert deliver_all(here) == 1
    (row,) = rows(here)
    assert row.state == "failed"
    assert row.problem.startswith("Its settings can't be used: A key is damaged")


@pytest.mark.req("PL-8")
def test_a_dead_letter_is_sent_again_by_a_person(here: Place) -> None:
    rules = Retrying(jitter=0, give_up_after=1)
    sampler_of(here).carry = lambda _: _failing(DeliveryState.RETRY, "Down.")
    post(here, "a")
    deliver_all(here, rules)
    (row,) = rows(here)
    assert row.state == "given_up"
    sampler_of(here).carry = lambda _: Delivery(state=DeliveryState.DELIVERED)
    here.run(lambda work: resending.retry(work, row.id))
    assert deliver_all(here, rules) == 1
    assert [row.state for row in rows(here)] == ["sent"]
    assert attempts(here) == [(1, "retry"), (2, "delivered")]


@pytest.mark.req("PL-8")
def test_what_is_in_doubt_goes_again_only_when_somebody_is_sure(here: Place) -> None:
    sampler_of(here).carry = lambda _: _failing(DeliveryState.UNCLEAR)
    post(here, "a", receiver=Receiver.NEITHER)
    deliver_all(here)
    (row,) = rows(here)
    with pytest.raises(Conflict, match="may have arrived"):
        here.run(lambda work: resending.retry(work, row.id))
    here.run(lambda work: resending.retry(work, row.id, sure=True))
    assert [row.state for row in rows(here)] == ["pending"]


def test_dropping_needs_a_reason_and_the_right_site(here: Place) -> None:
    post(here, "a")
    (row,) = rows(here)
    with pytest.raises(Invalid):
        here.run(lambda work: resending.drop(work, row.id, reason=" "))
    with pytest.raises(NotFound):
        here.run(lambda work: resending.drop(work, row.id, reason="x"), site="south")
    with pytest.raises(NotPermitted):
        here.run(lambda work: resending.drop(work, row.id, reason="x"), actor=Actor(staff_id=None, name="N"))
    here.run(lambda work: resending.drop(work, row.id, reason="Entered by hand"), actor=SYSTEM)
    assert [(row.state, row.problem) for row in rows(here)] == [("dropped", "Entered by hand")]
    assert deliver_all(here) == 0


def test_a_sent_row_is_not_sent_again(here: Place) -> None:
    post(here, "a")
    deliver_all(here)
    (row,) = rows(here)
    with pytest.raises(Conflict):
        here.run(lambda work: resending.retry(work, row.id))
    with pytest.raises(Conflict):
        here.run(lambda work: resending.drop(work, row.id, reason="x"))


@pytest.mark.req("PL-2", "PL-8")
def test_what_is_held_at_one_site_holds_nothing_up_at_another(here: Place) -> None:
    here.switch("sampler", "on", site="south")
    post(here, "a")
    here.switch("sampler", "off")
    deliver_all(here)
    post(here, "a", site="south")
    post(here, "a")
    assert deliver_all(here) == 1
    assert [row.state for row in rows(here)] == ["held", "sent", "pending"], "order holds within the site"


@pytest.mark.req("PL-8")
def test_a_plugin_stores_parcels_of_its_own_topics_and_no_others(here: Place) -> None:
    key = here.run(lambda work: store_parcel(work, "sampler", "sample", "a", {"number": 1}))
    with pytest.raises(ValueError, match="no topic elsewhere"):
        here.run(lambda work: store_parcel(work, "sampler", "elsewhere", "a", {}))
    here.switch("sampler", "off")
    here.run(lambda work: store_parcel(work, "sampler", "sample", "b", {"number": 2}))
    assert [(row.state, row.subject) for row in rows(here)] == [("pending", "Samples"), ("held", "Samples")]
    here.switch("sampler", "on")
    assert deliver_all(here) == 1
    assert [row.key for row in rows(here) if row.state == "sent"] == [key]
