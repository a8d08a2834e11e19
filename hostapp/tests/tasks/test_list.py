"""The list of tasks and the count in the header of every page (H-17)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from httpx import Client
from sqlalchemy import event

from fetlock.domain.tasks import service
from fetlock.domain.tasks.draft import TaskDraft
from fetlock.domain.tasks.models import Task
from fetlock_hostapp.testing import WebClinic

LIST = "/s/north/tasks"
HTMX = {"hx-request": "true"}


def write(web: WebClinic, text: str, by: str = "Receptionist", **draft: Any) -> int:
    clinic = web.clinic
    wanted = TaskDraft(text=text, **draft)
    return clinic.run(lambda work: service.create(work, wanted).id, actor=clinic.actor(by))


def task(web: WebClinic, task_id: int) -> Task:
    with web.clinic.reading() as session:
        return session.get_one(Task, task_id)


def rows_in(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'<tr id="task-(\d+)"', html)]


def header(html: str) -> str:
    """The link in the header, with its words put together as they are read out."""
    found = re.search(r'<a class="barbtn[^"]*" id="task-count".*?</a>', html, re.DOTALL)
    return f"{found[0]} {re.sub('<[^>]*>', '', found[0])}" if found else ""


@contextmanager
def counted(web: WebClinic) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*args: object) -> None:
        if not str(args[2]).startswith(("PRAGMA", "BEGIN", "SET")):
            statements.append(str(args[2]))

    event.listen(web.runtime.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(web.runtime.database.engine, "before_cursor_execute", note)


def chips(client: Client, **query: str) -> dict[str, int]:
    found = re.findall(
        r'<a class="chip"[^>]*>([^<]+?)\s*<small>(\d+)</small>', client.get(LIST, params=query).text
    )
    return {label: int(count) for label, count in found}


@pytest.mark.req("H-17")
def test_every_page_counts_what_waits_for_whom_looks_at_it(web: WebClinic) -> None:
    today = web.clinic.today()
    nurse = web.signed_in("Nurse")
    page = header(nurse.get(LIST).text)
    assert "Tasks: 0 waiting" in page
    assert "barbtn--due" not in page
    write(web, "by name", staff_id=web.clinic.records.staff["Nurse"])
    write(web, "by role", role_id=web.clinic.records.roles["Nurse"], due_on=today)
    late = write(web, "late", staff_id=web.clinic.records.staff["Nurse"], due_on=today - timedelta(days=3))
    for path in ("tasks", "patients", f"patients/{web.clinic.patient_id}", "invoices"):
        shown = header(nurse.get(f"/s/north/{path}").text)
        assert "Tasks: 3 waiting, 2 due today or overdue" in shown, path
        assert "i-warn" in shown, "and by a shape"
    assert "0 waiting" in header(web.signed_in("Veterinarian").get("/s/north/patients").text)
    assert "0 waiting" in header(nurse.get("/s/south/patients").text)
    web.clinic.run(lambda work: service.complete(work, [late]))
    assert "2 waiting, 1 due" in header(nurse.get("/s/north/patients").text)
    assert "2 waiting, 1 due" in header(nurse.get(f"{LIST}/count").text)


@pytest.mark.req("H-17", "H-3")
def test_who_may_not_see_tasks_sees_no_count_and_costs_no_query(web: WebClinic) -> None:
    from sqlalchemy import delete

    from fetlock.domain.staff.models import RolePermission

    nurse = web.signed_in("Nurse")
    with counted(web) as with_count:
        nurse.get("/s/north/patients")
    assert len([each for each in with_count if "FROM task" in each]) == 1
    web.clinic.database.write(
        lambda session: session.execute(
            delete(RolePermission).where(RolePermission.permission.startswith("tasks."))
        )
    )
    with counted(web) as without:
        assert header(nurse.get("/s/north/patients").text) == ""
    assert [each for each in without if "FROM task" in each] == []
    assert nurse.get(LIST).status_code == 403


@pytest.mark.req("H-17")
def test_quick_add_writes_a_task_and_keeps_what_was_typed_on_an_error(web: WebClinic) -> None:
    desk = web.signed_in("Receptionist")
    assert "Nothing waits for you" in desk.get(LIST).text
    refused = desk.post(LIST, data={"text": "", "due_on": "2026-12-01"}, headers=HTMX)
    assert refused.status_code == 422
    assert 'id="f-text-error"' in refused.text
    assert 'value="2026-12-01"' in refused.text
    assert "<html" not in refused.text
    vet = web.clinic.records.staff["Veterinarian"]
    added = desk.post(LIST, data={"text": "Look at 57A’s x-ray", "for": f"staff:{vet}"}, headers=HTMX)
    assert added.status_code == 200
    assert "“Look at 57A’s x-ray” is written down." in added.text
    assert task(web, 1).staff_id == vet
    mine = desk.post(LIST, data={"text": "Order <b>food</b>", "for": "", "due_on": "2020-01-01"})
    assert mine.status_code == 303
    page = desk.get(LIST).text
    assert rows_in(page) == [2]
    assert "Order &lt;b&gt;food&lt;/b&gt;" in page
    assert "<span>Overdue</span>" in page
    assert desk.post(LIST, data={"text": "x", "for": "role:0x2"}).status_code == 422


@pytest.mark.req("H-17")
def test_filters_stand_in_the_address_and_their_counts_are_what_they_list(web: WebClinic) -> None:
    records, today = web.clinic.records, web.clinic.today()
    me, nurse_role = records.staff["Nurse"], records.roles["Nurse"]
    mine = write(web, "mine", staff_id=me)
    roles = write(web, "role", role_id=nurse_role, due_on=today)
    late = write(web, "late", staff_id=me, due_on=today - timedelta(days=1))
    given = write(web, "given", "Nurse", staff_id=records.staff["Receptionist"])
    write(web, "another's", staff_id=records.staff["Veterinarian"])
    done = write(web, "done", "Nurse")
    web.clinic.run(lambda work: service.complete(work, [done]))
    snoozed = write(web, "later", "Nurse")
    web.clinic.run(lambda work: service.snooze(work, [snoozed], today + timedelta(days=2)))
    nurse = web.signed_in("Nurse")
    for query, expected in (
        ({}, [late, roles, mine]),
        ({"whose": "me"}, [late, mine]),
        ({"whose": "roles"}, [roles]),
        ({"whose": "given"}, [given]),
        ({"whose": "all"}, [late, roles, mine]),
        ({"state": "overdue"}, [late]),
        ({"state": "snoozed"}, [snoozed]),
        ({"state": "done"}, [done]),
        ({"state": "odd", "whose": "odd"}, [late, roles, mine]),
    ):
        assert rows_in(nurse.get(LIST, params=query).text) == expected, query
    assert chips(nurse) == {
        "Mine and my roles’": 3,
        "Mine": 2,
        "My roles’": 1,
        "Written by me": 1,
        "Open": 3,
        "Overdue": 1,
        "Snoozed": 1,
    }
    everybody = web.signed_in().get(LIST, params={"whose": "all"}).text
    assert len(rows_in(everybody)) == 5


@pytest.mark.req("H-17")
def test_many_are_completed_at_once_and_it_is_undone(web: WebClinic) -> None:
    desk = web.signed_in("Receptionist")
    ids = [write(web, f"Call {number}") for number in range(3)]
    answer = desk.post(f"{LIST}/do", data={"do": "done", "task": [str(ids[0]), str(ids[2])]}, headers=HTMX)
    assert "2 tasks are done." in answer.text
    assert rows_in(answer.text) == [ids[1]]
    assert "Tasks: 1 waiting" in header(answer.text)
    undo = re.findall(r'<input type="hidden" name="task" value="(\d+)">', answer.text)
    assert undo == [str(ids[0]), str(ids[2])]
    again = desk.post(f"{LIST}/do", data={"do": "reopen", "task": undo}, headers=HTMX)
    assert rows_in(again.text) == ids
    assert {task(web, each).state for each in ids} == {"open"}
    one = desk.post(f"{LIST}/do", data={"do": f"tomorrow:{ids[1]}", "task": str(ids[0])}, headers=HTMX)
    assert rows_in(one.text) == [ids[0], ids[2]], "the button's own task, not those that are chosen"
    taken = desk.post(f"{LIST}/do", data={"do": f"dismiss:{ids[0]}"})
    assert (taken.status_code, task(web, ids[0]).state) == (303, "dismissed")
    nothing = desk.post(f"{LIST}/do", data={"do": "done"}, headers=HTMX)
    assert "Choose one or more tasks first." in nothing.text
    for wrong in ({"do": "sing:1"}, {"do": "done", "task": "x"}, {"do": "done:987654"}):
        assert desk.post(f"{LIST}/do", data=wrong, headers=HTMX).status_code == 404


@pytest.mark.req("H-17")
def test_a_role_s_task_is_taken_on(web: WebClinic) -> None:
    task_id = write(web, "Clean the kennel", role_id=web.clinic.records.roles["Nurse"])
    nurse = web.signed_in("Nurse")
    nurse.post(f"{LIST}/do", data={"do": f"mine:{task_id}"})
    taken = task(web, task_id)
    assert taken.staff_id == web.clinic.records.staff["Nurse"]
    assert taken.role_id == web.clinic.records.roles["Nurse"]
    assert rows_in(web.signed_in("Nurse").get(LIST).text) == [task_id]


@pytest.mark.req("H-17")
@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_takes_a_fixed_number_of_statements(web: WebClinic, rows: int) -> None:
    for number in range(rows):
        write(web, f"Task {number}")
    desk = web.signed_in("Receptionist")
    with counted(web) as statements:
        assert desk.get(LIST).status_code == 200
    assert len(statements) == 7, "\n".join(statements)
