"""Tasks as lists, pages and the header's count show them (H-17)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from fetlock import clock
from fetlock.domain.staff.models import Role, Staff
from fetlock.domain.tasks.assigning import is_of_their_roles, is_theirs
from fetlock.domain.tasks.models import Task, TaskState
from fetlock.domain.tasks.permissions import ALL
from fetlock.domain.tasks.service import reach
from fetlock.errors import NotFound
from fetlock.work import Work

PAGE: Final = 50
MINE_AND_ROLES: Final = ""
ME, ROLES, GIVEN, EVERYBODY = "me", "roles", "given", "all"
WHOSE: Final = (MINE_AND_ROLES, ME, ROLES, GIVEN, EVERYBODY)
OPEN, OVERDUE, SNOOZED, DONE, DISMISSED = "open", "overdue", "snoozed", "done", "dismissed"
STILL_OPEN: Final = (OPEN, OVERDUE, SNOOZED)
STATES: Final = (*STILL_OPEN, DONE, DISMISSED)

_Writer = aliased(Staff)
_Closer = aliased(Staff)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is listed. `whose`: one of `WHOSE`; `state`: one of `STATES`, open being what is not snoozed."""

    whose: str = MINE_AND_ROLES
    state: str = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task. Names are empty where there is none; `creator` is empty where the system opened it."""

    id: int
    text: str
    note: str
    link: str
    staff_id: int | None
    staff_name: str
    role_id: int | None
    role_name: str
    due_on: date | None
    snoozed_until: date | None
    plugin: str
    cause: str
    count: int
    last_at: datetime
    state: str
    revision: int
    created_at: datetime
    creator: str
    closed_at: datetime | None
    closer: str
    closing_note: str
    today: date

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody, snoozed or not."""
        return self.state == TaskState.OPEN.value

    @property
    def is_snoozed(self) -> bool:
        """Whether it is put off to a later day."""
        return self.is_open and self.snoozed_until is not None and self.snoozed_until > self.today

    @property
    def overdue(self) -> bool:
        """Whether its day is past."""
        return self.is_open and self.due_on is not None and self.due_on < self.today

    @property
    def due_today(self) -> bool:
        """Whether its day is today."""
        return self.is_open and self.due_on == self.today


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person at a site: how many tasks, and how many of them are due today or overdue."""

    count: int = 0
    due: int = 0


def waiting(session: Session, site_id: int, zone: str, staff_id: int) -> Waiting:
    """The header's count: open tasks of the person and of their roles, without snoozed ones; one query."""
    today = clock.today(zone)
    count, due = session.execute(
        select(func.count(), func.coalesce(func.sum(case((Task.due_on <= today, 1), else_=0)), 0)).where(
            Task.site_id == site_id, *_in_state(OPEN, today), is_theirs(staff_id, site_id)
        )
    ).one()
    return Waiting(count, int(due))


def counts(work: Work, wanted: Filter) -> tuple[dict[str, int], dict[str, int]]:
    """How many open tasks each choice of whose, and each state that is open, would list; one query.

    Closed tasks are not counted so: there are ever more of them.
    """
    today = clock.today(work.site.time_zone)
    whose = [*WHOSE] if work.actor.may(ALL) else [each for each in WHOSE if each != EVERYBODY]
    shown = wanted.state if wanted.state in STILL_OPEN else OPEN
    columns = [_count(_whose(work, each), *_in_state(shown, today)) for each in whose]
    columns += [_count(_whose(work, wanted.whose), *_in_state(each, today)) for each in STILL_OPEN]
    found = work.session.execute(
        select(*columns).where(Task.site_id == work.site.id, Task.state == TaskState.OPEN.value, reach(work))
    ).one()
    numbers = [int(number or 0) for number in found]
    return dict(zip(whose, numbers, strict=False)), dict(zip(STILL_OPEN, numbers[len(whose) :], strict=True))


def total(work: Work, wanted: Filter) -> int:
    """How many tasks the filter finds; one query."""
    today = clock.today(work.site.time_zone)
    conditions = (reach(work), _whose(work, wanted.whose), *_in_state(wanted.state, today))
    found = select(func.count()).select_from(Task).where(Task.site_id == work.site.id, *conditions)
    return work.session.scalar(found) or 0


