"""The plan in the plans tab: its services, adding them, refreshing, and what stands there without a plan."""

import re
from typing import Any

import httpx
import pytest

from fetlock.domain.staff.models import RolePermission
from fetlock.outbox.models import AskRow
from fetlock_careplans_covetrus.naming import NAME
from fetlock_hostapp.testing import WebClinic
from plugins.careplans_covetrus.tests.practice import Practice, later

HTMX = {"HX-Request": "true"}


@pytest.fixture
def gold(web_practice: Practice) -> Practice:
    """57A has a plan renewed early, with groups, alternates, a code nobody has, benefits and a discount."""
    practice = web_practice
    practice.clinic.product("RAB", "42.00", name="Rabies")
    practice.clinic.product("DAPP", "44.00", name="Distemper")
    items = [
        {"code": "EXAM", "name": "Wellness exam", "group": "Exams", "included": 2},
        {"code": "RAB", "name": "Core vaccine", "group": "Vaccines", "included": 2, "alternates": ["DAPP"]},
        {"code": "BORD", "name": "Bordetella", "group": "Vaccines", "included": 1},
        {"code": "NAIL", "name": "Nail trims", "group": "Exams", "included": 3},
    ]
    practice.plan(
        terms=[{"items": items}, {"items": items[:3], "flagged_early": True}],
        out_of_plan_discount={"percent": "10", "name": "Member savings"},
        benefits=[{"name": "Telephone advice", "description": "On weekdays."}],
    )
    practice.refresh()
    return practice


@pytest.fixture
def desk(web: WebClinic) -> httpx.Client:
    return web.signed_in("Receptionist")


def address(practice: Practice, path: str = "", site: str = "north") -> str:
    return f"/s/{site}/careplans/patients/{practice.clinic.patient_id}{path}"


def plan_text(practice: Practice, desk: httpx.Client, term: int | None = None) -> str:
    query = "" if term is None else f"?term={practice.plans()[0].terms[term].term_id}"
    answer = desk.get(address(practice, f"/plans/1{query}"), headers=HTMX)
    assert answer.status_code == 200, answer.text
    return answer.text


def row_of(html: str, name: str) -> str:
    """The words of a service's row."""
    rows = [row for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL) if f"<b>{name}</b>" in row]
    assert len(rows) == 1
    return " ".join(re.sub(r"<[^>]+>", " ", rows[0]).split())


def add(
    practice: Practice, desk: httpx.Client, code: str, where: str, item: str | None = None
) -> httpx.Response:
    found = practice.item(item or code)
    data = {"code": code, "where": where, "term": str(practice.plans()[0].terms[0].term_id)}
    return desk.post(address(practice, f"/plans/1/items/{found.item_id}"), data=data, headers=HTMX)


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


@pytest.mark.req("CP-39", "CP-55")
@pytest.mark.parametrize(("where", "source"), [("treatment", "treatment"), ("invoice", "plugin")])
def test_adding_makes_one_line_at_zero_and_the_counter_falls(
    gold: Practice, desk: httpx.Client, where: str, source: str
) -> None:
    answer = add(gold, desk, "NAIL", where)
    assert answer.status_code == 200
    assert row_of(answer.text, "Nail trims").startswith(
        "Nail trims NAIL 3 1 (0 posted, 1 reserved or waiting) 2"
    )
    assert gold.entries() == [("reserve", 1, 1)]
    line = gold.line(1)
    assert (line.net, line.source, line.quantity) == (0, source, 1)
    assert f'href="/s/north/invoices/{line.invoice_id}"' in answer.text
    assert "30.00 saved, nothing to pay" in answer.text
    assert "Nail trim added to" in answer.headers["HX-Trigger"]
    treated = desk.get(address(gold, "/plans/1"), headers=HTMX)
    assert treated.status_code == 200


