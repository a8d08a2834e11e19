"""Panels, icons and plans of plugins on the patient's page: each costs its own card at most (H-14, PL-5)."""

import re
import threading
import time

import pytest
from sqlalchemy import select

from fetlock.outbox.models import AskRow
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.patients.visiting_plugins import Broken, Helpful, Slow

HELPFUL = Helpful()


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    HELPFUL.asks = False
    return (HELPFUL, Broken(), Slow())


def address(web: WebClinic, path: str = "", site: str = "north") -> str:
    return f"/s/{site}/patients/{web.clinic.patient_id}{path}"


@pytest.mark.req("H-14", "PL-5")
def test_each_plugin_has_a_place_and_a_request_of_its_own(web: WebClinic) -> None:
    page = web.signed_in("Receptionist").get(address(web)).text
    for plugin in ("weights", "helpful", "broken", "slow"):
        assert f'hx-get="{address(web)}/panels/{plugin}"' in page
    assert page.index("panels/helpful") < page.index("panels/broken") < page.index("panels/weights")
    assert "Gold plan" not in page


@pytest.mark.req("H-14", "CP-44")
def test_panels_are_drawn_from_values_and_icons_go_into_the_strip(web: WebClinic) -> None:
    card = web.signed_in("Receptionist").get(address(web, "/panels/helpful")).text
    assert card.index("Gold plan of Biscuit") < card.index("Second panel"), "by weight"
    for shown in (
        "Exams &lt;b&gt;",
        "2 left",
        "Lifetime &amp; more",
        "Past due",
        'href="/s/north/patients/1/plans"',
    ):
        assert shown in card, shown
    assert re.search(r'id="signs-helpful" hx-swap-oob="true">\s*<a class="sign sign--plan"', card)
    signs = web.signed_in("Receptionist").get(address(web, "/signs/helpful")).text
    assert "hx-swap-oob" not in signs
    assert "Gold plan, active" in signs


@pytest.mark.req("H-14", "PL-5")
def test_a_plugin_that_raises_costs_its_own_card(web: WebClinic, caplog: pytest.LogCaptureFixture) -> None:
    receptionist = web.signed_in("Receptionist")
    card = receptionist.get(address(web, "/panels/broken"))
    assert card.status_code == 200
    assert "Unavailable" in card.text
    incident = re.search(r'class="code">([0-9A-Z]{4}-[0-9A-Z]{4})<', card.text)
    assert incident is not None
    assert incident[1] in caplog.text
    assert "Biscuit" not in caplog.text, "no patient data in the log"
    assert f'hx-get="{address(web)}/panels/broken"' in card.text, "Try again"
    assert receptionist.get(address(web)).status_code == 200
    assert "Gold plan" in receptionist.get(address(web, "/panels/helpful")).text


@pytest.mark.req("H-14")
def test_a_slow_plugin_holds_up_its_own_card_only(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    answers: list[str] = []
    waiting = threading.Thread(
        target=lambda: answers.append(receptionist.get(address(web, "/panels/slow")).text)
    )
    waiting.start()
    started = time.monotonic()
    other = web.signed_in("Nurse")
    assert other.get(address(web)).status_code == 200
    assert "Gold plan" in other.get(address(web, "/panels/helpful")).text
    assert time.monotonic() - started < Slow.seconds
    assert not answers
    waiting.join()
    assert "At last" in answers[0]


@pytest.mark.req("PL-2")
def test_a_plugin_that_is_off_has_no_place_and_no_panel(web: WebClinic) -> None:
    web.clinic.switch("helpful", "off", site="north")
    receptionist = web.signed_in("Receptionist")
    assert "panels/helpful" not in receptionist.get(address(web)).text
    for path in ("/panels/helpful", "/signs/helpful", "/questions/helpful?key=" + "0" * 32):
        assert receptionist.get(address(web, path)).status_code == 404
    assert "panels/helpful" in receptionist.get(address(web, site="south")).text
    assert receptionist.get(address(web, "/panels/nobody")).status_code == 404
    assert receptionist.get("/s/north/patients/9999/panels/helpful").status_code == 404


@pytest.mark.req("CP-36", "CP-45")
def test_the_plans_tab_lists_all_sources_and_loads_the_chosen_plan(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    page = receptionist.get(address(web, "/plans")).text
    assert "Care Plan: Gold" in page
    assert 'hx-get="/s/north/helpful/plans/gold"' in page
    assert "Care Plan: Puppy" not in page, "ended plans stand under History"
    assert "Broken label" in page
    assert "Unavailable" in page, "a plugin that fails costs its own card"
    history = receptionist.get(address(web, "/plans?show=history")).text
    assert history.index("Care Plan: Gold") < history.index("Care Plan: Puppy")
    chosen = receptionist.get(address(web, "/plans?plan=old")).text
    assert 'hx-get="/s/north/helpful/plans/old"' in chosen


@pytest.mark.req("CP-36", "CP-42")
def test_without_a_plan_the_plugin_says_what_to_check(web: WebClinic) -> None:
    olive = web.clinic.records.patients["57B"]
    web.clinic.switch("broken", "off")
    page = web.signed_in("Receptionist").get(f"/s/north/patients/{olive}/plans").text
    assert f'hx-get="/s/north/helpful/none/{olive}"' in page


@pytest.mark.req("CP-36", "PL-2")
def test_the_plans_tab_is_there_only_where_a_plugin_has_plans(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    assert f'href="{address(web, "/plans")}"' in receptionist.get(address(web)).text
    web.clinic.switch("helpful", "off")
    web.clinic.switch("broken", "off")
    assert f'href="{address(web, "/plans")}"' not in receptionist.get(address(web)).text
    assert receptionist.get(address(web, "/plans")).status_code == 404


@pytest.mark.req("UI-3")
def test_what_plugins_want_asked_is_stored_and_looked_for(web: WebClinic) -> None:
    receptionist = web.signed_in("Receptionist")
    assert receptionist.post(address(web, "/questions")).text.strip() == ""
    HELPFUL.asks = True
    first = receptionist.post(address(web, "/questions")).text
    second = receptionist.post(address(web, "/questions")).text
    assert first == second, "an equal question that waits is not asked twice"
    look = re.search(r'hx-get="([^"]+)"', first)
    assert look is not None
    later = look[1].replace("&amp;", "&")
    assert "turn=2" in receptionist.get(later).text, "not answered yet: look again"

    def answer(session: object) -> None:
        row = session.scalars(select(AskRow)).one()  # type: ignore[attr-defined]
        row.state, row.ok, row.message = "answered", True, "Done"

    web.clinic.database.write(answer)
    done = receptionist.get(later).text
    assert 'id="panels-helpful" hx-swap-oob="true"' in done
    assert "Gold plan of Biscuit" in done
    plans = receptionist.get(later.replace("page=record", "page=plans"))
    assert plans.headers["hx-redirect"] == address(web, "/plans?fresh=1")
    assert "/questions" not in receptionist.get(address(web, "/plans?fresh=1")).text
