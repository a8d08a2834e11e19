"""What the plugin proposes, refuses and says about invoices has the effect that its pages promise."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from fetlock import Blocked
from fetlock.domain.invoices import opening
from fetlock.domain.invoices.models import Invoice, InvoiceState, PriceStep
from tests.dummy_plugin.counting import context_of, names
from tests.dummy_plugin.naming import NAME
from tests.hook_contracts.club_service import ClubService
from tests.hook_contracts.hosting import Host


@pytest.fixture
def member(host: Host) -> Host:
    """57A is a member with one bag of food a year."""
    host.join("57A")
    return host


@pytest.mark.req("PL-7", "H-31")
def test_propose_line_adjustments_is_asked_once_and_the_core_folds(member: Host) -> None:
    added = member.add("FOOD", "FOOD", "NAIL", "BLOOD")
    assert names().count("propose_line_adjustments") == 1
    quote = context_of("propose_line_adjustments")
    assert [line.product_code for line in quote.lines] == ["FOOD", "FOOD", "NAIL", "BLOOD"]
    assert added.invoice.savings == Decimal("50.00"), "one bag is covered"
    assert added.invoice.amount == Decimal("47.50") + Decimal("28.50") + Decimal("84.00")
    with member.runtime.database.reading() as session:
        steps = session.scalars(select(PriceStep).where(PriceStep.plugin == NAME))
        told = [(step.plugin_version, step.outcome) for step in steps]
    assert ("1.0", "applied") in told
    assert ("1.0", "excluded") in told, "a percentage never touches BLOOD"


@pytest.mark.req("PL-7", "CP-66")
def test_check_invoice_line_refuses_with_its_reason_beside_the_field(host: Host) -> None:
    with pytest.raises(Blocked) as refused:
        host.add("FOOD", quantity=11)
    [veto] = refused.value.vetoes
    assert (veto.plugin, veto.field, veto.code) == (NAME, "quantity", "too_many_bags")
    assert context_of("check_invoice_line").patient.code == "57A"
    with host.runtime.database.reading() as session:
        assert session.scalars(select(Invoice)).all() == [], "nothing is stored"
    invoice_id = host.add("FOOD", quantity=10).invoice.id
    page = f"/s/north/invoices/{invoice_id}"
    typed = {"patient_id": str(host.clinic.patient_id), "product": "FOOD", "quantity": "11"}
    answer = host.staff().post(f"{page}/lines", data=typed)
    assert (answer.status_code, "At most 10 bags go out at a time." in answer.text) == (409, True)


@pytest.mark.req("PL-7")
def test_check_invoice_close_holds_an_invoice_open_until_overridden(host: Host, club: ClubService) -> None:
    club.owes_fee = True
    host.join("57A")
    invoice_id = host.add("NAIL").invoice.id
    with pytest.raises(Blocked, match="Member M-57A owes the club its fee"):
        host.close(invoice_id)
    host.close(invoice_id, override="Paid in cash to the club")
    with host.runtime.database.reading() as session:
        assert session.get_one(Invoice, invoice_id).state == InvoiceState.CLOSED


@pytest.mark.req("PL-7")
def test_invoice_notices_stand_above_the_lines(member: Host) -> None:
    invoice_id = member.add("NAIL").invoice.id
    page = member.page(f"invoices/{invoice_id}")
    assert f"invoices/{invoice_id}/notices/dummy" in page
    assert "Club member M-57A" in member.page(f"invoices/{invoice_id}/notices/dummy")


@pytest.mark.req("PL-7", "H-31")
def test_expected_payers_stand_beside_the_total_and_never_in_it(member: Host) -> None:
    invoice_id = member.add("NAIL").invoice.id
    shown = member.page(f"invoices/{invoice_id}/payers/dummy")
    assert "The club is expected to pay" in shown
    assert "7.00" in shown
    with member.runtime.database.reading() as session:
        site_id = member.clinic.records.sites["north"]
        assert opening.get(session, site_id, invoice_id).gross == Decimal("28.50")