@pytest.mark.req("CP-39")
def test_alternates_are_chosen_from(gold: Practice, desk: httpx.Client) -> None:
    html = plan_text(gold, desk)
    item = gold.item("RAB")
    menu = re.search(rf'<div popover[^>]*id="add-treatment-{item.item_id}-menu".*?</div>', html, re.DOTALL)
    assert menu is not None
    assert re.findall(r"<span>([A-Z][a-z]+)<small>", menu[0]) == ["Rabies", "Distemper"]
    assert add(gold, desk, "DAPP", "treatment", item="RAB").status_code == 200
    assert gold.line(1).coverage[0].explanation.endswith("alternate of RAB")


@pytest.mark.req("CP-61")
def test_the_current_term_is_used_first_also_from_the_renewed_ones_page(
    gold: Practice, desk: httpx.Client
) -> None:
    renewed = next(i for i in gold.plans()[0].terms[1].items if i.vendor_item_id.endswith("-EXAM"))
    data = {"code": "EXAM", "where": "invoice", "term": "2"}
    for _ in range(3):
        answer = desk.post(address(gold, f"/plans/1/items/{renewed.item_id}"), data=data, headers=HTMX)
        assert answer.status_code == 200
    assert [gold.left("EXAM", term=term) for term in (0, 1)] == [0, 1]


def test_nothing_is_offered_where_nothing_is_left(gold: Practice, desk: httpx.Client) -> None:
    gold.add(("NAIL", 3))
    assert row_of(plan_text(gold, desk), "Nail trims").endswith("none left")


@pytest.mark.req("CPX-23")
def test_the_plan_that_is_picked_is_the_plan_that_is_used(gold: Practice, desk: httpx.Client) -> None:
    gold.plan(
        plan_id="P0",
        terms=[
            {
                "starts_on": gold.clinic.today().isoformat(),
                "expires_on": gold.clinic.today().isoformat(),
                "items": [{"code": "NAIL", "included": 3}],
            }
        ],
    )
    gold.refresh()
    assert add(gold, desk, "NAIL", "invoice").status_code == 200
    first, second = gold.plans()
    assert [p.plan.vendor_plan_id for p in (first, second)] == ["P1", "P0"]
    assert gold.left("NAIL") == 2  # though the other plan ends today


@pytest.mark.parametrize("status", ["suspended", "cancelled"])
def test_a_plan_that_is_not_active_offers_nothing(gold: Practice, desk: httpx.Client, status: str) -> None:
    gold.vendor.call("PATCH", "/plans/P1", {"status": status, "status_reason": "Two payments are unpaid"})
    gold.refresh()
    html = plan_text(gold, desk)
    assert "Two payments are unpaid" in html
    assert "/items/" not in html
    answer = add(gold, desk, "NAIL", "treatment")
    assert (answer.status_code, status in answer.text) == (409, True)


def test_a_plan_of_another_patient_or_account_is_not_here(gold: Practice, desk: httpx.Client) -> None:
    other = gold.clinic.records.patients["57B"]
    assert desk.get(f"/s/north/careplans/patients/{other}/plans/1", headers=HTMX).status_code == 404
    assert desk.get(address(gold, "/plans/99"), headers=HTMX).status_code == 404
    item = gold.item("NAIL").item_id
    wrong = desk.post(
        f"/s/north/careplans/patients/{other}/plans/1/items/{item}",
        data={"code": "NAIL", "where": "invoice"},
        headers=HTMX,
    )
    assert wrong.status_code == 404
    gold.settings("south", api_key="ANOTHER")
    assert desk.get(address(gold, "/plans/1", site="south"), headers=HTMX).status_code == 404
    assert gold.entries() == []


