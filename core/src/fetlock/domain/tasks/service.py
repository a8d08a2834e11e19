"""What people do with tasks: write, change, assign, complete, dismiss, reopen, snooze (H-17)."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true

from fetlock import clock
from fetlock.domain.audit.service import record
from fetlock.domain.staff.models import Role, Staff
from fetlock.domain.tasks import assigning
from fetlock.domain.tasks.draft import TaskDraft
from fetlock.domain.tasks.models import Task, TaskState
from fetlock.domain.tasks.permissions import ALL, EDIT
from fetlock.errors import Conflict, Invalid, NotFound, StaleEdit
from fetlock.signals.sending import signal
from fetlock.work import Work

TOPIC = "tasks"
"""What open pages are told under when a task of their site changes."""

_ALIKE = select(Task.id)


def create(work: Work, draft: TaskDraft) -> Task:
    """Write a task; without a person or role it is the writer's own.

    A person's task keeps a role to go back to: the one given, else the person's own at the site, else the
    writer's, else the administrators'. Raises `Invalid` by field, "for" for person and role.
    """
    work.require(EDIT)
    columns = draft.checked(work.site.slug)
    assigning.require_assignable(work.session, work.site.id, draft.staff_id, draft.role_id)
    now = clock.now()
    staff_id, role_id = _place(work, draft)
    task = Task(
        **columns,
        site_id=work.site.id,
        staff_id=staff_id,
        role_id=role_id,
        created_at=now,
        last_at=now,
        created_by=work.actor.staff_id,
    )
    work.session.add(task)
    work.session.flush()
    _record(work, "tasks.written", task)
    return task


def change(work: Work, task_id: int, draft: TaskDraft, *, seen_revision: int | None = None) -> Task:
    """Change what a task says, whose it is and when it is due. A plugin's keeps its own text and link.

    Raises `NotFound`, `Conflict` where it is closed, `StaleEdit` where somebody changed it since
    `seen_revision`, `Invalid` by field.
    """
    work.require(EDIT)
    task = _locked(work, [task_id])[0]
    _require_open(task)
    columns = draft.checked(work.site.slug)
    if task.plugin:
        del columns["text"], columns["link"]
    if (draft.staff_id, draft.role_id) != (task.staff_id, task.role_id):
        assigning.require_assignable(work.session, work.site.id, draft.staff_id, draft.role_id)
        columns["staff_id"], columns["role_id"] = _place(work, draft, task.role_id)
    changed = {name: value for name, value in columns.items() if getattr(task, name) != value}
    if seen_revision is not None and seen_revision != task.revision and changed:
        raise StaleEdit(
            "this task", task.revision, [_difference(work, task, name, changed) for name in changed]
        )
    for name, value in changed.items():
        setattr(task, name, value)
    if changed:
        task.revision += 1
        work.session.flush()
        _record(work, "tasks.changed", task, detail={"fields": sorted(changed)})
    return task


def assign(work: Work, task_ids: Collection[int], staff_id: int | None, role_id: int | None) -> list[Task]:
    """Give open tasks to a person or to a role; answers those that changed."""
    work.require(EDIT)
    assigning.require_assignable(work.session, work.site.id, staff_id, role_id)
    if staff_id is None and role_id is None:
        raise Invalid({"for": "Choose a person or a role."})
    changed = []
    for task in _locked(work, task_ids):
        _require_open(task)
        draft = TaskDraft(text=task.text, staff_id=staff_id, role_id=role_id)
        place = _place(work, draft, task.role_id)
        if place != (task.staff_id, task.role_id):
            task.staff_id, task.role_id = place
            task.revision += 1
            changed.append(task)
    work.session.flush()
    for task in changed:
        _record(work, "tasks.assigned", task, detail={"staff": task.staff_id, "role": task.role_id})
    return changed


def complete(work: Work, task_ids: Collection[int], note: str = "") -> list[Task]:
    """Tasks are done; answers those that were open until now. Raises `NotFound`."""
    return _close(work, task_ids, TaskState.DONE, note)


def dismiss(work: Work, task_ids: Collection[int], note: str = "") -> list[Task]:
    """Nobody needs to do these tasks any more; answers those that were open until now."""
    return _close(work, task_ids, TaskState.DISMISSED, note)


def reopen(work: Work, task_ids: Collection[int]) -> list[Task]:
    """Open closed tasks again, as they were: the undo of completing. Answers those that were closed.

    Raises `Conflict` where the same cause has opened another task meanwhile.
    """
    work.require(EDIT)
    opened = []
    for task in _locked(work, task_ids):
        if task.is_open:
            continue
        if task.cause and work.session.scalar(_ALIKE.where(*_same_cause(task)).limit(1)) is not None:
            raise Conflict(f"“{task.text}” has come up again meanwhile, as another task.")
        task.state = TaskState.OPEN.value
        task.closed_at = task.closed_by = None
        task.closing_note = ""
        task.revision += 1
        opened.append(task)
    work.session.flush()
    for task in opened:
        _record(work, "tasks.reopened", task)
    return opened


def snooze(work: Work, task_ids: Collection[int], until: date | None) -> list[Task]:
    """Put open tasks off until a day: they are back that morning. None brings them back now."""
    work.require(EDIT)
    if until is not None and not clock.today(work.site.time_zone) < until < date(3000, 1, 1):
        raise Invalid({"until": "Choose a day after today."})
    tasks = _locked(work, task_ids)
    for task in tasks:
        _require_open(task)
        task.snoozed_until = until
        task.revision += 1
    work.session.flush()
    for task in tasks:
        said = {"until": until.isoformat() if until else None}
        _record(work, "tasks.snoozed", task, detail=said)
    return tasks


def reach(work: Work) -> ColumnElement[bool]:
    """The condition of the tasks that the person may see here: theirs, what they wrote, or all."""
    me = work.actor.staff_id
    if me is None or work.actor.may(ALL):
        return true()
    return or_(assigning.is_theirs(me, work.site.id), Task.created_by == me)


def _close(work: Work, task_ids: Collection[int], state: TaskState, note: str) -> list[Task]:
    work.require(EDIT)
    closed = []
    for task in _locked(work, task_ids):
        if task.is_open:
            end(task, state, work.actor.staff_id, note)
            closed.append(task)
    work.session.flush()
    for task in closed:
        _record(work, f"tasks.{state.value}", task)
    return closed


def end(task: Task, state: TaskState, staff_id: int | None, note: str) -> None:
    """Close an open task; `staff_id` None: the system did it."""
    task.state = state.value
    task.closed_at = clock.now()
    task.closed_by = staff_id
    task.closing_note = note.strip()[:300]
    task.revision += 1


def _place(work: Work, draft: TaskDraft, kept_role: int | None = None) -> tuple[int | None, int | None]:
    """Person and role: a person without a role given keeps the task's, or has one found."""
    me = work.actor.staff_id
    if draft.role_id is not None:
        return draft.staff_id, draft.role_id
    person = draft.staff_id if draft.staff_id is not None else me
    if kept_role is not None:
        return person, kept_role
    return assigning.place_of(work.session, work.site.id, staff_id=person, creator_id=me)


