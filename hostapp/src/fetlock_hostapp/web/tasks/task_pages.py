"""One task: what it says, its past, changing it, closing it with a word, snoozing it to a day."""

from collections.abc import Callable

from litestar import get, post

from fetlock.domain.tasks import service
from fetlock.errors import FetlockError, Invalid
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.tasks.showing import draft_of, task_context


@get("/tasks/{task_id:int}", permission="tasks.view", sync_to_thread=True)
def task_page(request: StaffRequest, task_id: FromPath[int]) -> Html:
    """The task with its past."""
    with reading(request) as desk:
        return desk.page("tasks/task.html", **task_context(desk, task_id))


@post("/tasks/{task_id:int}", permission="tasks.edit", sync_to_thread=True)
def change_task(request: StaffRequest, task_id: FromPath[int], data: FormData) -> Html:
    """Save what was changed."""

    def work(desk: Desk) -> Html:
        draft = draft_of(data)
        task = service.change(
            desk.work, task_id, draft, seen_revision=data.optional_integer("revision", "Revision")
        )
        return desk.redirect("tasks", ok=f"“{task.text}” is saved.")

    return writing(request, work, _again(task_id, data))


@post("/tasks/{task_id:int}/close", permission="tasks.edit", sync_to_thread=True)
def close_task(request: StaffRequest, task_id: FromPath[int], data: FormData) -> Html:
    """Done, or dismissed, with a word that is kept."""

    def work(desk: Desk) -> Html:
        end = service.dismiss if data.text("how") == "dismissed" else service.complete
        note = data.text("closing_note")
        if len(note) > 300:
            raise Invalid({"closing_note": "Use at most 300 characters."})
        end(desk.work, [task_id], note)
        return desk.redirect("tasks", ok="The task is closed. It stands under Done or Dismissed.")

    return writing(request, work, _again(task_id))


@post("/tasks/{task_id:int}/reopen", permission="tasks.edit", sync_to_thread=True)
def reopen_task(request: StaffRequest, task_id: FromPath[int]) -> Html:
    """Open a closed task again."""

    def work(desk: Desk) -> Html:
        service.reopen(desk.work, [task_id])
        return desk.redirect(f"tasks/{task_id}", ok="The task is open again.")

    return writing(request, work, _again(task_id))


@post("/tasks/{task_id:int}/snooze", permission="tasks.edit", sync_to_thread=True)
def snooze_task(request: StaffRequest, task_id: FromPath[int], data: FormData) -> Html:
    """Put it off until a day; without one it is back now."""

    def work(desk: Desk) -> Html:
        until = data.optional_date("until", "Until")
        service.snooze(desk.work, [task_id], until)
        return desk.redirect(f"tasks/{task_id}", ok="The task is snoozed." if until else "The task is back.")

    return writing(request, work, _again(task_id))


def _again(task_id: int, typed: Form | None = None) -> Callable[[Desk, FetlockError], Html]:
    def again(desk: Desk, error: FetlockError) -> Html:
        shown = task_context(desk, task_id, typed, error)
        return desk.page("tasks/task.html", status=status_of(error), **shown)

    return again


HANDLERS = [task_page, change_task, close_task, reopen_task, snooze_task]
