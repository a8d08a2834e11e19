"""The plugin as an insurer's service, as a gateway for text messages, and on an employee's page."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from fetlock.contracts import (
    Claim,
    ClaimInvoiceItem,
    ClaimItem,
    ClaimProblem,
    ClaimReceipt,
    Declaration,
)
from fetlock.domain.messages.models import Message, MessageState
from fetlock.platform import settings
from fetlock.services import queue_message
from tests.dummy_plugin.counting import broken, context_of
from tests.dummy_plugin.naming import NAME
from tests.hook_contracts.club_service import ClubService
from tests.hook_contracts.hosting import Host


def claim(host: Host, http: Any, *, empty: bool = False) -> Claim:
    """A claim of 80.00, with the settings of the plugin at the site."""
    runtime = host.runtime
    with runtime.database.reading() as session:
        site_id = host.clinic.records.sites["north"]
        model, _ = settings.load(session, runtime.secrets, runtime.registry, NAME, site_id)
    charges = tuple(
        ClaimInvoiceItem(
            invoice_number="NC-1",
            line_id=line,
            product_code="EXAM",
            description="Wellness exam",
            quantity=Decimal(1),
            total=Decimal(40),
            service_date=date(2026, 11, 23),
        )
        for line in (1, 2)
    )
    day = date(2026, 11, 20)
    items = (ClaimItem(diagnosis="Otitis", treatment_start=day, treatment_end=day, charges=charges),)
    return Claim(
        key="claim-1",
        claim_id=1,
        policy_number="P77",
        patient_name="Biscuit",
        species="Canine",
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
        currency="USD",
        items=() if empty else items,
        http=http,
        settings=model,
    )


def ask_insurer(host: Host, hook: str, *, empty: bool = False) -> Any:
    """As the host asks the one plugin that owns the insurer's service."""
    with httpx.Client(trust_env=False, timeout=10) as http:
        answer = host.runtime.hooks.call_plugin(hook, claim(host, http, empty=empty), NAME)
    assert answer is not None
    assert answer.failure is None
    return answer.value


@pytest.mark.req("PL-7")
def test_submit_claim_reaches_the_insurer_under_its_key(host: Host, club: ClubService) -> None:
    assert ask_insurer(host, "submit_claim") == ClaimReceipt(accepted=True, insurer_claim_id="C1")
    [asked] = club.asked
    assert (asked.path, asked.body) == ("/claims/P77", {"total": "80"})
    assert asked.headers["idempotency-key"] == "claim-1"


@pytest.mark.req("PL-7")
def test_cancel_claim_reaches_the_insurer(host: Host, club: ClubService) -> None:
    receipt = ask_insurer(host, "cancel_claim")
    assert (receipt.accepted, receipt.message) == (True, "Cancelled.")
    assert club.paths() == ["POST /claims/P77/cancel"]


@pytest.mark.req("PL-7")
def test_claim_declaration_is_text_to_be_accepted(host: Host) -> None:
    assert ask_insurer(host, "claim_declaration") == Declaration(text="All that is said of Biscuit is true.")


@pytest.mark.req("PL-7")
def test_validate_claim_says_what_stands_against_it(host: Host) -> None:
    assert ask_insurer(host, "validate_claim") == []
    problems = ask_insurer(host, "validate_claim", empty=True)
    assert problems == [ClaimProblem(text="Nothing is claimed. Add a condition.", field="items")]


@pytest.mark.req("PL-7", "PL-5")
@pytest.mark.parametrize("hook", ["submit_claim", "cancel_claim", "claim_declaration", "validate_claim"])
def test_a_failing_insurer_is_an_answer_with_an_incident(host: Host, hook: str) -> None:
    broken.add(hook)
    with httpx.Client(trust_env=False) as http:
        answer = host.runtime.hooks.call_plugin(hook, claim(host, http), NAME)
    assert answer is not None
    assert answer.failure is not None
    assert answer.failure.reason == "RuntimeError"


def text_to_the_client(host: Host, *, site: str = "north") -> None:
    client_id = host.clinic.records.clients["57"]
    host.run(lambda work: queue_message(work, client_id, "sms", "", "Biscuit is ready."), site=site)


def message(host: Host) -> Message:
    with host.runtime.database.reading() as session:
        return session.scalars(select(Message)).one()


@pytest.mark.req("PL-7", "H-41")
def test_send_sms_carries_the_messages_of_the_site(host: Host, club: ClubService) -> None:
    text_to_the_client(host)
    host.work_off()
    assert message(host).state == MessageState.SENT
    [asked] = club.asked
    assert asked.body["to"] == "+12035550157"
    assert asked.body["text"] == "Biscuit is ready."
    assert asked.body["key"] == str(message(host).key) == context_of("send_sms").key


@pytest.mark.req("PL-5", "PL-8")
def test_send_sms_failing_is_in_doubt_and_never_repeated_by_itself(host: Host, club: ClubService) -> None:
    broken.add("send_sms")
    text_to_the_client(host)
    host.work_off()
    assert message(host).state == MessageState.IN_DOUBT
    broken.clear()
    host.work_off()
    assert club.asked == []


@pytest.mark.req("PL-7", "PL-2")
def test_send_sms_is_nobodys_where_the_plugin_is_off(host: Host, club: ClubService) -> None:
    text_to_the_client(host, site="south")
    host.work_off()
    assert message(host).state == MessageState.WAITING
    assert club.asked == []


@pytest.mark.req("PL-7", "H-2")
def test_staff_integrations_stand_on_the_employees_page(host: Host) -> None:
    employee = host.clinic.records.staff["Veterinarian"]
    shown = host.page(f"administration/employees/{employee}/integrations")
    assert "Dummy Club" in shown
    assert "veterinarian" in shown.partition("Known there as")[2]
    broken.add("staff_integrations")
    failed = host.page(f"administration/employees/{employee}/integrations")
    assert "Dummy Club" in failed
    assert "can’t be shown right now" in failed
