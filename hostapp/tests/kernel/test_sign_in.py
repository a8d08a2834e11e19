"""H-4: signing in by page and JSON, over the real application and database."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from httpx import Client, Response
from sqlalchemy import func, select

from fetlock import clock
from fetlock.domain.staff import passwords
from fetlock.domain.staff.models import SignIn, SignInAttempt, Staff
from fetlock.domain.staff.presence import IDLE, LONGEST, hash_of
from fetlock.domain.staff.attempts import FAILURES_OF_A_NAME, FAILURES_OF_AN_ADDRESS, WINDOW
from fetlock_hostapp.testing import HOST, PASSWORD, WebClinic
from fetlock_hostapp.web.kernel import cookies, csrf


class CountingHasher:
    """Counts every argon2 computation."""

    def __init__(self) -> None:
        self._real = PasswordHasher.from_parameters(CHEAPEST)
        self.computed = 0

    def hash(self, password: str) -> str:
        self.computed += 1
        return self._real.hash(password)

    def verify(self, hash: str, password: str) -> bool:
        self.computed += 1
        return self._real.verify(hash, password)

    def check_needs_rehash(self, hash: str) -> bool:
        return self._real.check_needs_rehash(hash)


@pytest.fixture
def counting() -> Iterator[CountingHasher]:
    counter = CountingHasher()
    before = passwords.use(counter)
    yield counter
    passwords.use(before)


def token_in(page: Response) -> str:
    found = re.search(r'name="_csrf_token" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found[1]


def send(client: Client, user_name: str, password: str, **more: str) -> Response:
    token = token_in(client.get("/sign-in"))
    fields = {"user_name": user_name, "password": password, "_csrf_token": token} | more
    return client.post("/sign-in", data=fields)


def attempts(web: WebClinic) -> int:
    with web.runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(SignInAttempt)) or 0


@pytest.mark.req("H-4")
def test_signs_in_and_leads_back_to_what_was_asked_for(web_on_both: WebClinic) -> None:
    client = web_on_both.visitor()
    asked = client.get("/s/north/account/password")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=/s/north/account/password")
    answer = send(client, " Receptionist ", PASSWORD, next="/s/north/account/password")
    assert (answer.status_code, answer.headers["location"]) == (303, "/s/north/account/password")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(cookies.SIGN_IN))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/s/north/account/password").status_code == 200
    token = client.cookies[cookies.SIGN_IN]
    with web_on_both.runtime.database.reading() as session:
        stored = session.scalars(select(SignIn.token_hash)).all()
    assert stored == [hash_of(token)]
    assert attempts(web_on_both) == 0


@pytest.mark.req("H-4")
@pytest.mark.parametrize(
    "wanted", ["https://evil.example/s/x", "//evil.example/s/x", "/\\evil.example", "/other"]
)
def test_leads_nowhere_else(web: WebClinic, wanted: str) -> None:
    assert send(web.visitor(), "receptionist", PASSWORD, next=wanted).headers["location"] == "/"


@pytest.mark.req("H-4")
def test_unknown_name_and_wrong_password_cannot_be_told_apart(
    web: WebClinic, counting: CountingHasher
) -> None:
    client = web.visitor()
    client.get("/sign-in")  # both answers then belong to the same visit
    answers, computed = [], []
    for name in ("nobody-here", "receptionist"):
        counting.computed = 0
        answer = send(client, name, "not the password")
        computed.append(counting.computed)
        body = answer.text.replace(name, "NAME")
        headers = {k: v for k, v in answer.headers.items() if k not in ("date", "content-length")}
        answers.append((answer.status_code, body, headers))
    assert computed == [1, 1]
    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    assert "Name or password is wrong." in answers[0][1]
    assert "not the password" not in answers[0][1]
    assert 'value="NAME"' in answers[0][1]  # what was typed is kept


@pytest.mark.req("H-4", "H-2")
def test_deactivated_and_passwordless_employees_are_refused_alike(
    web: WebClinic, counting: CountingHasher
) -> None:
    def change(session: object) -> None:
        session.get(Staff, web.clinic.records.staff["Nurse"]).active = False  # type: ignore[attr-defined]
        session.get(Staff, web.clinic.records.staff["Receptionist"]).password_hash = ""  # type: ignore[attr-defined]

    web.runtime.database.write(change)
    client = web.visitor()
    for name, password in (("nurse", PASSWORD), ("receptionist", ""), ("receptionist", "anything at all")):
        counting.computed = 0
        answer = client.post("/api/v1/sign-in", json={"user_name": name, "password": password or " "})
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")
        assert counting.computed == 1


@pytest.mark.req("H-4")
def test_a_planted_token_is_worth_nothing_after_sign_in(web: WebClinic) -> None:
    """An attacker leaves their own sign-in, or a token of their choice, in the victim's browser."""
    attacker = web.signed_in("Nurse")
    planted = attacker.cookies[cookies.SIGN_IN]
    for left in (planted, "chosen-by-the-attacker"):
        victim = web.visitor()
        victim.cookies.set(cookies.SIGN_IN, left, domain=HOST)
        assert send(victim, "administrator", PASSWORD).status_code == 303
        tokens = {c.value for c in victim.cookies.jar if c.name == cookies.SIGN_IN}
        assert left not in tokens
        spy = web.visitor()
        spy.cookies.set(cookies.SIGN_IN, left, domain=HOST)
        assert spy.get("/s/north/account/password").headers["location"].startswith("/sign-in")
    assert attacker.get("/").status_code == 303  # the planted sign-in itself has ended
    assert attacker.get("/").headers["location"] == "/sign-in"


