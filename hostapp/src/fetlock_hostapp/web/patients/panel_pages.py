"""Panels and icons of one plugin, in a request of their own: a plugin that fails costs its own card (H-14).

And what plugins ask of their outside services because the page was opened: stored, then looked for (UI-3).
"""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import get, post

from fetlock import clock
from fetlock.contracts import PatientContext
from fetlock.contracts.outside import Question
from fetlock.contracts.panels import HeaderIcon, SummaryPanel
from fetlock.domain.invoices.quoting import patient_facts
from fetlock.errors import FetlockError, NotFound
from fetlock.outbox import asks
from fetlock.platform.dispatch import Cause, Failure
from fetlock.platform.reading import SessionReading
from fetlock_hostapp.plugin import Desk, FormData, FromPath, FromQuery, Html, StaffRequest, reading, writing

PANELS_AND_ICONS: Final = ("patient_panels", "patient_icons")
ICONS: Final = ("patient_icons",)
MOST_LOOKS: Final = 20
"""A page looks so many times for an answer, later each time: about two minutes."""


@get(
    "/patients/{patient_id:int}/panels/{plugin:str}",
    permission="patients.view",
    plugin_in="plugin",
    sync_to_thread=True,
)
def plugin_panels(request: StaffRequest, patient_id: FromPath[int], plugin: FromPath[str]) -> Html:
    """The panels of one plugin; its icons come along, into the strip."""
    with reading(request) as desk:
        _require_here(desk, plugin)
        return draw_panels(desk, patient_id, plugin, template="patients/panels.html")


@get(
    "/patients/{patient_id:int}/signs/{plugin:str}",
    permission="patients.view",
    plugin_in="plugin",
    sync_to_thread=True,
)
def plugin_signs(request: StaffRequest, patient_id: FromPath[int], plugin: FromPath[str]) -> Html:
    """The icons of one plugin, for the tabs that show no panels (CP-44)."""
    with reading(request) as desk:
        _require_here(desk, plugin)
        return draw_panels(desk, patient_id, plugin, template="patients/signs.html", hooks=ICONS)


@post("/patients/{patient_id:int}/questions", permission="patients.view", sync_to_thread=True)
def ask_questions(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Store what plugins want asked now that the patient's page is open; the answer looks for itself."""
    page = "plans" if data.text("page") == "plans" else "record"
    turn = data.optional_integer("turn", "Turn") or 1
    wanted: list[tuple[str, Question]] = []
    with reading(request) as desk:
        context = patient_context(desk, patient_id)
        answers = desk.hooks.call("patient_questions", context, desk.work.enabled)
        if turn < MOST_LOOKS and any(each.failure and each.failure.cause is Cause.BUSY for each in answers):
            # it has many calls open just now: nothing is stored yet, the page asks again in a moment
            href = desk.url(f"patients/{patient_id}")
            return desk.fragment("patients/_questions.html", strip={"href": href}, page=page, turn=turn + 1)
        for answer in answers:
            wanted += [(answer.plugin, question) for question in answer.value or ()]
        if not wanted:
            return desk.fragment("patients/questions.html", looks=[])

    def work(desk: Desk) -> Html:
        pending: dict[str, list[UUID]] = {}
        for plugin, question in wanted:
            row = asks.ask(desk.work, plugin, question.question, question.data, subject=question.subject)
            pending.setdefault(plugin, []).append(row.key)
        looks = [_look(desk, patient_id, plugin, keys, page, 1) for plugin, keys in sorted(pending.items())]
        return desk.fragment("patients/questions.html", looks=looks)

    try:
        return writing(request, work)
    except FetlockError:  # the page stands without; whoever needs the answer asks by hand
        with reading(request) as desk:
            return desk.fragment("patients/questions.html", looks=[])


@get(
    "/patients/{patient_id:int}/questions/{plugin:str}",
    permission="patients.view",
    plugin_in="plugin",
    sync_to_thread=True,
)
def look_for_answers(
    request: StaffRequest,
    patient_id: FromPath[int],
    plugin: FromPath[str],
    key: FromQuery[list[UUID]],
    page: FromQuery[str] = "record",
    turn: FromQuery[int] = 1,
) -> Html:
    """Look again later, or bring the plugin's panels as they are now; the plans tab is loaded anew."""
    with reading(request) as desk:
        _require_here(desk, plugin)
        rows = [asks.find(desk.session, desk.site.id, each) for each in key[:20]]
        if any(row is not None and row.state == "pending" for row in rows):
            looks = [_look(desk, patient_id, plugin, key[:20], page, turn + 1)] if turn < MOST_LOOKS else []
            return desk.fragment("patients/questions.html", looks=looks)
        if page == "plans":
            answer = desk.fragment("patients/questions.html", looks=[])
            if any(row is not None and row.ok for row in rows):
                answer.headers["HX-Redirect"] = desk.url(f"patients/{patient_id}/plans?fresh=1")
            return answer
        return draw_panels(desk, patient_id, plugin, template="patients/panels_again.html")


def patient_context(desk: Desk, patient_id: int) -> PatientContext:
    """The patient as hooks see it. Raises `NotFound`."""
    facts = patient_facts(desk.session, [patient_id]).get(patient_id)
    if facts is None:
        raise NotFound("There is no such patient.")
    return PatientContext(
        patient=facts,
        site=desk.work.site_facts,
        viewer=desk.actor,
        day=clock.today(desk.site.time_zone),
        reading=SessionReading(desk.session),
    )


def draw_panels(
    desk: Desk, patient_id: int, plugin: str, *, template: str, hooks: Sequence[str] = PANELS_AND_ICONS
) -> Html:
    """The plugin's panels, or one card that says that it is unavailable, and why."""
    context = patient_context(desk, patient_id)
    shown: Sequence[SummaryPanel] = ()
    icons: Sequence[HeaderIcon] = ()
    lack: Failure | None = None
    for hook in hooks:
        answer = desk.hooks.call_plugin(hook, context, plugin)
        if answer is None:
            continue
        if answer.failure is not None:
            lack = lack or answer.failure
        elif hook == "patient_panels":
            shown = sorted(answer.value, key=lambda panel: (panel.weight, panel.key))
        else:
            icons = sorted(answer.value, key=lambda icon: (icon.weight, icon.key))
    return desk.fragment(
        template,
        plugin=plugin,
        label=desk.hooks.registry.plugins[plugin].manifest.label,
        panels=shown,
        icons=icons,
        lack=lack,
        again_href=desk.url(f"patients/{patient_id}/panels/{plugin}"),
    )


def _require_here(desk: Desk, plugin: str) -> None:
    """A plugin that is off here, or has nothing to show of patients, is not there (PL-2)."""
    hooks = ("patient_panels", "patient_icons", "patient_questions")
    if not any(plugin in desk.hooks.implementers(hook, desk.enabled) for hook in hooks):
        raise NotFound("There is no such panel.")


def _look(
    desk: Desk, patient_id: int, plugin: str, keys: Sequence[UUID], page: str, turn: int
) -> dict[str, Any]:
    query = urlencode([("key", str(key)) for key in keys] + [("page", page), ("turn", str(turn))])
    return {
        "href": desk.url(f"patients/{patient_id}/questions/{plugin}?{query}"),
        "keys": keys,
        # a live signal says when; this is for pages that hear none, and for answers before they hear
        "delay": 600 if turn == 1 else min(2000 * turn, 8000),
    }


HANDLERS = [plugin_panels, plugin_signs, ask_questions, look_for_answers]
