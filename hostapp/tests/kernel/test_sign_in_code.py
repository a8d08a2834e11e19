"""H-4: signing in with a second factor, by page and JSON: the half-way state, the codes, their limits."""

from datetime import timedelta

import pytest
from httpx import Client
from sqlalchemy import func, select

from fetlock import clock
from fetlock.domain.access.attempts import FAILURES_OF_CODES, WINDOW
from fetlock.domain.access.half_way import LASTS
from fetlock.domain.access.models import SignIn
from fetlock.domain.staff.models import Staff
from fetlock_hostapp.testing import HOST, PASSWORD, WebClinic
from fetlock_hostapp.web.kernel import cookies
from hostapp.tests.kernel.signing_in import CountingHasher, Phone, attempts, give_phone, send, send_code

PAGE = "/s/north/account/password"


def sign_ins(web: WebClinic) -> int:
    with web.runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(SignIn)) or 0


def half_way(web: WebClinic, role: str = "Nurse") -> Client:
    """A browser whose person has given the right password, and no code yet."""
    client = web.visitor()
    answer = send(client, role.lower(), PASSWORD, next=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in/code?next={PAGE}")
    return client


@pytest.mark.req("H-4")
def test_password_then_code_then_in_with_a_new_token(web_on_both: WebClinic) -> None:
    web = web_on_both
    phone = give_phone(web, "Nurse")
    client = half_way(web)
    assert cookies.SIGN_IN not in client.cookies
    assert sign_ins(web) == 0
    page = client.get(f"/sign-in/code?next={PAGE}")
    assert f'name="next" value="{PAGE}"' in page.text
    answer = send_code(client, phone.code(), next=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert cookies.HALF_WAY not in client.cookies
    assert client.get(PAGE).status_code == 200
    assert attempts(web) == 0


@pytest.mark.req("H-4")
def test_half_way_opens_nothing(web: WebClinic) -> None:
    give_phone(web, "Nurse")
    client = half_way(web)
    assert client.get(PAGE).headers["location"].startswith("/sign-in?next=")
    assert client.get("/").headers["location"] == "/sign-in"
    assert client.get("/api/v1/me").status_code == 401
    sealed = client.cookies[cookies.HALF_WAY]
    thief = web.visitor()
    thief.cookies.set(cookies.SIGN_IN, sealed, domain=HOST)
    assert thief.get(PAGE).status_code == 303
    bearer = {"authorization": f"Bearer {sealed}"}
    assert web.visitor().get("/api/v1/me", headers=bearer).status_code == 401


@pytest.mark.req("H-4")
def test_a_planted_token_is_worth_nothing_after_the_code(web: WebClinic) -> None:
    phone = give_phone(web, "Administrator")
    attacker = web.signed_in("Nurse")
    planted = attacker.cookies[cookies.SIGN_IN]
    victim = web.visitor()
    victim.cookies.set(cookies.SIGN_IN, planted, domain=HOST)
    send(victim, "administrator", PASSWORD)
    assert attacker.get(PAGE).status_code == 200  # nothing has happened yet
    assert send_code(victim, phone.code()).status_code == 303
    assert {c.value for c in victim.cookies.jar if c.name == cookies.SIGN_IN}.isdisjoint({planted})
    assert attacker.get(PAGE).status_code == 303
    assert victim.get("/api/v1/me").json()["user_name"] == "administrator"


@pytest.mark.req("H-4")
def test_half_way_is_sealed_and_short(web: WebClinic) -> None:
    phone = give_phone(web, "Nurse")
    client = half_way(web)
    sealed = client.cookies[cookies.HALF_WAY]
    for forged in ("", "nonsense", sealed[:-6] + "AAAA==", web.runtime.secrets.seal({"staff": 1}).decode()):
        other = web.visitor()
        other.cookies.set(cookies.HALF_WAY, forged, domain=HOST)
        assert other.get("/sign-in/code").headers["location"] == "/sign-in?late=1", forged
    assert client.get("/sign-in/code").status_code == 200
    with clock.set_to(clock.now() + LASTS):
        assert client.get("/sign-in/code").headers["location"] == "/sign-in?late=1"
    assert "Sign in once more" in client.get("/sign-in?late=1").text
    # a new password makes what was half-way worthless
    client = half_way(web)
    page = client.get("/sign-in/code")
    assert page.status_code == 200

    def change(session: object) -> None:
        session.get(Staff, web.clinic.records.staff["Nurse"]).password_hash = "another"  # type: ignore[attr-defined]

    web.runtime.database.write(change)
    assert send_code(client, phone.code()).headers["location"] == "/sign-in?late=1"
    assert sign_ins(web) == 0


@pytest.mark.req("H-4")
def test_unknown_name_wrong_password_and_right_one_cost_one_hash_each(
    web: WebClinic, counting: CountingHasher
) -> None:
    give_phone(web, "Nurse")
    client = web.visitor()
    client.get("/sign-in")
    answers = []
    for name, password in (
        ("nobod", "not the password"),
        ("nurse", "not the password"),
        ("nurse", PASSWORD),
    ):
        counting.computed = 0
        answer = send(client, name, password)
        assert counting.computed == 1, name
        headers = {k: v for k, v in answer.headers.items() if k != "date"}
        answers.append((answer.status_code, answer.text.replace('value="nobod"', 'value="nurse"'), headers))
    assert answers[0] == answers[1]
    assert answers[2][0] == 303


@pytest.mark.req("H-4")
def test_a_code_counts_once_and_only_around_its_half_minute(web_on_both: WebClinic) -> None:
    web = web_on_both
    phone = give_phone(web, "Nurse")
    start = clock.now()
    with clock.set_to(start):
        refused = send_code(half_way(web), phone.wrong())
        assert (refused.status_code, "does not fit" in refused.text) == (401, True)
        for steps in (-2, 2):  # too old, too new
            assert send_code(half_way(web), phone.code(steps)).status_code == 401
        assert send_code(half_way(web), phone.code(-1)).status_code == 303  # a phone that is slow
        assert send_code(half_way(web), phone.code(-1)).status_code == 401  # used
        assert send_code(half_way(web), phone.code(0)).status_code == 303
        assert send_code(half_way(web), phone.code(1)).status_code == 303  # and one that is fast
        assert send_code(half_way(web), phone.code(0)).status_code == 401  # older than the last one used
    with clock.set_to(start + timedelta(seconds=60)):
        shown = phone.code()
        assert send_code(half_way(web), f"{shown[:3]} {shown[3:]}").status_code == 303


@pytest.mark.req("H-4")
def test_a_recovery_code_opens_once_and_says_how_many_are_left(web_on_both: WebClinic) -> None:
    web = web_on_both
    phone = give_phone(web, "Nurse")
    client = half_way(web)
    answer = send_code(client, phone.codes[0].upper().replace("-", " "), next=PAGE)
    assert answer.status_code == 303
    assert "You have 9 recovery codes left." in client.get(PAGE).text
    assert send_code(half_way(web), phone.codes[0]).status_code == 401
    assert send_code(half_way(web), "aaaaa-bbbbb-ccccc").status_code == 401
    for code in phone.codes[1:-1]:
        assert send_code(half_way(web), code).status_code == 303
    last = half_way(web)
    assert send_code(last, phone.codes[-1]).status_code == 303
    assert "last recovery code. Make new ones" in last.get(PAGE).text


@pytest.mark.req("H-4")
def test_codes_are_tried_a_few_times_only(web_on_both: WebClinic) -> None:
    web = web_on_both
    phone = give_phone(web, "Nurse")
    for _ in range(FAILURES_OF_CODES):
        assert send_code(half_way(web), phone.wrong()).status_code == 401
    held_up = send_code(half_way(web), phone.code())  # the password alone sets nothing back
    assert (held_up.status_code, "Too many attempts" in held_up.text) == (429, True)
    # others are not held up, and after the window the person isn't either
    assert send(web.visitor(), "receptionist", PASSWORD).status_code == 303
    with clock.set_to(clock.now() + WINDOW + timedelta(seconds=1)):
        assert send_code(half_way(web), phone.code()).status_code == 303


@pytest.mark.req("H-4")
def test_an_empty_code_is_asked_for_again_and_counts_nothing(web: WebClinic) -> None:
    give_phone(web, "Nurse")
    client = half_way(web)
    answer = send_code(client, " ")
    assert (answer.status_code, 'id="f-code-error"' in answer.text) == (422, True)
    assert attempts(web) == 0


def api(client: Client, code: str | None = None, password: str = PASSWORD) -> tuple[int, str]:
    body = {"user_name": "nurse", "password": password} | ({} if code is None else {"code": code})
    answer = client.post("/api/v1/sign-in", json=body)
    return answer.status_code, answer.json().get("code", "in")


@pytest.mark.req("H-4")
def test_programs_send_all_three_at_once(web: WebClinic, counting: CountingHasher) -> None:
    phone: Phone = give_phone(web, "Nurse")
    client = web.visitor()
    assert api(client) == (401, "second_factor_needed")
    assert cookies.SIGN_IN not in client.cookies
    assert api(client, phone.wrong()) == (401, "code_refused")
    counting.computed = 0
    assert api(client, phone.code(), "not the password") == (401, "sign_in_refused")
    assert counting.computed == 1
    assert api(client, phone.code()) == (200, "in")
    assert client.get("/api/v1/me").json()["user_name"] == "nurse"
    assert api(web.visitor(), phone.code()) == (401, "code_refused")
    assert api(web.visitor(), phone.codes[3]) == (200, "in")
