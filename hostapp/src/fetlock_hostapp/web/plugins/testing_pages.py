"""Trying a plugin's settings before or after they are saved: the worker asks, the page waits (CP-6, CP-7)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from litestar import get, post

from fetlock import clock
from fetlock.errors import NotFound
from fetlock.platform.secrets import Secrets
from fetlock.platform.settings import required_model, secret_fields
from fetlock.services import ask, find_ask
from fetlock.tables import AskRow
from fetlock.work import Work
from fetlock_hostapp.plugin import Desk, FormData, FromPath, Html, StaffRequest, reading, writing
from fetlock_hostapp.web.plugins.settings_form import typed_values
from fetlock_hostapp.web.plugins.showing import BASE, runtime_of

TEST: Final = "test_credentials"
SUBJECT: Final = "settings"
_LONG: Final = timedelta(seconds=20)


@post(f"/{BASE}/{{name:str}}/settings/test", permission="plugins.settings", sync_to_thread=True)
def test_settings(request: StaffRequest, name: FromPath[str], data: FormData) -> Html:
    """Try what is typed, saved or not; nothing is changed."""
    secrets = runtime_of(request).secrets

    def work(desk: Desk) -> Html:
        typed = typed_values(required_model(desk.hooks.registry, name), data)
        row = ask_to_test(desk.work, secrets, name, typed)
        if desk.is_htmx:
            return desk.fragment("plugins/test.html", test=shown_test(desk, name, row))
        return desk.redirect(f"{BASE}/{name}/settings?test={row.key}")

    return writing(request, work)


@get(f"/{BASE}/{{name:str}}/settings/tests/{{key:uuid}}", permission="plugins.settings", sync_to_thread=True)
def test_answer(request: StaffRequest, name: FromPath[str], key: FromPath[UUID]) -> Html:
    """What came of a test, or that it still runs."""
    with reading(request) as desk:
        return desk.fragment("plugins/test.html", test=shown_test(desk, name, found_test(desk, name, key)))


def ask_to_test(work: Work, secrets: Secrets, name: str, typed: Mapping[str, Any]) -> AskRow:
    """Store the question whether these settings work; the typed secrets among them are sealed.

    Raises `NotFound` for a plugin that answers no such question.
    """
    work.require("plugins.settings")
    model = required_model(work.hooks.registry, name)
    if not work.hooks.registry.plugins[name].manifest.tests_credentials:
        raise NotFound("The settings of this plugin can't be tried.")
    hidden = secret_fields(model)
    plain = {field: value for field, value in typed.items() if field not in hidden}
    sealed = secrets.seal({field: value for field, value in typed.items() if field in hidden})
    return ask(work, name, TEST, plain, sealed=sealed, subject=SUBJECT)


def found_test(desk: Desk, name: str, key: UUID) -> AskRow:
    """The test of this key at this site. Raises `NotFound`."""
    row = find_ask(desk.session, desk.site.id, key)
    if row is None or (row.plugin, row.question) != (name, TEST):
        raise NotFound("There is no such test.")
    return row


def shown_test(desk: Desk, name: str, row: AskRow) -> dict[str, Any]:
    """A test as the page shows it; `poll` is where to look again while it runs."""
    waits = row.state == "pending"
    return {
        "key": row.key,
        "waits": waits,
        "late": waits and clock.now() - row.asked_at > _LONG,
        "ok": bool(row.ok),
        "message": row.message,
        "at": row.answered_at,
        "poll": desk.url(f"{BASE}/{name}/settings/tests/{row.key}"),
    }


HANDLERS = [test_settings, test_answer]
