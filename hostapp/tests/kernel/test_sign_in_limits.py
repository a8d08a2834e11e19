"""H-4: how often one may try, and how long a sign-in lasts."""

from datetime import timedelta

import pytest

from fetlock import clock
from fetlock.domain.access.attempts import FAILURES_OF_A_NAME, FAILURES_OF_AN_ADDRESS, WINDOW
from fetlock.domain.access.presence import IDLE, LONGEST
from fetlock_hostapp.testing import PASSWORD, WebClinic
from hostapp.tests.kernel.signing_in import CountingHasher


@pytest.mark.req("H-4")
def test_too_many_failures_of_a_name_are_held_up(web_on_both: WebClinic, counting: CountingHasher) -> None:
    client = web_on_both.visitor()
    for name in ("administrator", "nobody-here"):
        for _ in range(FAILURES_OF_A_NAME):
            answer = client.post("/api/v1/sign-in", json={"user_name": name, "password": "guess"})
            assert answer.status_code == 401
        counting.computed = 0
        refused = client.post("/api/v1/sign-in", json={"user_name": name.upper(), "password": PASSWORD})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
        assert counting.computed == 0
    # others still get in, and after the window so does the name itself
    assert (
        client.post("/api/v1/sign-in", json={"user_name": "nurse", "password": PASSWORD}).status_code == 200
    )
    later = clock.now() + WINDOW + timedelta(seconds=1)
    with clock.set_to(later):
        body = {"user_name": "administrator", "password": PASSWORD}
        assert client.post("/api/v1/sign-in", json=body).status_code == 200


@pytest.mark.req("H-4")
def test_too_many_failures_from_an_address_are_held_up(web: WebClinic) -> None:
    client = web.visitor()
    for number in range(FAILURES_OF_AN_ADDRESS):
        body = {"user_name": f"guess{number}", "password": "guess"}
        assert client.post("/api/v1/sign-in", json=body).status_code == 401
    body = {"user_name": "nurse", "password": PASSWORD}
    assert client.post("/api/v1/sign-in", json=body).status_code == 429


@pytest.mark.req("H-4")
def test_an_idle_sign_in_ends_and_a_used_one_lasts(web: WebClinic) -> None:
    client = web.signed_in("Nurse")
    start = clock.now()
    page = "/s/north/account/password"
    for minutes in (20, 40, 60):  # each within the idle time of the one before
        with clock.set_to(start + timedelta(minutes=minutes)):
            assert client.get(page).status_code == 200
    with clock.set_to(start + timedelta(minutes=60) + IDLE + timedelta(seconds=1)):
        assert client.get(page).status_code == 303
        assert client.get("/api/v1/me").status_code == 401
        assert client.get(page, headers={"hx-request": "true"}).status_code == 401


@pytest.mark.req("H-4")
@pytest.mark.parametrize(
    ("path", "headers"), [("/s/north/account", {"x-fetlock-unattended": "1"}), ("/live", {})]
)
def test_what_a_page_asks_for_by_itself_keeps_no_sign_in_alive(
    web: WebClinic, path: str, headers: dict[str, str]
) -> None:
    client = web.signed_in("Nurse")
    start = clock.now()
    for minutes in (10, 20, 29):
        with clock.set_to(start + timedelta(minutes=minutes)):
            assert client.get(path, headers=headers).status_code == 200
    with clock.set_to(start + IDLE + timedelta(seconds=1)):
        assert client.get("/api/v1/me").status_code == 401


@pytest.mark.req("H-4")
def test_no_sign_in_lasts_for_ever(web: WebClinic) -> None:
    client = web.signed_in("Nurse")
    start = clock.now()
    statuses = []
    for step in range(1, int(LONGEST / timedelta(minutes=20)) + 2):
        with clock.set_to(start + step * timedelta(minutes=20)):
            statuses.append(client.get("/s/north/account/password").status_code)
    assert statuses[0] == 200
    assert statuses[-1] == 303
