"""What people do with tasks, and whose they are (H-17)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event

from fetlock import clock
from fetlock.domain.audit import reading as audit
from fetlock.domain.staff import employees
from fetlock.domain.staff.assigning import assign as assign_roles
from fetlock.domain.staff.models import Role, StaffRole
from fetlock.domain.tasks import listing, service
from fetlock.domain.tasks.draft import TaskDraft
from fetlock.domain.tasks.listing import Filter
from fetlock.domain.tasks.models import Task
from fetlock.errors import Conflict, Invalid, NotFound, NotPermitted, StaleEdit
from fetlock.testing import Clinic
from fetlock.work import Work


@pytest.fixture
def on_both(database_url: str, tmp_path: Path) -> Iterator[Clinic]:
    made = Clinic.build(database_url)
    yield made
    made.close()


def write(clinic: Clinic, by: str = "Receptionist", *, site: str = "north", **draft: Any) -> int:
    draft = {"text": "Call Dana about Biscuit"} | draft
    return clinic.run(
        lambda work: service.create(work, TaskDraft(**draft)).id, site=site, actor=clinic.actor(by)
    )


def task(clinic: Clinic, task_id: int) -> Task:
    with clinic.reading() as session:
        return session.get_one(Task, task_id)


def texts(
    clinic: Clinic, who: str, whose: str = "", state: str = "open", *, site: str = "north"
) -> list[str]:
    with clinic.reading() as session:
        work = clinic.work(session, site=site, actor=clinic.actor(who))
        return [view.text for view in listing.page(work, Filter(whose=whose, state=state))]


def waiting(clinic: Clinic, who: str, *, site: str = "north") -> tuple[int, int]:
    with clinic.reading() as session:
        work = clinic.work(session, site=site)
        found = listing.waiting(session, work.site.id, work.site.time_zone, clinic.records.staff[who])
        return found.count, found.due


@pytest.mark.req("H-17")
def test_a_task_says_what_for_whom_and_by_when(clinic: Clinic) -> None:
    due = clinic.today() + timedelta(days=2)
    nurse = clinic.records.staff["Nurse"]
    task_id = write(clinic, staff_id=nurse, due_on=due, link=" /s/north/patients/1 ", note=" twice \n")
    made = task(clinic, task_id)
    assert (made.text, made.staff_id, made.due_on) == ("Call Dana about Biscuit", nurse, due)
    assert (made.link, made.note, made.plugin, made.state) == ("patients/1", "twice", "", "open")
    assert made.role_id == clinic.records.roles["Nurse"], "the role that it goes back to"
    assert (made.created_by, made.created_at <= clock.now()) == (clinic.records.staff["Receptionist"], True)
    assert texts(clinic, "Nurse") == ["Call Dana about Biscuit"]
    assert texts(clinic, "Receptionist") == []
    assert texts(clinic, "Receptionist", "given") == ["Call Dana about Biscuit"]
    with clinic.reading() as session:
        deeds = audit.about(session, f"task:{task_id}", ("tasks.written",))
    assert [deed.staff_name for deed in deeds] == ["Receptionist Smith"]


@pytest.mark.req("H-17")
@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 301}, "text"),
        ({"note": "x" * 2001}, "note"),
        ({"link": "https://elsewhere.example/s/north/x y"}, "link"),
        ({"link": "//elsewhere.example"}, "link"),
        ({"link": "javascript:alert(1)//"}, "link"),
        ({"link": "../../sign-out"}, "link"),
        ({"link": "/s/south/patients/1"}, "link"),
        ({"staff_id": 987_654}, "for"),
        ({"role_id": 987_654}, "for"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(clinic: Clinic, draft: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        write(clinic, **draft)
    assert list(refused.value.fields) == [field]


@pytest.mark.req("H-17")
def test_the_header_counts_mine_and_my_roles_but_nobody_elses(on_both: Clinic) -> None:
    clinic = on_both
    today = clinic.today()
    roles, staff = clinic.records.roles, clinic.records.staff
    write(clinic, staff_id=staff["Nurse"], text="by name")
    write(clinic, role_id=roles["Nurse"], text="by role", due_on=today)
    write(clinic, staff_id=staff["Veterinarian"], role_id=roles["Nurse"], text="the vet's")
    write(clinic, role_id=roles["Receptionist"], text="the desk's", due_on=today)
    late = write(clinic, staff_id=staff["Nurse"], text="late", due_on=today - timedelta(days=1))
    write(clinic, role_id=roles["Nurse"], text="elsewhere", site="south", due_on=today)
    assert waiting(clinic, "Nurse") == (3, 2)
    assert texts(clinic, "Nurse") == ["late", "by role", "by name"], "overdue first, without a day last"
    assert texts(clinic, "Nurse", "me") == ["late", "by name"]
    assert texts(clinic, "Nurse", "roles") == ["by role"]
    assert texts(clinic, "Nurse", state="overdue") == ["late"]
    assert texts(clinic, "Nurse", "all") == ["late", "by role", "by name"], "all that they may see"
    assert len(texts(clinic, "Administrator", "all")) == 5
    assert waiting(clinic, "Nurse", site="south") == (1, 1)
    clinic.run(lambda work: service.complete(work, [late]), actor=clinic.actor("Nurse"))
    assert waiting(clinic, "Nurse") == (2, 1)


@pytest.mark.req("H-17", "H-1")
def test_others_tasks_and_other_sites_do_not_exist(clinic: Clinic) -> None:
    desk = write(clinic, "Veterinarian", staff_id=clinic.records.staff["Receptionist"])
    south = write(clinic, "Nurse", site="south")
    nurse = clinic.actor("Nurse")
    for task_id in (desk, south):
        with pytest.raises(NotFound):
            clinic.run(partial(service.complete, task_ids=[task_id]), actor=nurse)
        with clinic.reading() as session, pytest.raises(NotFound):
            listing.get(clinic.work(session, actor=nurse), task_id)
    mine = write(clinic, "Nurse")
    with pytest.raises(NotFound):
        clinic.run(lambda work: service.complete(work, [mine, desk]), actor=nurse)
    assert texts(clinic, "Nurse") != [], "one that is refused refuses all of them"
    assert clinic.run(lambda work: service.complete(work, [desk])) != [], "the administrator may"


@pytest.mark.req("H-17", "H-3")
def test_each_command_needs_its_permission(clinic: Clinic) -> None:
    task_id = write(clinic, "Nurse")
    clinic.records.permissions["Nurse"] = frozenset({"tasks.view"})
    commands: tuple[Callable[[Work], Any], ...] = (
        lambda work: service.create(work, TaskDraft(text="x")),
        lambda work: service.change(work, task_id, TaskDraft(text="x")),
        lambda work: service.assign(work, [task_id], None, 1),
        lambda work: service.complete(work, [task_id]),
        lambda work: service.dismiss(work, [task_id]),
        lambda work: service.reopen(work, [task_id]),
        lambda work: service.snooze(work, [task_id], None),
    )
    for command in commands:
        with pytest.raises(NotPermitted):
            clinic.run(command, actor=clinic.actor("Nurse"))


@pytest.mark.req("H-17")
def test_complete_undo_dismiss_and_snooze(clinic: Clinic) -> None:
    nurse = clinic.actor("Nurse")
    one, two = write(clinic, "Nurse", text="one"), write(clinic, "Nurse", text="two")
    closed = clinic.run(lambda work: [t.id for t in service.complete(work, [two, one])], actor=nurse)
    assert closed == [one, two]
    done = task(clinic, one)
    assert (done.state, done.closed_by, done.closed_at is not None) == ("done", nurse.staff_id, True)
    assert clinic.run(lambda work: service.complete(work, [one]), actor=nurse) == [], "twice is once"
    assert texts(clinic, "Nurse") == []
    assert set(texts(clinic, "Nurse", state="done")) == {"one", "two"}
    clinic.run(lambda work: service.reopen(work, [one, two]), actor=nurse)
    assert texts(clinic, "Nurse") == ["one", "two"]
    again = task(clinic, one)
    assert (again.closed_at, again.closed_by) == (None, None)
    clinic.run(lambda work: service.dismiss(work, [two], "Dana called."), actor=nurse)
    assert task(clinic, two).closing_note == "Dana called."
    assert texts(clinic, "Nurse", state="dismissed") == ["two"]
    tomorrow = clinic.today() + timedelta(days=1)
    clinic.run(lambda work: service.snooze(work, [one], tomorrow), actor=nurse)
    assert (texts(clinic, "Nurse"), waiting(clinic, "Nurse")) == ([], (0, 0))
    assert texts(clinic, "Nurse", state="snoozed") == ["one"]
    with clock.set_to(clock.now() + timedelta(days=1)):
        assert (texts(clinic, "Nurse"), waiting(clinic, "Nurse")) == (["one"], (1, 0))
    with pytest.raises(Invalid):
        clinic.run(lambda work: service.snooze(work, [one], clinic.today()), actor=nurse)
    with pytest.raises(Conflict):
        clinic.run(lambda work: service.snooze(work, [two], tomorrow), actor=nurse)


@pytest.mark.req("H-17")
def test_a_deactivated_persons_tasks_go_back_to_the_role(on_both: Clinic) -> None:
    clinic = on_both
    roles, staff = clinic.records.roles, clinic.records.staff
    own = write(clinic, staff_id=staff["Nurse"])
    given = write(clinic, staff_id=staff["Nurse"], role_id=roles["Receptionist"])
    south = write(clinic, site="south", staff_id=staff["Nurse"], role_id=roles["Veterinarian"])
    done = write(clinic, "Nurse")
    clinic.run(lambda work: service.complete(work, [done]))
    clinic.run(lambda work: employees.deactivate(work, staff["Nurse"]))
    found = {each: task(clinic, each) for each in (own, given, south, done)}
    assert [found[each].staff_id for each in (own, given, south)] == [None] * 3
    assert found[given].role_id == roles["Receptionist"]
    assert found[south].role_id == roles["Veterinarian"]
    assert found[own].role_id == roles["Administrator"], "nobody is a nurse here any more"
    assert found[done].staff_id == staff["Nurse"], "what is done keeps its name"
    assert waiting(clinic, "Receptionist") == (1, 0)
    assert waiting(clinic, "Veterinarian", site="south") == (1, 0)
    with clinic.reading() as session:
        assert audit.about(session, f"task:{own}", ("tasks.handed_back",)) != []
    with pytest.raises(Invalid):
        write(clinic, staff_id=staff["Nurse"])


@pytest.mark.req("H-17")
def test_who_loses_the_last_role_at_a_site_loses_the_tasks_there(clinic: Clinic) -> None:
    roles, staff, sites = clinic.records.roles, clinic.records.staff, clinic.records.sites
    here = write(clinic, staff_id=staff["Nurse"], role_id=roles["Receptionist"])
    there = write(clinic, site="south", staff_id=staff["Nurse"])
    clinic.run(lambda work: assign_roles(work, staff["Nurse"], {sites["north"]: []}))
    assert task(clinic, here).staff_id is None
    assert task(clinic, there).staff_id == staff["Nurse"]


def test_a_role_that_is_removed_leaves_its_tasks_to_everybody(clinic: Clinic) -> None:
    role_id = clinic.records.roles["Nurse"]
    task_id = write(clinic, role_id=role_id)

    def remove(session: Any) -> None:
        session.execute(delete(StaffRole).where(StaffRole.role_id == role_id))
        session.delete(session.get_one(Role, role_id))

    clinic.records.permissions["Nurse"] = frozenset()
    clinic.database.write(remove)
    assert task(clinic, task_id).role_id is None
    assert texts(clinic, "Veterinarian") == ["Call Dana about Biscuit"]


@pytest.mark.req("H-17", "H-36")
def test_two_people_at_one_task(clinic: Clinic) -> None:
    task_id = write(clinic, "Nurse")
    nurse = clinic.actor("Nurse")
    me = nurse.staff_id
    first = TaskDraft(text="Call Dana twice", staff_id=me, role_id=clinic.records.roles["Nurse"])
    clinic.run(lambda work: service.change(work, task_id, first, seen_revision=1), actor=nurse)
    second = TaskDraft(text="Write to Dana", staff_id=me, role_id=clinic.records.roles["Nurse"])
    with pytest.raises(StaleEdit) as refused:
        clinic.run(lambda work: service.change(work, task_id, second, seen_revision=1), actor=nurse)
    assert refused.value.differences == (("Task", "Call Dana twice", "Write to Dana"),)
    clinic.run(lambda work: service.complete(work, [task_id]), actor=nurse)
    with pytest.raises(Conflict):
        clinic.run(lambda work: service.change(work, task_id, first), actor=nurse)


@pytest.mark.req("H-17")
def test_the_count_is_one_query_by_an_index(on_both: Clinic) -> None:
    clinic = on_both
    for number in range(3):
        write(clinic, text=f"{number}")
    statements: list[str] = []
    with clinic.reading() as session:
        session.connection()

        def note(*args: Any) -> None:
            statements.append(args[2])

        event.listen(clinic.database.engine, "before_cursor_execute", note)
        listing.waiting(session, clinic.records.sites["north"], "UTC", 1)
        event.remove(clinic.database.engine, "before_cursor_execute", note)
    assert len(statements) == 1
    if clinic.database.is_sqlite:
        with clinic.reading() as session:
            plan = session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statements[0]}", tuple([1] * statements[0].count("?"))
            )
            steps = [row[3] for row in plan]
        assert any("USING INDEX ix_task_" in step for step in steps), steps
        assert not any(step.startswith("SCAN task") for step in steps), steps
