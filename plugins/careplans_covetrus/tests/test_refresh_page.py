"""Refreshing from the page: progress at once, the answer when it is there, the reason when it fails."""

import re

import httpx
import pytest

from fetlock.outbox.models import AskRow
from plugins.careplans_covetrus.tests.plan_reading import HTMX, address, answer_of, plan_text, press, row_of
from plugins.careplans_covetrus.tests.practice import Practice, later


@pytest.mark.req("CP-53")
def test_refresh_shows_progress_at_once_and_the_answer_when_it_is_there(
    gold: Practice, desk: httpx.Client
) -> None:
    before = gold.plans()[0].plan.as_of
    html = plan_text(gold, desk)
    button = re.search(r'id="careplan-refresh"[^>]*', html)
    assert button is not None
    assert 'data-refresh-key="F5"' in button[0]
    looking = press(desk, html)
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
    assert press(desk, html).text == press(desk, html).text
    with gold.clinic.reading() as session:
        assert session.query(AskRow).count() == before + 1


@pytest.mark.req("CP-53")
def test_a_failed_refresh_says_why_names_the_contact_and_offers_to_try_again(
    gold: Practice, desk: httpx.Client
) -> None:
    gold.settings(support_contact="Lena Marchetti, ext. 204")
    gold.vendor.fault("error503", times=1)
    answer = answer_of(gold, desk, press(desk, plan_text(gold, desk)))
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
    assert answer_of(gold, desk, press(desk, html)).headers["HX-Refresh"] == "true"


@pytest.mark.req("CP-42")
def test_without_a_plan_both_ids_are_shown_to_be_copied(web_practice: Practice, desk: httpx.Client) -> None:
    html = desk.get(address(web_practice, "/plans"), headers=HTMX).text
    assert 'data-copy="57"' in html
    assert 'data-copy="57A"' in html
    assert "Not looked up yet" in html
    answer = answer_of(web_practice, desk, press(desk, html))
    assert "Looked up" in answer.text
    web_practice.plan([{"code": "NAIL"}])
    answer = answer_of(web_practice, desk, press(desk, answer.text))
    assert answer.headers["HX-Refresh"] == "true"
