"""The list of tasks: filters in the address, quick add, many at once, undo; and the header's count."""

import json
from datetime import timedelta
from typing import Any

from litestar import get, post

from fetlock import clock
from fetlock.domain.tasks import service
from fetlock.domain.tasks.listing import Filter
from fetlock.domain.tasks.models import Task
from fetlock.errors import FetlockError, Invalid, NotFound
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromQuery,
    Html,
    StaffRequest,
    reading,
    saving,
    status_of,
)
from fetlock_hostapp.web.tasks.filtering import address, filter_of
from fetlock_hostapp.web.tasks.showing import days, draft_of, list_context

WORDS = {
    "done": ("is done", "are done"),
    "dismiss": ("is dismissed", "are dismissed"),
    "reopen": ("is open again", "are open again"),
    "tomorrow": ("comes back tomorrow", "come back tomorrow"),
    "week": ("comes back on Monday", "come back on Monday"),
    "wake": ("is back", "are back"),
    "mine": ("is yours now", "are yours now"),
}
"""What can be done with tasks of a list, and what is said then of one and of several."""

_UNDONE = ("done", "dismiss")
_MOST = 200


@get("/tasks", permission="tasks.view", sync_to_thread=True)
def task_list(request: StaffRequest, page: FromQuery[int] = 1) -> Html:
    """Tasks under the filter in the address, what is overdue first."""
    with reading(request) as desk:
        return desk.page("tasks/list.html", **list_context(desk, _asked(desk, request), page))


@get("/tasks/count", permission="tasks.view", sync_to_thread=True)
def task_count(request: StaffRequest) -> Html:
    """The count in the header, for when it changes while the page stands."""
    with reading(request) as desk:
        return desk.fragment("host/_task_count.html")


@post("/tasks", permission="tasks.edit", sync_to_thread=True)
def add_task(request: StaffRequest, data: FormData, page: FromQuery[int] = 1) -> Html:
    """Write a task from the line above the list."""

    def work(desk: Desk) -> Task:
        return service.create(desk.work, draft_of(data))

    def then(desk: Desk, task: Task) -> Html:
        wanted = _asked(desk, request)
        told = f"“{task.text}” is written down."
        if not desk.is_htmx:
            return desk.redirect_to(address(desk, wanted, page=page), ok=told)
        return _answer(desk, wanted, page, told)

    def again(desk: Desk, error: FetlockError) -> Html:
        shown = list_context(desk, _asked(desk, request), page, data, error)
        if desk.is_htmx:
            return desk.fragment("tasks/_list.html", status=status_of(error), **shown)
        return desk.page("tasks/list.html", status=status_of(error), **shown)

    return saving(request, work, then, again)


@post("/tasks/do", permission="tasks.edit", sync_to_thread=True)
def do_with_tasks(request: StaffRequest, data: FormData, page: FromQuery[int] = 1) -> Html:
    """Do one thing with the chosen tasks, or with the one that the button names ("done:12")."""
    what, _, only = data.text("do").partition(":")
    ids = _ids([only] if only else data.all("task"))

    def work(desk: Desk) -> list[tuple[int, str]]:
        if what not in WORDS:
            raise NotFound("There is nothing of that kind to do with a task.")
        if not ids:
            raise Invalid("Choose one or more tasks first.")
        return [(task.id, task.text) for task in _do(desk, what, ids)]

    def then(desk: Desk, done: list[tuple[int, str]]) -> Html:
        wanted = _asked(desk, request)
        told = _told(what, done)
        if not desk.is_htmx:
            return desk.redirect_to(address(desk, wanted, page=page), ok=told)
        undo = [task_id for task_id, _ in done] if what in _UNDONE else []
        return _answer(desk, wanted, page, told, undo=undo, focus="undo" if undo else "list")

    def again(desk: Desk, error: FetlockError) -> Html:
        wanted = _asked(desk, request)
        if not desk.is_htmx:
            return desk.redirect_to(address(desk, wanted, page=page), warn=error.message)
        return _answer(desk, wanted, page, error.message, kind="warn", focus="list")

    return saving(request, work, then, again)


def _do(desk: Desk, what: str, ids: list[int]) -> list[Task]:
    if what == "done":
        return service.complete(desk.work, ids)
    if what == "dismiss":
        return service.dismiss(desk.work, ids)
    if what == "reopen":
        return service.reopen(desk.work, ids)
    if what == "mine":
        return service.assign(desk.work, ids, desk.person.id, None)
    today = clock.today(desk.site.time_zone)
    until = {"tomorrow": today + timedelta(days=1), "week": days(desk)["next_week"]}.get(what)
    return service.snooze(desk.work, ids, until)


def _told(what: str, done: list[tuple[int, str]]) -> str:
    one, several = WORDS[what]
    if not done:
        return "Nothing had to be changed."
    return f"“{done[0][1]}” {one}." if len(done) == 1 else f"{len(done)} tasks {several}."


def _answer(
    desk: Desk,
    wanted: Filter,
    page: int,
    told: str,
    *,
    kind: str = "ok",
    undo: list[int] | None = None,
    focus: str = "",
) -> Html:
    """The list afresh, the header's count, and what came of it, with a way back.

    `focus`: where it goes, for the row that had it may be gone: "undo", "list", or "" to stay.
    """
    said = {"told": told, "kind": kind, "undo": undo or [], "focus": focus}
    answer = desk.fragment("tasks/_answer.html", **(list_context(desk, wanted, page) | said))
    answer.headers["HX-Trigger"] = json.dumps({"fetlock:say": told})
    return answer


def _ids(sent: list[str]) -> list[int]:
    found = [int(each) for each in sent if each.isdecimal() and len(each) < 19]
    if len(found) != len(sent) or len(found) > _MOST:
        raise NotFound("There is no such task here.")
    return found


def _asked(desk: Desk, request: StaffRequest) -> Filter:
    fields: dict[str, Any] = request.query_params.dict()
    return filter_of(desk, Form(fields))


HANDLERS = [task_list, task_count, add_task, do_with_tasks]
