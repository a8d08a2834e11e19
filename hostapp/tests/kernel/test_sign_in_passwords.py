"""H-4: changing a password, by oneself or because somebody else has chosen it."""

import pytest

from fetlock.domain.access.attempts import FAILURES_OF_A_NAME
from fetlock.domain.staff.models import Staff
from fetlock_hostapp.testing import PASSWORD, WebClinic
from fetlock_hostapp.web.kernel import cookies
from hostapp.tests.kernel.signing_in import send, token_in


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
def test_a_session_left_open_is_no_place_to_guess_at_the_password(web: WebClinic) -> None:
    client = web.signed_in("Nurse")
    fields = {"new": "a gentle brown horse", "repeated": "a gentle brown horse"}
    statuses = [
        client.post("/s/north/account/password", data=fields | {"current": f"guess {n}"}).status_code
        for n in range(FAILURES_OF_A_NAME + 1)
    ]
    assert statuses == [422] * FAILURES_OF_A_NAME + [429]
    right = web.signed_in("Receptionist")
    for _ in range(FAILURES_OF_A_NAME + 1):  # a poor new password is no guess
        poor = {"current": PASSWORD, "new": "short", "repeated": "short"}
        assert right.post("/s/north/account/password", data=poor).status_code == 422
