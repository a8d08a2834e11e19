"""The plugins of this installation, and switching one at a site (PL-2)."""

from litestar import get, post

from fetlock.contracts.manifest import HOOK_API
from fetlock.domain.plugins.switching import PluginState, hangs_on, set_state
from fetlock.errors import FetlockError, NotFound
from fetlock_hostapp.plugin import (
    Desk,
    FormData,
    FromPath,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.plugins.breaker_pages import breaker_rows
from fetlock_hostapp.web.plugins.showing import BASE, STATES, matrix, runtime_of, view_of


@get(f"/{BASE}", permission="plugins.view", sync_to_thread=True)
def plugin_list(request: StaffRequest) -> Html:
    """The matrix of plugins and sites, with versions, states and reasons."""
    with reading(request) as desk:
        return _list(desk)


@get(f"/{BASE}/{{name:str}}/switch/{{wanted:str}}", permission="plugins.switch", sync_to_thread=True)
def ask_to_switch(request: StaffRequest, name: FromPath[str], wanted: FromPath[str]) -> Html:
    """What hangs on the plugin here, before it is switched off."""
    with reading(request) as desk:
        return _question(desk, name, wanted)


@post(f"/{BASE}/{{name:str}}/state", permission="plugins.switch", sync_to_thread=True)
def switch(request: StaffRequest, name: FromPath[str], data: FormData) -> Html:
    """Switch the plugin at this site; set-up goes on to its settings."""
    state, back = data.text("state"), data.text("back")
    secrets = runtime_of(request).secrets

    def work(desk: Desk) -> Html:
        set_state(desk.work, name, state, data.text("reason"), secrets=secrets)
        if state == PluginState.SETUP and name in desk.hooks.registry.plugins:
            return desk.redirect(f"{BASE}/{name}/settings", ok=f"Open for setting up at {desk.site.name}.")
        view = view_of(desk, name)
        told = f"{view.label} is {STATES[state][1].lower()} at {desk.site.name}."
        if back in {site.slug for site in desk.sites}:
            return desk.redirect_to(f"/s/{back}/{BASE}", ok=told)
        return desk.redirect(BASE, ok=told)

    def again(desk: Desk, error: FetlockError) -> Html:
        return _list(desk, error=error, about=name)

    return writing(request, work, again)


def _list(desk: Desk, *, error: FetlockError | None = None, about: str = "") -> Html:
    rows = matrix(desk)
    return desk.page(
        "plugins/list.html",
        status=status_of(error) if error else 200,
        here=[row for row in rows if row.view.state != "removed"],
        removed=[row for row in rows if row.view.state == "removed"],
        breakers=breaker_rows(desk),
        hook_api=HOOK_API,
        error=error,
        about=about,
    )


def _question(desk: Desk, name: str, state: str) -> Html:
    if state not in STATES or state == PluginState.ON:
        raise NotFound("There is no such state to ask about.")
    view = view_of(desk, name)
    return desk.page(
        "plugins/switch.html",
        view=view,
        state=state,
        word=STATES[state][1].lower(),
        hanging=hangs_on(desk.work, name),
    )


HANDLERS = [plugin_list, ask_to_switch, switch]