@pytest.mark.req("H-4")
def test_each_sign_in_has_a_new_token(web: WebClinic) -> None:
    client = web.visitor()
    tokens = []
    for _ in range(2):
        assert send(client, "nurse", PASSWORD).status_code == 303
        tokens.append(client.cookies[cookies.SIGN_IN])
    assert len(set(tokens)) == 2


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
def test_no_sign_in_lasts_for_ever(web: WebClinic) -> None:
    client = web.signed_in("Nurse")
    start = clock.now()
    statuses = []
    for step in range(1, int(LONGEST / timedelta(minutes=20)) + 2):
        with clock.set_to(start + step * timedelta(minutes=20)):
            statuses.append(client.get("/s/north/account/password").status_code)
    assert statuses[0] == 200
    assert statuses[-1] == 303


@pytest.mark.req("H-4")
def test_signing_out_ends_the_sign_in_and_the_cookie(web: WebClinic) -> None:
    client = web.signed_in("Nurse")
    token = client.cookies[cookies.SIGN_IN]
    assert client.get("/sign-out").status_code in (404, 405)
    assert client.post("/sign-out", data={}).headers["location"] == "/sign-in?out=1"
    thief = web.visitor()
    thief.cookies.set(cookies.SIGN_IN, token, domain=HOST)
    assert thief.get("/s/north/account/password").status_code == 303
    assert "You are signed out." in client.get("/sign-in?out=1").text


@pytest.mark.req("H-4")
def test_a_temporary_password_has_to_be_changed_first(web: WebClinic) -> None:
    staff_id = web.clinic.records.staff["Nurse"]

    def must_change(session: object) -> None:
        session.get(Staff, staff_id).must_change_password = True  # type: ignore[attr-defined]

    web.runtime.database.write(must_change)
    client = web.visitor()
    assert send(client, "nurse", PASSWORD).headers["location"] == "/change-password"
    assert client.get("/s/north").headers["location"] == "/change-password"
    assert client.get("/api/v1/me").json()["code"] == "password_must_change"
    form = client.get("/change-password")
    assert form.status_code == 200
    old_token = client.cookies[cookies.SIGN_IN]
    fields = {"_csrf_token": token_in(form), "current": PASSWORD, "new": "a gentle brown horse"}
    wrong = client.post("/change-password", data=fields | {"repeated": "a gentle brown house"})
    assert (wrong.status_code, "The two are not the same" in wrong.text) == (422, True)
    done = client.post("/change-password", data=fields | {"repeated": "a gentle brown horse"})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert client.cookies[cookies.SIGN_IN] != old_token
    assert client.get("/s/north/account/password").status_code == 200
    assert (
        client.post("/api/v1/sign-in", json={"user_name": "nurse", "password": PASSWORD}).status_code == 401
    )


@pytest.mark.req("H-4")
def test_changing_ones_password_signs_out_everywhere_else(web: WebClinic) -> None:
    here, elsewhere = web.signed_in("Nurse"), web.signed_in("Nurse")
    fields = {"current": PASSWORD, "new": "a gentle brown horse", "repeated": "a gentle brown horse"}
    assert here.post("/s/north/account/password", data=fields).status_code == 303
    page = here.get("/s/north/account/password")
    assert (page.status_code, "Your password is changed" in page.text) == (200, True)
    assert elsewhere.get("/s/north/account/password").status_code == 303


@pytest.mark.req("H-4")
@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("short", "at least 10"),
        ("x" * 201, "at most 200"),
        ("abababababab", "different characters"),
        ("nurse is my name", "user name"),
        ("dr smith forever", "own name"),
        ("password123", "anybody would try"),
        (PASSWORD, "you have now"),
    ],
)
def test_a_poor_new_password_is_refused_beside_its_field(web: WebClinic, new: str, says: str) -> None:
    client = web.signed_in("Nurse")
    fields = {"current": PASSWORD, "new": new, "repeated": new}
    answer = client.post("/s/north/account/password", data=fields)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'id="f-new-error"' in answer.text
    assert new not in answer.text


@pytest.mark.req("H-4")
def test_the_present_password_must_be_known_to_change_it(web: WebClinic) -> None:
    fields = {"current": "not it at all", "new": "a gentle brown horse", "repeated": "a gentle brown horse"}
    answer = web.signed_in("Nurse").post("/s/north/account/password", data=fields)
    assert (answer.status_code, 'id="f-current-error"' in answer.text) == (422, True)


@pytest.mark.req("H-4")
def test_programs_sign_in_and_send_their_token(web: WebClinic) -> None:
    client = web.visitor()
    answer = client.post("/api/v1/sign-in", json={"user_name": "nurse", "password": PASSWORD})
    assert answer.status_code == 200
    me = client.get("/api/v1/me").json()
    assert me["csrf_token"] == answer.json()["csrf_token"] == csrf.token_for(client.cookies[cookies.SIGN_IN])
    assert [site["slug"] for site in me["sites"]] == ["north", "south"]
    assert client.post("/api/v1/sign-out").status_code == 403
    assert client.post("/api/v1/sign-out", headers={"x-csrf-token": me["csrf_token"]}).status_code == 204
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.req("H-4")
def test_another_page_cannot_sign_a_browser_in(web: WebClinic) -> None:
    """Signing a victim in as the attacker would make them type their secrets into the attacker's account."""
    client = web.visitor()
    body = {"user_name": "nurse", "password": PASSWORD}
    foreign = {"sec-fetch-site": "cross-site"}
    assert client.post("/api/v1/sign-in", json=body, headers=foreign).status_code == 403
    assert client.post("/api/v1/sign-in", data=body).status_code == 403
    assert client.post("/sign-in", data=body).status_code == 403
    token = token_in(client.get("/sign-in"))
    assert web.visitor().post("/sign-in", data=body | {"_csrf_token": token}).status_code == 403
