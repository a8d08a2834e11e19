"""The plan in the plans tab: what it shows, to whom, and where."""

import re
from typing import Any

import httpx
import pytest

from fetlock.domain.staff.models import RolePermission
from fetlock_careplans_covetrus.naming import NAME
from fetlock_hostapp.testing import WebClinic
from plugins.careplans_covetrus.tests.plan_reading import HTMX, add, address, plan_text, row_of
from plugins.careplans_covetrus.tests.practice import Practice


@pytest.mark.req("CP-36", "CP-37", "CP-45")
def test_plan_status_and_services_are_shown(gold: Practice, desk: httpx.Client) -> None:
    html = plan_text(gold, desk)
    assert "Care Plan: Gold</h2>" in html
    assert "Active" in html
    assert re.findall(r'<tr class="group"><th[^>]*>([^<]+)', html) == ["Exams", "Vaccines"]
    names = re.findall(r'<tr id="careplan-item-\d+"><th scope="row"><b>([^<]+)', html)
    assert names == ["Wellness exam", "Nail trims", "Core vaccine", "Bordetella"]
    assert 'any of: Rabies <span class="code">RAB</span>, Distemper' in html


@pytest.mark.req("CP-40")
def test_included_used_and_left_with_the_split(gold: Practice, desk: httpx.Client) -> None:
    gold.close(gold.add(("NAIL", 1)).invoice.id)
    gold.work_off()
    gold.add(("NAIL", 1))
    html = plan_text(gold, desk)
    assert row_of(html, "Nail trims").startswith("Nail trims NAIL 3 2 (1 posted, 1 reserved or waiting) 1")
    group = re.search(r'<tr class="group"><th[^>]*>Exams.*?</tr>', html, re.DOTALL)
    assert group is not None
    assert re.findall(r">(\d+)</td>", group[0]) == ["5", "2", "3"]


def test_what_waits_to_be_posted_is_not_shown_as_posted(gold: Practice, desk: httpx.Client) -> None:
    invoice = gold.close(gold.add(("NAIL", 1)).invoice.id)
    html = plan_text(gold, desk)
    assert "(0 posted, 1 reserved or waiting)" in html
    assert "1 waiting" in html
    assert f'/s/north/invoices/{invoice.id}">{invoice.reference}</a>' in html
    gold.vendor.fault("error500", times=1, paths=["/v1/usages"])
    gold.work_off()
    html = plan_text(gold, desk)
    assert "1 failed" in html
    assert "next try" in html


@pytest.mark.req("CP-18")
def test_a_code_that_nobody_has_is_not_chargeable(gold: Practice, desk: httpx.Client) -> None:
    html = plan_text(gold, desk)
    assert "No matching code" in row_of(html, "Bordetella")
    item = gold.item("BORD")
    assert f"/items/{item.item_id}" not in html
    answer = add(gold, desk, "BORD", "treatment")
    assert answer.status_code == 422
    assert "no matching product" in answer.text
    assert gold.entries() == []


@pytest.mark.req("CP-50")
def test_benefits_show_the_percentage_and_the_plan(gold: Practice, desk: httpx.Client) -> None:
    html = plan_text(gold, desk)
    benefits = html[html.index("careplan-benefits") :]
    assert "10 %" in benefits
    assert "Member savings" in benefits
    assert "Care Plan: Gold" in benefits
    assert "1 product is excluded" in benefits
    assert "Telephone advice" in benefits


@pytest.mark.req("CP-59")
def test_the_renewed_term_can_be_looked_at_and_is_usable(gold: Practice, desk: httpx.Client) -> None:
    html = plan_text(gold, desk, term=1)
    assert "Services, renewed early" in html
    assert "usable now · automatic" in html
    assert "Nail trims" not in html


@pytest.mark.req("CP-42")
def test_a_plan_that_went_to_other_ids_says_what_to_check(gold: Practice, desk: httpx.Client) -> None:
    gold.vendor.call("PATCH", "/plans/P1", {"pims_client_id": "99"})
    gold.refresh()
    html = plan_text(gold, desk)
    assert "no longer finds this plan" in html
    assert 'data-copy="57A"' in html


def test_names_from_outside_are_escaped(web_practice: Practice, desk: httpx.Client) -> None:
    evil = "<script>alert(1)</script>"
    web_practice.plan([{"code": "NAIL", "name": evil, "group": evil}], name=evil, status_reason=evil)
    web_practice.refresh()
    html = plan_text(web_practice, desk)
    assert evil not in html
    assert "&lt;script&gt;" in html


@pytest.mark.req("CP-2")
def test_off_means_no_page_at_that_site(gold: Practice, desk: httpx.Client) -> None:
    gold.clinic.switch(NAME, "off", site="north")
    for path in ("/plans", "/plans/1"):
        assert desk.get(address(gold, path), headers=HTMX).status_code == 404
    assert desk.post(address(gold, "/refresh"), headers=HTMX).status_code == 404
    assert desk.get(address(gold, "/plans/1", site="south"), headers=HTMX).status_code == 200


def test_pages_need_their_permissions(gold: Practice, web: WebClinic) -> None:
    def take(session: Any) -> None:
        session.query(RolePermission).filter(RolePermission.permission == f"{NAME}.use").delete()

    gold.clinic.database.write(take)
    nurse = web.signed_in("Nurse")
    html = plan_text(gold, nurse)
    assert "careplan-refresh" not in html
    assert "/items/" not in html
    assert nurse.post(address(gold, "/refresh"), headers=HTMX).status_code == 403
    assert add(gold, nurse, "NAIL", "invoice").status_code == 403


def test_without_htmx_one_is_led_to_the_tab(gold: Practice, desk: httpx.Client) -> None:
    answer = desk.get(address(gold, "/plans/1"))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/s/north/patients/{gold.clinic.patient_id}/plans?plan={NAME}-1"
