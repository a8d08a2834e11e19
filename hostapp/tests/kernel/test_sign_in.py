"""H-4: signing in by page and JSON, over the real application and database."""

import pytest
from sqlalchemy import select

from fetlock.domain.access.models import SignIn
from fetlock.domain.access.presence import hash_of
from fetlock.domain.staff.models import Staff
from fetlock_hostapp.testing import HOST, PASSWORD, WebClinic
from fetlock_hostapp.web.kernel import cookies, csrf
from hostapp.tests.kernel.signing_in import CountingHasher, attempts, send, token_in


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
    for name in ("nobody-there", "receptionist"):  # as long, so that the page with it is too
        counting.computed = 0
        answer = send(client, name, "not the password")
        computed.append(counting.computed)
        body = answer.text.replace(name, "NAME")
        headers = {k: v for k, v in answer.headers.items() if k != "date"}
        answers.append((answer.status_code, body, headers))
    assert computed == [1, 1]
    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    assert "Name or password is wrong." in answers[0][1]
    assert "not the password" not in answers[0][1]
    assert 'value="NAME"' in answers[0][1]  # what was typed is kept


@pytest.mark.req("H-4")
def test_programs_learn_as_little(web: WebClinic, counting: CountingHasher) -> None:
    answers = []
    for name in ("nobody-here", "receptionist"):
        counting.computed = 0
        answer = web.visitor().post("/api/v1/sign-in", json={"user_name": name, "password": "guess"})
        headers = {k: v for k, v in answer.headers.items() if k != "date"}
        answers.append((answer.status_code, answer.content, headers, counting.computed))
    assert answers[0] == answers[1]
    assert (answers[0][0], answers[0][3]) == (401, 1)


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
