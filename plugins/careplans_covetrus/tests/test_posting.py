"""Closing posts the usage to the vendor, each ledger entry once, whatever the vendor or the line does."""

from datetime import timedelta
from decimal import Decimal

import pytest

from fetlock import Conflict
from fetlock.domain.invoices import closing, payments
from fetlock.domain.invoices.lines import change_line
from fetlock.domain.plugins import switching
from fetlock.outbox import resending
from fetlock_careplans_covetrus.naming import NAME
from plugins.careplans_covetrus.tests.practice import Practice, later

ITEM = "P1-T1-NAIL"


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    """On both databases."""
    return database_url


@pytest.fixture
def nails(practice: Practice) -> Practice:
    """57A has a plan of six nail trims."""
    practice.plan([{"code": "NAIL", "included": 6}])
    practice.refresh()
    return practice


@pytest.mark.req("CP-67")
def test_closing_posts_all_plan_services(practice: Practice) -> None:
    practice.plan([{"code": code, "included": 2} for code in ("NAIL", "EXAM", "BLOOD")])
    practice.refresh()
    changed = practice.add(("NAIL", 1), ("EXAM", 2), ("BLOOD", 1), ("FOOD", 1))
    invoice = practice.close(changed.invoice.id)
    practice.work_off()
    usages = {usage["code"]: usage for usage in practice.vendor.usages()}
    assert {code: usage["quantity"] for code, usage in usages.items()} == {"NAIL": 1, "EXAM": 2, "BLOOD": 1}
    assert {parcel.state for parcel in practice.parcels()} == {"sent"}
    nail = usages["NAIL"]
    assert nail["invoice_number"] == invoice.title
    assert nail["used_on"] == practice.clinic.today().isoformat()
    assert nail["pims_line"] == "1"
    assert all(parcel.reference for parcel in practice.parcels())


@pytest.mark.req("CP-68")
def test_an_open_invoice_posts_nothing(nails: Practice) -> None:
    line = nails.add(("NAIL", 2)).line_ids[0]
    nails.change(line, 1)
    nails.work_off()
    assert nails.parcels() == []
    assert nails.vendor.posts() == []


@pytest.mark.req("CP-69")
def test_a_return_after_close_is_posted(nails: Practice) -> None:
    sold = nails.add(("NAIL", 2))
    nails.close(sold.invoice.id)
    nails.work_off()
    assert nails.vendor.used(ITEM) == 2
    back = nails.give_back(sold.line_ids[0], 1)
    nails.work_off()
    assert nails.vendor.used(ITEM) == 2  # the return's invoice is still open
    nails.close(back.invoice.id)
    nails.work_off()
    assert nails.vendor.used(ITEM) == 1
    assert [usage["quantity"] for usage in nails.vendor.usages()] == [2, -1]


@pytest.mark.req("CP-70")
@pytest.mark.parametrize(("quantity", "posted"), [(3, [2, 1]), (1, [2, -1]), (2, [2])])
def test_closing_again_posts_the_difference_alone(nails: Practice, quantity: int, posted: list[int]) -> None:
    sold = nails.add(("NAIL", 2))
    nails.close(sold.invoice.id)
    nails.work_off()
    before = nails.entries()
    nails.reopen(sold.invoice.id)
    assert nails.entries() == before  # reopening alone moves nothing
    if quantity != 2:
        nails.change(sold.line_ids[0], quantity)
    nails.work_off()
    assert nails.vendor.used(ITEM) == 2
    nails.close(sold.invoice.id)
    nails.work_off()
    assert [usage["quantity"] for usage in nails.vendor.usages()] == posted
    assert nails.vendor.used(ITEM) == quantity
    assert nails.left("NAIL") == 6 - quantity