def _same_cause(task: Task) -> Sequence[ColumnElement[bool]]:
    return (
        Task.site_id == task.site_id,
        Task.plugin == task.plugin,
        Task.cause == task.cause,
        Task.state == TaskState.OPEN.value,
    )


def _locked(work: Work, task_ids: Collection[int]) -> list[Task]:
    """These tasks of the site, in id order. Raises `NotFound` where one is not there for this person."""
    wanted = sorted(set(task_ids))
    tasks = work.session.scalars(
        select(Task)
        .where(Task.id.in_(wanted), Task.site_id == work.site.id, reach(work))
        .order_by(Task.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not wanted or len(tasks) != len(wanted):
        raise NotFound("There is no such task here.")
    return list(tasks)


def _require_open(task: Task) -> None:
    if not task.is_open:
        raise Conflict("Somebody closed this task meanwhile. Reopen it to change it.")


def _difference(work: Work, task: Task, name: str, changed: dict[str, Any]) -> tuple[str, str, str]:
    labels = {"text": "Task", "note": "Note", "link": "Link", "due_on": "Due", "role_id": "Role"}
    saved, typed = getattr(task, name), changed[name]
    if name == "staff_id":
        people = [work.session.get(Staff, each) if each else None for each in (saved, typed)]
        saved, typed = (person.full_name if person else "" for person in people)
    if name == "role_id":
        roles = [work.session.get(Role, each) if each else None for each in (saved, typed)]
        saved, typed = (role.name if role else "" for role in roles)
    return labels.get(name, "For"), str(saved or ""), str(typed or "")


def _record(work: Work, action: str, task: Task, *, detail: dict[str, Any] | None = None) -> None:
    signal(work, TOPIC)
    record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"task:{task.id}",
        detail=detail,
    )