@pytest.mark.parametrize(
    "data", [{"code": "FOOD", "where": "invoice"}, {"code": "NAIL", "where": "moon"}, {"where": "invoice"}]
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_added(
    gold: Practice, desk: httpx.Client, data: dict[str, str]
) -> None:
    item = gold.item("NAIL").item_id
    answer = desk.post(address(gold, f"/plans/1/items/{item}"), data=data, headers=HTMX)
    assert answer.status_code == 422
    assert "Not added." in answer.text
    assert gold.entries() == []


@pytest.mark.req("CP-53")
def test_refresh_shows_progress_at_once_and_the_answer_when_it_is_there(
    gold: Practice, desk: httpx.Client
) -> None:
    before = gold.plans()[0].plan.as_of
    html = plan_text(gold, desk)
    button = re.search(r'id="careplan-refresh"[^>]*', html)
    assert button is not None
    assert 'data-refresh-key="F5"' in button[0]
    looking = _press(desk, html)
    assert "Refreshing…" in looking.text
    poll = re.search(r'hx-get="([^"]+)"', looking.text)
    assert poll is not None
    path = poll[1].replace("&amp;", "&")
    assert "Refreshing…" in desk.get(path, headers=HTMX).text
    with later(seconds=5):
        assert "still asking the plan system… 5 s" in desk.get(path, headers=HTMX).text
    gold.work_off()
    answer = desk.get(path, headers=HTMX)
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#careplan", "morph")
    assert "Plans are up to date." in answer.headers["HX-Trigger"]
    assert gold.plans()[0].plan.as_of > before


@pytest.mark.req("CP-53")
def test_pressing_refresh_again_while_it_waits_asks_once(gold: Practice, desk: httpx.Client) -> None:
    html = plan_text(gold, desk)
    with gold.clinic.reading() as session:
        before = session.query(AskRow).count()
    assert _press(desk, html).text == _press(desk, html).text
    with gold.clinic.reading() as session:
        assert session.query(AskRow).count() == before + 1


@pytest.mark.req("CP-53")
def test_a_failed_refresh_says_why_names_the_contact_and_offers_to_try_again(
    gold: Practice, desk: httpx.Client
) -> None:
    gold.settings(support_contact="Lena Marchetti, ext. 204")
    gold.vendor.fault("error503", times=1)
    answer = _answer(gold, desk, _press(desk, plan_text(gold, desk)))
    assert "Not refreshed." in answer.text
    assert "answer 503" in answer.text
    assert "Lena Marchetti, ext. 204" in answer.text
    assert "Try again" in answer.text
    assert row_of(answer.text, "Nail trims").startswith("Nail trims NAIL 3 0 3")  # what is known stays


@pytest.mark.req("CP-53")
def test_a_refresh_that_changes_the_list_of_plans_loads_the_page_anew(
    gold: Practice, desk: httpx.Client
) -> None:
    html = plan_text(gold, desk)
    gold.vendor.call("PATCH", "/plans/P1", {"status": "suspended"})
    assert _answer(gold, desk, _press(desk, html)).headers["HX-Refresh"] == "true"


@pytest.mark.req("CP-42")
def test_without_a_plan_both_ids_are_shown_to_be_copied(web_practice: Practice, desk: httpx.Client) -> None:
    html = desk.get(address(web_practice, "/plans"), headers=HTMX).text
    assert 'data-copy="57"' in html
    assert 'data-copy="57A"' in html
    assert "Not looked up yet" in html
    answer = _answer(web_practice, desk, _press(desk, html))
    assert "Looked up" in answer.text
    web_practice.plan([{"code": "NAIL"}])
    answer = _answer(web_practice, desk, _press(desk, answer.text))
    assert answer.headers["HX-Refresh"] == "true"


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


def _press(desk: httpx.Client, html: str) -> httpx.Response:
    """Press Refresh as the page offers it."""
    found = re.search(r'id="careplan-refresh"[^>]*hx-post="([^"]+)"[^>]*hx-vals="([^"]+)"', html)
    assert found is not None
    values = dict(re.findall(r"&#34;(\w+)&#34;: (?:&#34;)?([^&,}]*)", found[2]))
    answer = desk.post(found[1], data=values, headers=HTMX)
    assert answer.status_code in (200, 201), answer.text
    return answer


def _answer(practice: Practice, desk: httpx.Client, looking: httpx.Response) -> httpx.Response:
    """Let the worker answer, then look as the page does."""
    practice.work_off()
    poll = re.search(r'hx-get="([^"]+)"', looking.text)
    assert poll is not None
    return desk.get(poll[1].replace("&amp;", "&"), headers=HTMX)