@pytest.mark.req("CP-71")
def test_a_zero_balance_closes_by_cash_of_zero_or_by_hand_never_by_itself(nails: Practice) -> None:
    first = nails.add(("NAIL", 1)).invoice.id
    nails.work_off()
    assert nails.invoice(first).state == "open"
    nails.clinic.run(lambda work: payments.take_payment(work, first, Decimal(0), "cash"))
    second = nails.add(("NAIL", 1)).invoice.id
    assert second != first
    nails.clinic.run(lambda work: closing.close(work, second))
    assert [nails.invoice(invoice).state for invoice in (first, second)] == ["closed", "closed"]
    nails.work_off()
    assert nails.vendor.used(ITEM) == 2
    owing = nails.add(("NAIL", 1), ("FOOD", 1)).invoice.id
    with pytest.raises(Conflict, match="balance"):
        nails.clinic.run(lambda work: closing.close(work, owing))
    assert nails.invoice(owing).state == "open"


@pytest.mark.req("CPX-2")
def test_closing_twice_posts_once(nails: Practice) -> None:
    invoice = nails.add(("NAIL", 2)).invoice.id
    nails.close(invoice)
    with pytest.raises(Conflict):
        nails.clinic.run(lambda work: closing.close(work, invoice))
    nails.work_off()
    nails.work_off()
    assert [usage["quantity"] for usage in nails.vendor.usages()] == [2]


@pytest.mark.req("CPX-2")
@pytest.mark.parametrize("fault", ["duplicate_answer", "not_json", "missing_fields", "cut_off_after_accept"])
def test_a_delivery_that_arrives_twice_counts_once(nails: Practice, fault: str) -> None:
    invoice = nails.add(("NAIL", 2)).invoice.id
    nails.close(invoice)
    nails.vendor.fault(fault, times=1, paths=["/v1/usages"])
    nails.work_off()
    with later(minutes=5):
        nails.work_off()
    assert nails.vendor.used(ITEM) == 2
    assert [usage["quantity"] for usage in nails.vendor.usages()] == [2]
    assert [parcel.state for parcel in nails.parcels()] == ["sent"]


@pytest.mark.req("CPX-2")
def test_a_time_out_after_the_vendor_accepted_is_tried_again_under_the_same_key(nails: Practice) -> None:
    nails.close(nails.add(("NAIL", 1)).invoice.id)
    nails.vendor.fault("timeout_after_accept", times=1, delay_seconds=30, paths=["/v1/usages"])
    nails.work_off(timeout=0.5)
    assert [parcel.state for parcel in nails.parcels()] == ["failed"]
    assert nails.vendor.used(ITEM) == 1  # the vendor has it, we do not know
    with later(minutes=5):
        nails.work_off()
    parcel = nails.parcels()[0]
    assert (parcel.state, parcel.attempts) == ("sent", 2)
    posts = nails.vendor.posts()
    assert [post["key"] for post in posts] == [str(parcel.key)] * 2
    assert nails.vendor.used(ITEM) == 1


@pytest.mark.req("CPX-2")
def test_one_line_over_two_terms_posts_one_usage_for_each(practice: Practice) -> None:
    practice.two_terms("NAIL", current=1, renewed=2)
    practice.refresh()
    practice.close(practice.add(("NAIL", 3)).invoice.id)
    practice.work_off()
    assert [practice.vendor.used(f"P1-T{term}-NAIL") for term in (1, 2)] == [1, 2]
    keys = [usage["key"] for usage in practice.vendor.usages()]
    assert len(set(keys)) == 2


@pytest.mark.req("CPX-4")
def test_an_endpoint_that_fails_three_times_is_posted_at_the_fourth(nails: Practice) -> None:
    sold = nails.add(("NAIL", 1))
    nails.close(sold.invoice.id)
    nails.vendor.fault("error500", times=3, paths=["/v1/usages"])
    waits: list[timedelta] = []
    passed = timedelta()
    for expected in ("failed", "failed", "failed", "sent"):
        with later(seconds=passed.total_seconds()):
            nails.work_off()
            parcel = nails.parcels()[0]
            assert parcel.state == expected
            if expected == "failed":
                assert "answer 500" in parcel.problem
                waits.append(parcel.next_attempt_at - nails.attempts()[-1].started_at)
        passed += waits[-1] + timedelta(seconds=1)
    assert [attempt.number for attempt in nails.attempts()] == [1, 2, 3, 4]
    assert waits == sorted(waits)
    assert waits[0] < waits[1] < waits[2]
    assert nails.vendor.used(ITEM) == 1
    parcel = nails.parcels()[0]
    assert parcel.invoice_line_id == sold.line_ids[0]
    assert (parcel.problem, parcel.reference != "") == ("", True)


