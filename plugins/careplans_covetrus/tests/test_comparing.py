"""What the vendor counts beyond us was used elsewhere; nothing is compared while it is on its way."""

from typing import Any

import httpx
import pytest

from fetlock import clock
from fetlock.outbox import resending
from fetlock_careplans_covetrus import keeping
from fetlock_careplans_covetrus.asking import answer
from fetlock_careplans_covetrus.lookups import question
from fetlock_careplans_covetrus.naming import NAME
from fetlock_careplans_covetrus.settings import CarePlanSettings
from plugins.careplans_covetrus.tests.practice import Practice, later

ITEM = "P1-T1-NAIL"


@pytest.fixture
def nails(practice: Practice) -> Practice:
    """57A has a plan of six nail trims."""
    practice.plan([{"code": "NAIL", "included": 6}])
    practice.refresh()
    return practice


def vendor_used(practice: Practice, count: int) -> None:
    """Somebody else uses the plan: the vendor's counter is now `count`."""
    practice.vendor.call("PATCH", f"/plans/P1/items/{ITEM}", {"used": count})


def ask_only(practice: Practice, *, client: str = "57", patient: str = "57A") -> Any:
    """The vendor's answer, not yet kept."""
    from fetlock.contracts import Ask
    from fetlock.platform import settings

    with practice.clinic.reading() as session:
        model, _ = settings.load(
            session,
            practice.runtime.secrets,
            practice.runtime.registry,
            NAME,
            practice.clinic.records.sites["north"],
        )
    wanted = question(practice.clinic.records.patients[patient], client, patient)
    with httpx.Client(trust_env=False, timeout=10) as http:
        return answer(
            Ask(ask_id="1", question=wanted.question, data=wanted.data, settings=model, site_id=1, http=http)
        )


def keep(practice: Practice, answered: Any, patient: str = "57A") -> None:
    """Keep an answer now."""
    from fetlock import AppliedAnswer

    asked = question(practice.clinic.records.patients[patient], patient[:2], patient).data
    practice.clinic.run(
        lambda work: keeping.keep(
            AppliedAnswer(
                work=work,
                question="refresh",
                asked=asked,
                answer=answered.data,
                settings=CarePlanSettings(),
            )
        )
    )


def test_use_elsewhere_becomes_an_external_entry_once(nails: Practice) -> None:
    vendor_used(nails, 2)
    nails.refresh()
    nails.refresh()
    assert nails.entries() == [("external", 2, 2)]
    assert nails.left("NAIL") == 4
    vendor_used(nails, 3)
    nails.refresh()
    assert nails.entries() == [("external", 2, 2), ("external", 1, 1)]


def test_what_we_merely_reserved_is_not_the_vendors_business(nails: Practice) -> None:
    nails.add(("NAIL", 2))
    vendor_used(nails, 1)
    nails.refresh()
    assert nails.entries() == [("reserve", 2, 2), ("external", 1, 1)]
    assert nails.left("NAIL") == 3


def test_what_the_vendor_counts_less_is_no_entry(nails: Practice) -> None:
    nails.close(nails.add(("NAIL", 2)).invoice.id)
    nails.work_off()
    vendor_used(nails, 0)
    nails.refresh()
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]
    assert nails.left("NAIL") == 4


def test_nothing_is_compared_while_a_posting_is_on_its_way(nails: Practice) -> None:
    nails.close(nails.add(("NAIL", 2)).invoice.id)
    vendor_used(nails, 3)
    nails.vendor.fault("error500", paths=["/v1/usages"])
    nails.work_off()
    nails.refresh()
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]
    nails.vendor.fault("none")
    with later(hours=3):
        nails.work_off()
    with later(hours=4):
        nails.refresh()
    assert nails.vendor.used(ITEM) == 5
    assert nails.entries()[-1] == ("external", 3, 3)
    assert nails.left("NAIL") == 1


def test_a_posting_between_question_and_answer_is_not_taken_for_use_elsewhere(nails: Practice) -> None:
    """The race: the vendor counted our usage before it answered, and we know that it did only now."""
    nails.close(nails.add(("NAIL", 2)).invoice.id)
    asked_first = clock.now()
    nails.work_off()
    answered = ask_only(nails)
    # the vendor had looked when our usage was just in; whichever way it was, our count may be in its own
    answered.data["asked_at"] = asked_first.isoformat()
    keep(nails, answered)
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]
    nails.refresh()
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]


def test_a_close_between_answer_and_keeping_is_not_taken_for_use_elsewhere(nails: Practice) -> None:
    answered = ask_only(nails)
    nails.close(nails.add(("NAIL", 2)).invoice.id)
    keep(nails, answered)
    nails.work_off()
    keep(nails, answered)
    nails.refresh()
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]


def test_a_dropped_posting_hides_no_use_elsewhere(nails: Practice) -> None:
    nails.vendor.call("PATCH", "/plans/P1", {"status": "suspended"})
    nails.close(nails.add(("NAIL", 1)).invoice.id)
    nails.work_off()
    row = nails.parcels()[0]
    assert row.state == "conflict"
    nails.clinic.run(lambda work: resending.drop(work, row.id, reason="done by hand"))
    nails.vendor.call("PATCH", "/plans/P1", {"status": "active"})
    vendor_used(nails, 4)
    nails.refresh()
    assert nails.entries()[-1] == ("external", 3, 3)


def test_an_answer_that_was_overtaken_changes_nothing(nails: Practice) -> None:
    old = ask_only(nails)
    nails.vendor.call("PATCH", "/plans/P1", {"status": "suspended"})
    nails.refresh()
    keep(nails, old)
    assert nails.plans()[0].plan.status == "suspended"


def test_two_answers_at_once_count_use_elsewhere_once(nails: Practice) -> None:
    vendor_used(nails, 2)
    first, second = ask_only(nails), ask_only(nails)
    keep(nails, second)
    keep(nails, first)
    keep(nails, second)
    assert nails.entries() == [("external", 2, 2)]