def page(work: Work, wanted: Filter, number: int = 1, *, size: int = PAGE) -> list[TaskView]:
    """One page: open tasks overdue first, then by day, those without one last; closed ones newest first."""
    today = clock.today(work.site.time_zone)
    statement = (
        _tasks()
        .where(Task.site_id == work.site.id, reach(work), _whose(work, wanted.whose))
        .where(*_in_state(wanted.state, today))
        .order_by(*_order(wanted.state))
        .limit(size)
        .offset((max(number, 1) - 1) * size)
    )
    return [_view(row, today) for row in work.session.execute(statement)]


def after(work: Work, wanted: Filter, last_id: int, limit: int) -> list[TaskView]:
    """Tasks in the order in which they were written, those after `last_id`, for programs; one query."""
    today = clock.today(work.site.time_zone)
    statement = (
        _tasks()
        .where(Task.site_id == work.site.id, reach(work), _whose(work, wanted.whose), Task.id > last_id)
        .where(*_in_state(wanted.state, today))
        .order_by(Task.id)
        .limit(limit)
    )
    return [_view(row, today) for row in work.session.execute(statement)]


def get(work: Work, task_id: int) -> TaskView:
    """One task of this site that the person may see. Raises `NotFound`."""
    return some(work, [task_id])[0]


def some(work: Work, task_ids: Collection[int]) -> list[TaskView]:
    """These tasks, by id. Raises `NotFound` where one is not there for this person."""
    rows = work.session.execute(
        _tasks().where(Task.id.in_(task_ids), Task.site_id == work.site.id, reach(work)).order_by(Task.id)
    ).all()
    if len(rows) != len(set(task_ids)):
        raise NotFound("There is no such task here.")
    today = clock.today(work.site.time_zone)
    return [_view(row, today) for row in rows]


def _whose(work: Work, whose: str) -> ColumnElement[bool]:
    me, site_id = work.actor.staff_id or 0, work.site.id
    return {
        MINE_AND_ROLES: is_theirs(me, site_id),
        ME: Task.staff_id == me,
        ROLES: is_of_their_roles(me, site_id),
        GIVEN: and_(Task.created_by == me, Task.plugin == ""),
        EVERYBODY: reach(work),
    }[whose]


def _in_state(state: str, today: date) -> tuple[ColumnElement[bool], ...]:
    is_open = Task.state == TaskState.OPEN.value
    awake = or_(Task.snoozed_until.is_(None), Task.snoozed_until <= today)
    return {
        OPEN: (is_open, awake),
        OVERDUE: (is_open, awake, Task.due_on < today),
        SNOOZED: (is_open, Task.snoozed_until > today),
        DONE: (Task.state == TaskState.DONE.value,),
        DISMISSED: (Task.state == TaskState.DISMISSED.value,),
    }[state]


def _order(state: str) -> tuple[Any, ...]:
    if state in (DONE, DISMISSED):
        return Task.closed_at.desc(), Task.id.desc()
    if state == SNOOZED:
        return Task.snoozed_until, Task.id
    return case((Task.due_on.is_(None), 1), else_=0), Task.due_on, Task.id


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((and_(*conditions), 1), else_=0))


def _tasks() -> Select[*tuple[Any, ...]]:
    return (
        select(Task, Staff, Role, _Writer, _Closer)
        .outerjoin(Staff, Staff.id == Task.staff_id)
        .outerjoin(Role, Role.id == Task.role_id)
        .outerjoin(_Writer, _Writer.id == Task.created_by)
        .outerjoin(_Closer, _Closer.id == Task.closed_by)
    )


def _view(row: Row[*tuple[Any, ...]], today: date) -> TaskView:
    task, staff, role, writer, closer = row
    return TaskView(
        id=task.id,
        text=task.text,
        note=task.note,
        link=task.link,
        staff_id=task.staff_id,
        staff_name=staff.full_name if staff else "",
        role_id=task.role_id,
        role_name=role.name if role else "",
        due_on=task.due_on,
        snoozed_until=task.snoozed_until,
        plugin=task.plugin,
        cause=task.cause,
        count=task.count,
        last_at=task.last_at,
        state=task.state,
        revision=task.revision,
        created_at=task.created_at,
        creator=writer.full_name if writer else "",
        closed_at=task.closed_at,
        closer=closer.full_name if closer else "",
        closing_note=task.closing_note,
        today=today,
    )
