"""Tasks for programs: listing, writing, changing, closing, opening again, snoozing (H-17)."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal, Self

from litestar import get, patch, post
from litestar.params import QueryParameter
from pydantic import BaseModel, ConfigDict, Field

from fetlock.domain.tasks import listing, service
from fetlock.domain.tasks.draft import TaskDraft
from fetlock.domain.tasks.listing import Filter, TaskView
from fetlock.errors import NotPermitted
from fetlock_hostapp.plugin import Desk, FromPath, JSONBody, StaffRequest, reading, saving
from fetlock_hostapp.web.kernel.conditional import CONDITIONAL, require_seen
from fetlock_hostapp.web.kernel.paging import Cursor, CursorList, Limit, WholeKey, position

TAG = "Tasks"

Whose = Literal["", "me", "roles", "given", "all"]
InState = Literal["open", "overdue", "snoozed", "done", "dismissed"]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]


class TaskAnswer(BaseModel):
    """A task. `state` is open, done or dismissed; `link` is a path below the site.

    It is `staff_id`'s, or else everybody's with the role `role_id`. `plugin` and `cause` are empty for what
    people wrote; `count` says how often the cause came up, `last_at` when last.
    """

    model_config = ConfigDict(from_attributes=True)

    id: int
    revision: int
    text: str
    note: str
    link: str
    staff_id: int | None
    role_id: int | None
    due_on: date | None
    snoozed_until: date | None
    plugin: str
    cause: str
    count: int
    last_at: datetime
    state: str
    created_at: datetime
    creator: str
    closed_at: datetime | None
    closer: str
    closing_note: str

    @classmethod
    def of(cls, view: TaskView) -> Self:
        """The answer for one task."""
        return cls.model_validate(view)


class TaskList(CursorList[TaskAnswer]):
    """A page of tasks, in the order in which they were written."""


class CountAnswer(BaseModel):
    """What waits for the caller here: open tasks of theirs and their roles', and how many of them are due."""

    count: int
    due: int


class TaskWanted(BaseModel):
    """A task to write; without person and role it is the caller's own."""

    text: str = Field(max_length=300)
    note: str = Field(default="", max_length=2000)
    link: str = Field(default="", max_length=300)
    staff_id: Key | None = None
    role_id: Key | None = None
    due_on: date | None = None


class TaskChange(BaseModel):
    """What is to change; what is left out stays. A plugin's task keeps its own text and link."""

    text: str | None = Field(default=None, max_length=300)
    note: str | None = Field(default=None, max_length=2000)
    link: str | None = Field(default=None, max_length=300)
    staff_id: Key | None = None
    role_id: Key | None = None
    due_on: date | None = None


class Closing(BaseModel):
    """How it ends, with a word that is kept."""

    state: Literal["done", "dismissed"] = "done"
    note: str = Field(default="", max_length=300)


class Snoozing(BaseModel):
    """The day on which it is back; null brings it back now."""

    until: date | None


@get("/tasks", permission="tasks.view", sync_to_thread=True, tags=[TAG])
def list_tasks(
    request: StaffRequest,
    whose: Annotated[Whose, QueryParameter(description="Empty: mine and my roles’")] = "",
    in_state: Annotated[InState, QueryParameter(name="state")] = "open",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> TaskList:
    """Tasks of this site that the caller may see. `all` needs the permission tasks.all."""
    with reading(request) as desk:
        if whose == listing.EVERYBODY and not desk.may("tasks.all"):
            raise NotPermitted("tasks.all")
        found = position(cursor, tuple[WholeKey])
        wanted = Filter(whose=whose, state=in_state)
        rows = listing.after(desk.work, wanted, found[0] if found else 0, limit + 1)
        return TaskList.of(request, rows, limit, TaskAnswer.of, lambda row: (row.id,))


@get("/tasks/count", permission="tasks.view", sync_to_thread=True, tags=[TAG])
def count_tasks(request: StaffRequest) -> CountAnswer:
    """What the header of every page shows."""
    with reading(request) as desk:
        found = listing.waiting(desk.session, desk.site.id, desk.site.time_zone, desk.person.id)
        return CountAnswer(count=found.count, due=found.due)


@post("/tasks", permission="tasks.edit", sync_to_thread=True, tags=[TAG])
def write_task(request: StaffRequest, data: JSONBody[TaskWanted]) -> TaskAnswer:
    """Write a task."""
    return _doing(request, lambda desk: service.create(desk.work, TaskDraft(**data.model_dump())).id)


@get("/tasks/{task_id:int}", permission="tasks.view", sync_to_thread=True, tags=[TAG])
def one_task(request: StaffRequest, task_id: FromPath[int]) -> TaskAnswer:
    """One task of this site."""
    with reading(request) as desk:
        return _answer(desk, task_id)


@patch(
    "/tasks/{task_id:int}", permission="tasks.edit", sync_to_thread=True, tags=[TAG], opt={CONDITIONAL: True}
)
def change_task(request: StaffRequest, task_id: FromPath[int], data: JSONBody[TaskChange]) -> TaskAnswer:
    """Change a task. 409 where it is closed."""

    def command(desk: Desk) -> int:
        present = listing.get(desk.work, task_id)
        require_seen(request, lambda: TaskAnswer.of(present))
        given = {name: getattr(data, name) for name in data.model_fields_set}
        given = {name: value for name, value in given.items() if value is not None or name in _MAY_BE_NULL}
        stands = {name: getattr(present, name) for name in TaskChange.model_fields}
        if "role_id" in given and "staff_id" not in given:
            stands["staff_id"] = None  # a role alone means that it is nobody's by name
        return service.change(desk.work, task_id, TaskDraft(**stands | given)).id

    return _doing(request, command)


@post("/tasks/{task_id:int}/close", permission="tasks.edit", sync_to_thread=True, status_code=200, tags=[TAG])
def close_task(request: StaffRequest, task_id: FromPath[int], data: JSONBody[Closing]) -> TaskAnswer:
    """Done or dismissed; one that is closed already stays as it is."""

    def command(desk: Desk) -> int:
        end = service.complete if data.state == "done" else service.dismiss
        end(desk.work, [task_id], data.note)
        return task_id

    return _doing(request, command)


@post(
    "/tasks/{task_id:int}/reopen", permission="tasks.edit", sync_to_thread=True, status_code=200, tags=[TAG]
)
def reopen_task(request: StaffRequest, task_id: FromPath[int]) -> TaskAnswer:
    """Open it again. 409 where its cause has come up again meanwhile, as another task."""

    def command(desk: Desk) -> int:
        service.reopen(desk.work, [task_id])
        return task_id

    return _doing(request, command)


@post(
    "/tasks/{task_id:int}/snooze", permission="tasks.edit", sync_to_thread=True, status_code=200, tags=[TAG]
)
def snooze_task(request: StaffRequest, task_id: FromPath[int], data: JSONBody[Snoozing]) -> TaskAnswer:
    """Put it off until a day."""

    def command(desk: Desk) -> int:
        service.snooze(desk.work, [task_id], data.until)
        return task_id

    return _doing(request, command)


_MAY_BE_NULL = frozenset({"staff_id", "role_id", "due_on"})


def _doing(request: StaffRequest, command: Callable[[Desk], int]) -> TaskAnswer:
    return saving(request, command, _answer)


def _answer(desk: Desk, task_id: int) -> TaskAnswer:
    return TaskAnswer.of(listing.get(desk.work, task_id))


HANDLERS = [
    list_tasks,
    count_tasks,
    write_task,
    one_task,
    change_task,
    close_task,
    reopen_task,
    snooze_task,
]