@pytest.mark.req("CPX-4")
def test_what_is_due_later_is_not_tried_before_and_a_person_may_try_now(nails: Practice) -> None:
    nails.close(nails.add(("NAIL", 1)).invoice.id)
    nails.vendor.fault("error503", times=1, retry_after_seconds=1800, paths=["/v1/usages"])
    nails.work_off()
    nails.work_off()
    with later(minutes=20):
        nails.work_off()  # the vendor asked for half an hour
    assert len(nails.vendor.posts()) == 1
    row = nails.parcels()[0].id
    nails.clinic.run(lambda work: resending.retry(work, row))
    nails.work_off()
    assert [parcel.state for parcel in nails.parcels()] == ["sent"]


@pytest.mark.req("CPX-4")
def test_ledger_and_sync_states_are_told_apart(nails: Practice) -> None:
    sold = nails.add(("NAIL", 1))
    assert [kind for kind, _, _ in nails.entries()] == ["reserve"]
    nails.vendor.call("PATCH", "/plans/P1", {"status": "suspended"})
    nails.close(sold.invoice.id)
    assert [kind for kind, _, _ in nails.entries()] == ["reserve", "commit"]
    assert [parcel.state for parcel in nails.parcels()] == ["pending"]
    nails.work_off()
    parcel = nails.parcels()[0]
    assert (parcel.state, parcel.invoice_id) == ("conflict", sold.invoice.id)
    assert "suspended" in parcel.problem
    assert nails.left("NAIL") == 5  # used, whatever the sync state (QA32)


@pytest.mark.req("CP-67")
def test_wrong_credentials_hold_the_posting_until_they_are_mended(nails: Practice) -> None:
    nails.settings(api_secret="wrong")
    nails.close(nails.add(("NAIL", 1)).invoice.id)
    nails.work_off()
    parcel = nails.parcels()[0]
    assert parcel.state == "failed"
    assert "refused the API key and secret" in parcel.problem
    assert parcel.next_attempt_at - parcel.created_at >= timedelta(minutes=9)
    nails.connect()
    with later(minutes=15):
        nails.work_off()
    assert nails.vendor.used(ITEM) == 1


def test_a_vendor_that_is_away_costs_nothing_but_time(nails: Practice) -> None:
    nails.settings(base_url="http://127.0.0.1:9")
    nails.close(nails.add(("NAIL", 1)).invoice.id)
    nails.work_off()
    assert "Nothing answers at the address" in nails.parcels()[0].problem
    nails.connect()
    with later(hours=3):
        nails.work_off()
    assert nails.vendor.used(ITEM) == 1


@pytest.mark.req("CP-2")
def test_switched_off_nothing_is_posted_and_switched_on_it_is(nails: Practice) -> None:
    nails.close(nails.add(("NAIL", 1)).invoice.id)
    nails.clinic.run(lambda work: switching.set_state(work, NAME, "off", "test"))
    nails.work_off()
    assert [parcel.state for parcel in nails.parcels()] == ["held"]
    assert nails.vendor.posts() == []
    nails.clinic.run(lambda work: switching.set_state(work, NAME, "on", "test"))
    nails.work_off()
    assert nails.vendor.used(ITEM) == 1


@pytest.mark.req("CPX-3")
def test_voiding_gives_back(nails: Practice) -> None:
    sold = nails.add(("NAIL", 2))
    nails.close(sold.invoice.id)
    nails.clinic.run(lambda work: closing.void(work, sold.invoice.id, reason="test"))
    assert nails.left("NAIL") == 6
    nails.work_off()
    assert nails.vendor.used(ITEM) == 0
    assert [usage["quantity"] for usage in nails.vendor.usages()] == [2, -2]


def test_the_posted_day_is_the_day_of_service(nails: Practice) -> None:
    sold = nails.add(("NAIL", 1))
    day = nails.clinic.today() - timedelta(days=2)
    nails.clinic.run(lambda work: change_line(work, sold.line_ids[0], service_date=day))
    nails.close(sold.invoice.id)
    nails.work_off()
    assert nails.vendor.usages()[0]["used_on"] == day.isoformat()
