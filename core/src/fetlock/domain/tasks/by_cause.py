"""Tasks that plugins open and close, by the cause they name: the same cause twice is one task (H-17)."""

from datetime import date
from typing import Any, Final, cast

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from fetlock import clock
from fetlock.database.holding import caller
from fetlock.domain.tasks import assigning
from fetlock.domain.tasks.draft import TaskDraft
from fetlock.domain.tasks.models import ONE_PER_CAUSE, Task, TaskState
from fetlock.domain.tasks.service import TOPIC, end
from fetlock.errors import Conflict
from fetlock.signals.sending import signal
from fetlock.work import Work

_TASK: Final = cast("Table", Task.__table__)
_INSERT: Final = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}
_FRESH: Final = ("text", "note", "link", "last_at")
"""What the newest occurrence of a cause says stands; whose it is, when it is due, and snoozing stay."""


def open_task(
    work: Work,
    plugin: str,
    text: str,
    *,
    cause: str,
    link: str = "",
    note: str = "",
    staff_id: int | None = None,
    role: str = "",
    permission: str = "",
    due_on: date | None = None,
) -> Task:
    """Open a task of `plugin` at this site, or count again the open one of the same `cause`.

    `cause`: a key of the plugin's own, such as "owner-changed:plan:12", at most 160 characters. `link`: a
    path below the site. The task is `staff_id`'s where that person works here; its role is the one named
    `role`, else the smallest that holds `permission`, else the person's, else the administrators'. It needs
    no permission of the person who acts: the plugin speaks for itself. Raises `ValueError` for a plugin
    that is not installed, for another than the one that calls, and for an empty cause; `Conflict` where
    the plugin is off; `Invalid` by field.
    """
    _require_plugin(work, plugin)
    if plugin not in work.enabled and not work.hooks.registry.plugins[plugin].builtin:
        raise Conflict(
            f"{work.hooks.registry.plugins[plugin].manifest.label} is off here: it opens no tasks."
        )
    return keep_open(
        work,
        plugin,
        TaskDraft(text=text, note=note, link=link, due_on=due_on),
        cause=_cause(cause),
        place=assigning.place_of(
            work.session,
            work.site.id,
            staff_id=staff_id,
            role=role,
            permission=permission,
            creator_id=work.actor.staff_id,
        ),
    )


def close_task(work: Work, plugin: str, cause: str, *, note: str = "") -> Task | None:
    """Close the open task that `plugin` opened for `cause` at this site; None where there is none.

    It touches no other plugin's tasks and none of people, and works while the plugin is off as well.
    Raises `ValueError` for a plugin that is not installed, and for another than the one that calls.
    """
    _require_plugin(work, plugin)
    return settle(work, plugin, _cause(cause), note=note)


def keep_open(
    work: Work, plugin: str, draft: TaskDraft, *, cause: str, place: tuple[int | None, int | None]
) -> Task:
    """Open a task, or count again the open one of the same cause, in one statement: two at once are one."""
    columns = draft.checked(work.site.slug)
    now = clock.now()
    staff_id, role_id = place
    connection = work.session.connection()
    insert: Any = _INSERT[connection.dialect.name]
    values = columns | {
        "site_id": work.site.id,
        "plugin": plugin,
        "cause": cause,
        "staff_id": staff_id,
        "role_id": role_id,
        "state": TaskState.OPEN.value,
        "count": 1,
        "revision": 1,
        "closing_note": "",
        "created_at": now,
        "last_at": now,
        "created_by": work.actor.staff_id,
    }
    fresh = insert(_TASK).values(values)
    again = {name: fresh.excluded[name] for name in _FRESH} | {"count": _TASK.c.count + 1}
    statement = fresh.on_conflict_do_update(
        index_elements=["site_id", "plugin", "cause"],
        index_where=ONE_PER_CAUSE,
        set_=again,
    ).returning(_TASK.c.id)
    task_id = connection.execute(statement).scalar_one()
    signal(work, TOPIC)
    return work.session.get_one(Task, task_id, populate_existing=True)


def settle(work: Work, plugin: str, cause: str, *, note: str = "") -> Task | None:
    """Close the open task of this plugin and cause; None where there is none."""
    task = work.session.scalar(
        select(Task)
        .where(
            Task.site_id == work.site.id,
            Task.plugin == plugin,
            Task.cause == cause,
            Task.state == TaskState.OPEN.value,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if task is None:
        return None
    end(task, TaskState.DONE, work.actor.staff_id, note)
    signal(work, TOPIC)
    work.session.flush()
    return task


def _require_plugin(work: Work, plugin: str) -> None:
    if plugin not in work.hooks.registry.plugins:
        raise ValueError(f"there is no plugin {plugin} here")
    if caller() not in ("", plugin):
        raise ValueError(f"{caller()} opens and closes its own tasks alone, not those of {plugin}")


def _cause(cause: str) -> str:
    if not cause or len(cause) > 160:
        raise ValueError("a cause has 1 to 160 characters")
    return cause
