"""What plugins do to an invoice's page: incomplete prices, checks, notices, postings that failed."""

from decimal import Decimal

import pytest
from httpx import Client
from sqlalchemy import select, update

from fetlock.contracts import Veto
from fetlock.domain.audit.models import AuditEntry
from fetlock.outbox.models import OutboxRow
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.conftest import TalkingPlans
from hostapp.tests.invoices.desk import HTMX, begin, press, read, text_of

D = Decimal


@pytest.fixture
def client(web: WebClinic) -> Client:
    return web.signed_in("Receptionist")


@pytest.fixture
def boss(web: WebClinic) -> Client:
    return web.signed_in("Administrator")


@pytest.mark.req("H-33")
def test_an_incomplete_price_is_said_and_closed_only_with_permission_and_reason(
    web: WebClinic, client: Client, boss: Client, plans: TalkingPlans
) -> None:
    plans.failing = True
    begin(web, ("FREE", 1))
    plans.failing = False
    text = text_of(client.get("/s/north/invoices/1"))
    assert "Price incomplete: Sample plans" in text
    assert "The price is incomplete. Price the lines afresh, or ask a person who may close it" in text
    refused = press(client, "1/close", how="mark", override_reason="I want to")
    assert refused.status_code == 409
    assert "Reason for closing all the same" in text_of(boss.get("/s/north/invoices/1"))
    assert press(boss, "1/close", how="mark", override_reason=" ").status_code == 409
    assert press(boss, "1/close", how="mark", override_reason="the plan is down").status_code == 200
    assert read(web).history[0].reason == "the plan is down"
    with web.clinic.reading() as session:
        kept = session.scalars(select(AuditEntry).where(AuditEntry.action == "invoice.override")).one()
        assert (kept.reason, kept.detail["against"]) == ("the plan is down", ["price incomplete: plans"])


@pytest.mark.req("H-33")
def test_pricing_afresh_mends_an_incomplete_price(
    web: WebClinic, client: Client, plans: TalkingPlans
) -> None:
    web.clinic.entitle("NAIL gold", 1)
    plans.failing = True
    begin(web, ("NAIL", 1))
    assert (read(web).gross, read(web).incomplete) == (D(30), ("plans",))
    plans.failing = False
    answer = press(client, "1/reprice")
    assert "Line 1, Nail trim, costs 0.00 now; it was 30.00." in text_of(answer)
    assert (read(web).gross, read(web).incomplete) == (D(0), ())


def test_a_check_that_refuses_is_named_and_may_be_overridden(
    web: WebClinic, client: Client, boss: Client, plans: TalkingPlans
) -> None:
    begin(web, ("FREE", 1))
    plans.objections = [Veto(reason="The plan changed. Review it first.")]
    refused = press(client, "1/close", how="mark")
    assert refused.status_code == 409
    assert "Sample plans: The plan changed. Review it first." in text_of(refused)
    assert "What is said above stands against it." in text_of(refused)
    asked = press(boss, "1/close", how="mark")
    assert "Reason for closing all the same" in text_of(asked)
    paid = press(boss, "1/payments", amount="0", method="cash")
    assert "Not closed, and no payment was taken." in text_of(paid)
    plans.objections = [Veto(reason="Never.", overridable=False)]
    assert "Reason for closing" not in text_of(press(boss, "1/close", how="mark"))
    plans.objections = [Veto(reason="Later.")]
    assert press(boss, "1/close", how="mark", override_reason="agreed by phone").status_code == 200
    assert read(web).state == "closed"


@pytest.mark.req("CPX-4")
def test_a_failed_posting_is_shown_with_its_attempts_and_sent_again(web: WebClinic, boss: Client) -> None:
    web.clinic.entitle("NAIL gold", 3)
    begin(web, ("NAIL", 2))
    press(boss, "1/close", how="mark")
    failed = update(OutboxRow).values(state="failed", attempts=3, problem="503 service unavailable")
    web.clinic.run(lambda work: work.session.execute(failed))
    page = boss.get("/s/north/invoices/1")
    text = text_of(page)
    assert "1 to look at" in text
    assert "3 tries, next" in text
    assert "503 service unavailable" in text
    answer = press(boss, "1/deliveries/1/retry")
    assert answer.status_code == 200
    assert "Waiting" in text_of(answer)
    assert press(boss, "1/deliveries/99/retry").status_code == 404
    web.clinic.run(lambda work: work.session.execute(update(OutboxRow).values(state="in_doubt")))
    page = boss.get("/s/north/invoices/1")
    assert "It may have arrived already." in page.text
    assert press(boss, "1/deliveries/1/retry").status_code == 409
    assert press(boss, "1/deliveries/1/retry", sure="1").status_code == 200


def test_what_plugins_say_is_loaded_by_itself_and_a_failure_costs_its_own_place(
    web: WebClinic, client: Client, plans: TalkingPlans
) -> None:
    begin(web, ("NAIL", 1))
    page = client.get("/s/north/invoices/1")
    assert 'hx-get="/s/north/invoices/1/notices/plans?revision=2"' in page.text
    said = client.get("/s/north/invoices/1/notices/plans", headers=HTMX)
    assert "Please review <this> invoice. The plan changed." in text_of(said)
    assert "Please review &lt;this&gt;" in said.text
    payers = client.get("/s/north/invoices/1/payers/plans", headers=HTMX)
    assert "Hartwell Mutual is expected to pay 15.00" in text_of(payers)
    assert read(web).gross == 30
    plans.failing = True
    failed = client.get("/s/north/invoices/1/notices/plans", headers=HTMX)
    assert (failed.status_code, "could not say" in text_of(failed)) == (200, True)
    web.clinic.switch("plans", "off")
    assert client.get("/s/north/invoices/1/notices/plans").status_code == 404
    assert "notices/plans" not in client.get("/s/north/invoices/1").text
