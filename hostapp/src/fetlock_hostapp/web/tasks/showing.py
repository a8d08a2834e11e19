"""What the pages of tasks are drawn from."""

from datetime import date, timedelta
from typing import Any

from fetlock import clock
from fetlock.domain.audit import reading as audit
from fetlock.domain.tasks import assigning, listing
from fetlock.domain.tasks.draft import TaskDraft
from fetlock.domain.tasks.listing import PAGE, STILL_OPEN, Filter, TaskView
from fetlock.domain.tasks.permissions import EDIT
from fetlock.errors import FetlockError, Invalid, StaleEdit
from fetlock_hostapp.plugin import Desk, Form
from fetlock_hostapp.web.tasks.filtering import address, chips

DEEDS = {
    "tasks.written": ("plus", "Written"),
    "tasks.changed": ("edit", "Changed"),
    "tasks.assigned": ("user", "Given to somebody"),
    "tasks.handed_back": ("users", "Back to the role: the person left"),
    "tasks.done": ("ok", "Done"),
    "tasks.dismissed": ("off", "Dismissed"),
    "tasks.reopened": ("undo", "Opened again"),
    "tasks.snoozed": ("wait", "Snoozed"),
}


def list_context(
    desk: Desk, wanted: Filter, number: int, typed: Form | None = None, error: FetlockError | None = None
) -> dict[str, Any]:
    """Everything that the list needs: four queries, five where it holds closed tasks."""
    whose, states = listing.counts(desk.work, wanted)
    total = states[wanted.state] if wanted.state in STILL_OPEN else listing.total(desk.work, wanted)
    pages = max(-(-total // PAGE), 1)
    number = min(max(number, 1), pages)
    rows = listing.page(desk.work, wanted, number) if total else []
    first, second = chips(desk, wanted, whose, states)
    here = address(desk, wanted)
    return {
        "rows": rows,
        "total": total,
        "number": number,
        "pages": pages,
        "whose_chips": first,
        "state_chips": second,
        "wanted": wanted,
        "here": address(desk, wanted, page=number),
        "do_href": address(desk, wanted, "tasks/do", number),
        "add_href": address(desk, wanted, page=number),
        "pager_href": f"{here}{'&' if '?' in here else '?'}page=",
        "json_href": here.replace("/s/", "/api/v1/s/", 1),
        "may_edit": desk.may(EDIT),
        "plugin_labels": {row.plugin: plugin_label(desk, row.plugin) for row in rows if row.plugin},
        "typed": typed or Form(),
        "errors": error,
        "told": "",
        "focus": "",
        **days(desk),
        **(choices(desk) if desk.may(EDIT) else {"places": []}),
    }


def task_context(
    desk: Desk, task_id: int, typed: Form | None = None, error: FetlockError | None = None
) -> dict[str, Any]:
    """Everything that the page of one task needs."""
    task = listing.get(desk.work, task_id)
    deeds = audit.about(desk.session, f"task:{task_id}", tuple(DEEDS), site_id=desk.site.id, limit=50)
    return {
        "task": task,
        "may_edit": desk.may(EDIT),
        "source": plugin_label(desk, task.plugin) if task.plugin else "",
        "past": [
            {
                "icon": DEEDS[deed.action][0],
                "title": DEEDS[deed.action][1],
                "at": deed.at,
                "by": deed.staff_name,
            }
            for deed in deeds
        ],
        "typed": typed if typed is not None else form_of(task),
        "revision": error.revision if isinstance(error, StaleEdit) else task.revision,
        "stale": error.differences if isinstance(error, StaleEdit) else (),
        "errors": None if isinstance(error, StaleEdit) else error,
        **days(desk),
        **choices(desk, task),
    }


def choices(desk: Desk, task: TaskView | None = None) -> dict[str, Any]:
    """Whom a task can be for: the person themselves first, roles, people; and whose it is now."""
    me = desk.person.id
    people = assigning.people_at(desk.session, desk.site.id)
    roles = assigning.roles_at(desk.session, desk.site.id)
    places: list[Any] = [(f"staff:{me}", "Me")]
    named = [(f"role:{role.id}", role.name) for role in roles]
    others = [(f"staff:{staff.id}", staff.full_name) for staff in people if staff.id != me]
    if task is not None and task.staff_id is None and task.role_id is not None:
        missing = task.role_id not in {role.id for role in roles}
        named += [(f"role:{task.role_id}", task.role_name)] if missing else []
    if task is not None and task.staff_id is None and task.role_id is None:
        places.append(("", "Everybody here"))
    places += [(label, group) for label, group in (("Roles", named), ("People", others)) if group]
    return {"places": places}


def days(desk: Desk) -> dict[str, date]:
    """Today and the days that snoozing offers."""
    today = clock.today(desk.site.time_zone)
    monday = today + timedelta(days=7 - today.weekday())
    return {"today": today, "tomorrow": today + timedelta(days=1), "next_week": monday}


def form_of(task: TaskView) -> Form:
    """The form of a task as it stands."""
    place = f"staff:{task.staff_id}" if task.staff_id else f"role:{task.role_id}" if task.role_id else ""
    return Form(
        {
            "text": task.text,
            "note": task.note,
            "link": task.link,
            "for": place,
            "due_on": task.due_on.isoformat() if task.due_on else "",
        }
    )


def draft_of(data: Form) -> TaskDraft:
    """What a form says of a task. Raises `Invalid` beside the field."""
    staff_id, role_id = place_of(data.text("for"))
    return TaskDraft(
        text=data.text("text"),
        note=data.raw("note").replace("\r\n", "\n"),
        link=data.text("link"),
        staff_id=staff_id,
        role_id=role_id,
        due_on=data.optional_date("due_on", "Due"),
    )


def place_of(chosen: str) -> tuple[int | None, int | None]:
    """Person and role of a choice such as "staff:3" or "role:2"; neither where it is empty."""
    kind, _, number = chosen.partition(":")
    if not chosen:
        return None, None
    if kind not in ("staff", "role") or not number.isdecimal() or len(number) > 18:
        raise Invalid({"for": "Choose a person or a role of the list."})
    return (int(number), None) if kind == "staff" else (None, int(number))


def plugin_label(desk: Desk, name: str) -> str:
    """The plugin's name for people; its own name where it isn't installed."""
    known = desk.hooks.registry.plugins.get(name)
    return known.manifest.label if known else name
