"""Tasks that plugins open and close by a service: one per cause, and only their own (H-17)."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fetlock import clock
from fetlock.contracts import HOOK_API, Manifest, Permission
from fetlock.domain.tasks import service
from fetlock.domain.tasks.models import Task
from fetlock.errors import Conflict, Invalid
from fetlock.hooks import RegistrationHooks, WorkHooks, hookimpl
from fetlock.outbox.contained import call_contained
from fetlock.services import close_task, open_task
from fetlock.testing import Clinic
from fetlock.work import JobRun


class Registry(RegistrationHooks):
    """A plugin that has nothing but a name and a permission."""

    def __init__(self, name: str) -> None:
        self._name = name

    @hookimpl
    def manifest(self) -> Manifest:
        return Manifest(name=self._name, label=self._name.title(), version="1.0", hook_api=f"=={HOOK_API}")

    @hookimpl
    def permissions(self) -> list[Permission]:
        return [Permission(key=f"{self._name}.view", label="See it", roles=frozenset({"Nurse"}))]


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (Registry("plans"), Registry("insurer"))


@pytest.fixture
def on_both(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    made = Clinic.build(database_url, Registry("plans"), Registry("insurer"))
    yield made
    made.close()


def opened(clinic: Clinic, plugin: str = "plans", cause: str = "moved:12", **more: Any) -> int:
    more = {"text": "Tell the vendor that 57A is 58B now"} | more
    text = more.pop("text")
    return clinic.run(
        lambda work: open_task(work, plugin, text, cause=cause, **more).id,
        actor=clinic.actor("Receptionist"),
    )


def tasks(clinic: Clinic) -> list[Task]:
    with clinic.reading() as session:
        return list(session.scalars(select(Task).order_by(Task.id)))


@pytest.mark.req("H-17")
def test_the_same_cause_twice_is_one_task(on_both: Clinic) -> None:
    clinic = on_both
    first = opened(clinic, link="patients/1")
    nurse = clinic.records.staff["Nurse"]
    clinic.run(lambda work: service.assign(work, [first], nurse, None))
    later = clock.now() + timedelta(hours=3)
    with clock.set_to(later):
        assert opened(clinic, text="Tell the vendor that 57A is 59C now") == first
    (task,) = tasks(clinic)
    assert (task.count, task.last_at, task.text) == (2, later, "Tell the vendor that 57A is 59C now")
    assert task.staff_id == nurse, "whose it is stays as people set it"
    assert opened(clinic, cause="moved:13") != first
    assert opened(clinic, plugin="insurer") != first, "another plugin's cause is another cause"
    elsewhere = clinic.run(lambda work: open_task(work, "plans", "x", cause="moved:12").id, site="south")
    assert elsewhere != first
    clinic.run(lambda work: service.complete(work, [first]))
    assert opened(clinic) != first, "once it is closed, the cause opens a new one"


@pytest.mark.req("H-17")
def test_two_at_once_are_one_task(on_both: Clinic) -> None:
    clinic = on_both
    found: list[int] = []
    ready = threading.Barrier(4)

    def open_it() -> None:
        ready.wait()
        found.append(opened(clinic))

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(found)) == 1
    assert [task.count for task in tasks(clinic)] == [4]


@pytest.mark.req("H-17")
def test_a_plugin_closes_its_own_tasks_and_no_others(clinic: Clinic) -> None:
    theirs = opened(clinic, plugin="insurer")
    mine = opened(clinic)
    assert clinic.run(lambda work: close_task(work, "plans", "moved:99")) is None
    closed = clinic.run(lambda work: close_task(work, "plans", "moved:12", note="The vendor knows."))
    assert closed is not None
    found = {task.id: task for task in tasks(clinic)}
    assert (found[mine].state, found[mine].closing_note) == ("done", "The vendor knows.")
    assert found[theirs].state == "open"
    assert clinic.run(lambda work: close_task(work, "plans", "moved:12")) is None
    with pytest.raises(ValueError, match="no plugin"):
        clinic.run(lambda work: close_task(work, "nobody", "moved:12"))
    with pytest.raises(ValueError, match="no plugin"):
        opened(clinic, plugin="")
    assert found[theirs].state == "open"


@pytest.mark.req("H-17", "PL-2")
def test_a_plugin_that_is_off_opens_none_and_may_still_close(clinic: Clinic) -> None:
    opened(clinic)
    clinic.switch("plans", "off")
    with pytest.raises(Conflict):
        opened(clinic, cause="another")
    assert clinic.run(lambda work: close_task(work, "plans", "moved:12")) is not None


@pytest.mark.req("H-17")
def test_whose_it_is_follows_name_permission_person_and_creator(clinic: Clinic) -> None:
    roles, staff = clinic.records.roles, clinic.records.staff

    def grant(session: Any) -> None:
        from fetlock.domain.staff.models import RolePermission

        session.add(RolePermission(role_id=roles["Nurse"], permission="plans.view"))

    clinic.database.write(grant)
    expected: dict[str, tuple[dict[str, Any], int | None, str]] = {
        "named": ({"role": "veterinarian"}, None, "Veterinarian"),
        "unknown": ({"role": "Pilot", "permission": "plans.view"}, None, "Nurse"),
        "permission": ({"permission": "plans.view"}, None, "Nurse"),
        "nobody holds it": ({"permission": "plans.odd"}, None, "Receptionist"),
        "person": ({"staff_id": staff["Nurse"]}, staff["Nurse"], "Nurse"),
        "gone": ({"staff_id": 987_654}, None, "Receptionist"),
        "creator": ({}, None, "Receptionist"),
    }
    for cause, (more, person, role) in expected.items():
        task_id = opened(clinic, cause=cause, **more)
        task = next(task for task in tasks(clinic) if task.id == task_id)
        assert (task.staff_id, task.role_id) == (person, roles[role]), cause


@pytest.mark.req("H-17")
def test_what_a_plugin_says_is_checked_too(clinic: Clinic) -> None:
    with pytest.raises(Invalid):
        opened(clinic, text="")
    with pytest.raises(Invalid):
        opened(clinic, link="https://elsewhere.example")
    for cause in ("", "x" * 161):
        with pytest.raises(ValueError, match="a cause has"):
            opened(clinic, cause=cause)


@pytest.mark.req("H-17")
def test_undo_is_refused_where_the_cause_has_come_up_again(clinic: Clinic) -> None:
    first = opened(clinic)
    clinic.run(lambda work: service.complete(work, [first]))
    opened(clinic)
    with pytest.raises(Conflict, match="come up again"):
        clinic.run(lambda work: service.reopen(work, [first]))


class Meddler(Registry, WorkHooks):
    """Its job opens a task of its own, then tries another plugin's."""

    def __init__(self) -> None:
        super().__init__("meddler")

    @hookimpl
    def run_job(self, run: JobRun) -> None:
        open_task(run.work, "meddler", "Mine", cause="mine")
        close_task(run.work, run.job, "moved:12")


@pytest.mark.req("H-17", "PL-5")
@pytest.mark.parametrize(("whose", "fails"), [("meddler", False), ("plans", True)])
def test_a_hook_of_a_plugin_reaches_its_own_tasks_alone(tmp_path: Path, whose: str, fails: bool) -> None:
    clinic = Clinic.build(f"sqlite:///{tmp_path / 'held.sqlite3'}", Registry("plans"), Meddler())
    theirs = opened(clinic)
    with clinic.database.writing_once() as session:
        run = JobRun(work=clinic.work(session), job=whose, settings=None)
        incident = call_contained(session, clinic.hooks, "run_job", run, "meddler")
    assert (incident is not None) is fails
    found = {task.id: task for task in tasks(clinic)}
    assert found[theirs].state == "open"
    assert len(found) == (1 if fails else 2), "what fails leaves nothing"
    clinic.close()
