"""What an invoice tells of usage that did not reach the vendor, above its lines and beside each (CPX-4)."""

import re

import httpx
import pytest

from fetlock.contracts import Notice
from fetlock.domain.invoices import closing
from fetlock_careplans_covetrus import postings
from fetlock_careplans_covetrus.naming import NAME
from fetlock_hostapp.testing import WebClinic
from plugins.careplans_covetrus.tests.practice import Practice, later


@pytest.fixture
def nails(web_practice: Practice) -> Practice:
    """57A has a plan of six nail trims."""
    web_practice.plan([{"code": "NAIL", "included": 6}])
    web_practice.refresh()
    return web_practice


def notices(practice: Practice, invoice_id: int) -> list[Notice]:
    with practice.clinic.reading() as session:
        work = practice.clinic.work(session)
        return list(postings.notices(closing.facts_of(work, practice.invoice(invoice_id))))


def test_an_invoice_without_trouble_says_nothing(nails: Practice) -> None:
    invoice = nails.add(("NAIL", 1)).invoice.id
    assert notices(nails, invoice) == []
    nails.close(invoice)
    assert notices(nails, invoice) == []
    nails.work_off()
    assert notices(nails, invoice) == []


@pytest.mark.req("CPX-4")
def test_a_posting_that_fails_is_told_and_taken_back_when_it_arrives(nails: Practice) -> None:
    invoice = nails.add(("NAIL", 1)).invoice.id
    nails.close(invoice)
    nails.vendor.fault("error500", times=1, paths=["/v1/usages"])
    nails.work_off()
    (notice,) = notices(nails, invoice)
    assert (notice.kind, notice.title) == ("warn", "1 plan service not yet posted to the plan system.")
    assert "answer 500" in notice.text
    assert "tried again by itself" in notice.text
    with later(minutes=5):
        nails.work_off()
    assert notices(nails, invoice) == []


@pytest.mark.req("CPX-4")
def test_a_refusal_waits_for_a_person_and_says_why(nails: Practice) -> None:
    invoice = nails.add(("NAIL", 1)).invoice.id
    nails.vendor.call("PATCH", "/plans/P1", {"status": "suspended"})
    nails.close(invoice)
    nails.work_off()
    (notice,) = notices(nails, invoice)
    assert (notice.kind, notice.title) == ("bad", "The plan system refused 1 plan service.")
    assert "The plan is suspended." in notice.text


@pytest.mark.req("CPX-4")
def test_each_line_shows_both_states_and_a_person_may_try_again(nails: Practice, web: WebClinic) -> None:
    desk = web.signed_in("Receptionist")
    changed = nails.add(("NAIL", 1))
    invoice = changed.invoice.id
    assert "Reserved" in _page(desk, invoice)
    nails.close(invoice)
    assert "Waiting" in _page(desk, invoice)
    nails.vendor.fault("error500", times=1, paths=["/v1/usages"])
    nails.work_off()
    page = _page(desk, invoice)
    told = desk.get(f"/s/north/invoices/{invoice}/notices/{NAME}", headers={"HX-Request": "true"})
    assert "1 plan service not yet posted" in told.text
    assert "Failed" in page
    row = nails.parcels()[0]
    again = re.search(rf'(?:action|hx-post|formaction)="([^"]*{row.id}[^"]*)"', page)
    assert again is not None
    answer = desk.post(again[1])
    assert answer.status_code < 400, answer.text
    nails.work_off()
    assert "Posted" in _page(desk, invoice)
    assert nails.vendor.used("P1-T1-NAIL") == 1


def _page(desk: httpx.Client, invoice: int) -> str:
    answer = desk.get(f"/s/north/invoices/{invoice}")
    assert answer.status_code == 200, answer.text
    return answer.text
