"""The page of one task (H-17)."""

from datetime import timedelta

import pytest

from fetlock.domain.tasks import service
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.tasks.test_list import LIST, task, write


@pytest.mark.req("H-17")
def test_a_task_is_read_changed_and_closed_with_a_word(web: WebClinic) -> None:
    desk = web.signed_in("Receptionist")
    nurse = web.clinic.records.staff["Nurse"]
    link = f"/s/north/patients/{web.clinic.patient_id}"
    task_id = write(web, "Call Dana", link=link)
    page = desk.get(f"{LIST}/{task_id}").text
    assert f'href="{link}"' in page
    assert "Written" in page
    changed = {
        "text": "Call Dana twice",
        "for": f"staff:{nurse}",
        "note": "Mornings",
        "revision": "1",
        "link": link,
    }
    assert desk.post(f"{LIST}/{task_id}", data=changed).status_code == 303
    assert (task(web, task_id).text, task(web, task_id).staff_id) == ("Call Dana twice", nurse)
    assert task(web, task_id).role_id == web.clinic.records.roles["Receptionist"], "where it goes back to"
    page = desk.get(f"{LIST}/{task_id}").text
    assert "If this person leaves, the task goes back to “Receptionist”." in page
    answer = desk.post(f"{LIST}/{task_id}/close", data={"how": "done", "closing_note": "She knows."})
    assert answer.status_code == 303
    page = web.signed_in("Nurse").get(f"{LIST}/{task_id}").text
    assert "She knows." in page
    assert "Receptionist Smith" in page
    assert 'name="text"' not in page, "a closed one is read, not changed"
    desk.post(f"{LIST}/{task_id}/reopen")
    assert task(web, task_id).state == "open"


@pytest.mark.req("H-17", "H-36")
def test_a_stale_save_tells_what_differs_and_keeps_what_was_typed(web: WebClinic) -> None:
    desk = web.signed_in("Receptionist")
    task_id = write(web, "Call Dana")
    first = {"text": "Call Dana at noon", "for": "", "revision": "1"}
    assert desk.post(f"{LIST}/{task_id}", data=first).status_code == 303
    second = desk.post(f"{LIST}/{task_id}", data=first | {"text": "Write to Dana"})
    assert second.status_code == 409
    for part in ("Call Dana at noon", 'value="Write to Dana"', 'name="revision" value="2"'):
        assert part in second.text
    assert desk.post(f"{LIST}/{task_id}", data=first | {"text": "Write", "revision": "2"}).status_code == 303


@pytest.mark.req("H-17")
def test_errors_stand_beside_their_fields(web: WebClinic) -> None:
    desk = web.signed_in("Receptionist")
    task_id = write(web, "Call Dana")
    wrong = desk.post(
        f"{LIST}/{task_id}", data={"text": "", "link": "https://elsewhere.example", "note": "kept"}
    )
    assert wrong.status_code == 422
    for part in ('id="f-text-error"', 'id="f-link-error"', "kept", "https://elsewhere.example"):
        assert part in wrong.text
    yesterday = (web.clinic.today() - timedelta(days=1)).isoformat()
    snoozed = desk.post(f"{LIST}/{task_id}/snooze", data={"until": yesterday})
    assert (snoozed.status_code, 'id="f-until-error"' in snoozed.text) == (422, True)
    tomorrow = (web.clinic.today() + timedelta(days=1)).isoformat()
    assert desk.post(f"{LIST}/{task_id}/snooze", data={"until": tomorrow}).status_code == 303
    assert "Snoozed until" in desk.get(f"{LIST}/{task_id}").text


@pytest.mark.req("H-17", "H-1")
def test_what_is_not_theirs_does_not_exist(web: WebClinic) -> None:
    task_id = write(web, "For the vet", staff_id=web.clinic.records.staff["Veterinarian"])
    nurse = web.signed_in("Nurse")
    for address in (f"{LIST}/{task_id}", f"/s/south/tasks/{task_id}", f"/api/v1{LIST}/{task_id}"):
        assert nurse.get(address).status_code == 404
    assert web.signed_in().get(f"/s/south/tasks/{task_id}").status_code == 404
    assert nurse.post(f"{LIST}/{task_id}/close", data={"how": "done"}).status_code == 404


@pytest.mark.req("H-17")
def test_programs_do_what_people_do(web_on_both: WebClinic) -> None:
    web = web_on_both
    desk, api = web.signed_in("Receptionist"), f"/api/v1{LIST}"
    nurse = web.clinic.records.staff["Nurse"]
    due = web.clinic.today().isoformat()
    made = desk.post(api, json={"text": "Call Dana", "staff_id": nurse, "due_on": due})
    assert made.status_code == 201
    body = made.json()
    assert (body["staff_id"], body["due_on"], body["state"]) == (nurse, due, "open")
    address = f"{api}/{body['id']}"
    assert web.signed_in("Nurse").get(f"{api}/count").json() == {"count": 1, "due": 1}
    tag = desk.get(address).headers["etag"]
    changed = desk.patch(address, json={"text": "Call Dana twice"}, headers={"if-match": tag})
    assert (changed.json()["text"], changed.json()["due_on"]) == ("Call Dana twice", due)
    assert desk.patch(address, json={"text": "x"}, headers={"if-match": tag}).status_code == 412
    role = web.clinic.records.roles["Receptionist"]
    assert desk.patch(address, json={"role_id": role}).json()["staff_id"] is None
    assert desk.patch(address, json={"due_on": None}).json()["due_on"] is None
    for number in range(3):
        desk.post(api, json={"text": f"{number}"})
    first = desk.get(api, params={"limit": "3"}).json()
    rest = desk.get(first["next"]).json()
    assert [each["text"] for each in first["items"] + rest["items"]] == ["Call Dana twice", "0", "1", "2"]
    assert rest["next"] is None
    closed = desk.post(f"{address}/close", json={"note": "Told."}).json()
    assert (closed["state"], closed["closing_note"], closed["closer"]) == (
        "done",
        "Told.",
        "Receptionist Smith",
    )
    assert [each["id"] for each in desk.get(api, params={"state": "done"}).json()["items"]] == [body["id"]]
    assert desk.post(f"{address}/reopen").json()["state"] == "open"
    later = (web.clinic.today() + timedelta(days=3)).isoformat()
    assert desk.post(f"{address}/snooze", json={"until": later}).json()["snoozed_until"] == later
    assert desk.get(api, params={"whose": "all"}).status_code == 403
    assert desk.post(api, json={"text": "x", "link": "https://elsewhere.example"}).status_code == 422


def test_a_plugin_s_task_keeps_its_own_words(web: WebClinic) -> None:
    task_id = write(web, "Call Dana")

    def from_plugin(work: object) -> None:
        found = work.session.get(type(task(web, task_id)), task_id)  # type: ignore[attr-defined]
        found.plugin, found.cause = "email", "x"

    web.clinic.run(from_plugin)
    desk = web.signed_in("Receptionist")
    desk.post(f"{LIST}/{task_id}", data={"text": "Mine", "note": "noted", "for": ""})
    assert (task(web, task_id).text, task(web, task_id).note) == ("Call Dana", "noted")
    assert "E-mail" in desk.get(LIST).text, "where it comes from"
    assert web.clinic.run(lambda work: service.complete(work, [task_id])) != []
