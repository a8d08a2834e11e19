"""Plans are read again: by hand, by the worker when they have grown old, and not more than needed."""

from datetime import timedelta

import pytest

from fetlock import clock
from fetlock.domain.plugins import switching
from fetlock.outbox.models import AskRow
from fetlock.services import ask
from fetlock_careplans_covetrus.lookups import question
from fetlock_careplans_covetrus.naming import NAME
from plugins.careplans_covetrus.tests.practice import Practice, later

ITEM = "P1-T1-NAIL"


@pytest.fixture
def nails(practice: Practice) -> Practice:
    """57A has a plan of six nail trims."""
    practice.plan([{"code": "NAIL", "included": 6}])
    practice.refresh()
    return practice


@pytest.mark.req("CP-53")
def test_refreshing_reads_again_and_moves_the_time(nails: Practice) -> None:
    before = nails.plans()[0].plan.as_of
    nails.vendor.call("PATCH", "/plans/P1", {"name": "Gold and more"})
    nails.refresh()
    shown = nails.plans()[0]
    assert shown.title == "Care Plan: Gold and more"
    assert shown.plan.as_of > before


def test_asking_twice_while_the_first_waits_asks_once(practice: Practice) -> None:
    wanted = question(practice.clinic.patient_id, "57", "57A")
    keys = {
        practice.clinic.run(
            lambda work: ask(work, NAME, wanted.question, wanted.data, subject=wanted.subject)
        ).key
        for _ in range(3)
    }
    assert len(keys) == 1


@pytest.mark.req("CP-53")
@pytest.mark.parametrize("fault", ["not_json", "missing_fields", "error500", "wrong_credentials"])
def test_a_failed_refresh_says_why_and_leaves_what_is_known(nails: Practice, fault: str) -> None:
    nails.settings(support_contact="Lena Marchetti, ext. 204")
    before = nails.plans()
    nails.vendor.fault(fault, times=1)
    nails.refresh()
    with nails.clinic.reading() as session:
        row = session.query(AskRow).order_by(AskRow.id.desc()).first()
        assert row is not None
        assert (row.state, row.ok) == ("answered", False)
        assert "Lena Marchetti, ext. 204" in row.message
    assert nails.plans()[0].plan.as_of == before[0].plan.as_of
    assert nails.line(nails.add(("NAIL", 1)).line_ids[0]).net == 0


@pytest.mark.req("CP-53")
def test_the_worker_refreshes_what_has_grown_old(nails: Practice) -> None:
    nails.vendor.call("PATCH", "/plans/P1", {"name": "Silver"})
    nails.work_off()
    assert nails.plans()[0].plan.name == "Gold"  # still fresh
    with later(minutes=30):
        nails.work_off()
    assert nails.plans()[0].plan.name == "Silver"
    assert _refreshes(nails) == 2  # both sites have the account: it is asked once


@pytest.mark.req("CP-53")
def test_plans_that_ended_and_plans_not_found_are_left_alone(nails: Practice) -> None:
    nails.vendor.call("PATCH", "/plans/P1", {"status": "cancelled"})
    nails.refresh()
    with later(hours=2):
        nails.work_off()
    assert _refreshes(nails) == 2
    with later(hours=26):
        nails.work_off()
    assert _refreshes(nails) == 3


def test_while_the_vendor_is_away_one_question_finds_out(practice: Practice) -> None:
    for patient in ("57A", "57B", "58A"):
        practice.plan([{"code": "NAIL"}], plan_id=f"P{patient}", patient=patient)
        practice.refresh(patient)
    practice.vendor.fault("error503")
    with later(minutes=30):
        practice.work_off()
    assert _refreshes(practice) == 6  # nobody knew before
    with later(minutes=60):
        practice.work_off()
    assert _refreshes(practice) <= 8  # one for each site's turn
    practice.vendor.fault("none")
    with later(minutes=90):
        practice.work_off()
    with later(minutes=97):
        practice.work_off()
    assert all(
        practice.plans(p)[0].plan.as_of > clock.now() - timedelta(minutes=1) for p in ("57A", "57B", "58A")
    )


@pytest.mark.req("CP-2")
def test_where_it_is_off_nothing_is_asked(nails: Practice) -> None:
    for site in ("north", "south"):
        nails.clinic.run(lambda work: switching.set_state(work, NAME, "off", "test"), site=site)
    before = len(nails.vendor.state()["attempts"])
    nails.refresh()
    with later(hours=30):
        nails.work_off()
    assert len(nails.vendor.state()["attempts"]) == before


def _refreshes(practice: Practice) -> int:
    with practice.clinic.reading() as session:
        return session.query(AskRow).filter(AskRow.question == "refresh").count()
