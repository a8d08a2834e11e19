"""The settings of a plugin, at this site or for all: a form made from its model (PL-3, CP-2, CP-4)."""

from uuid import UUID

from litestar import get, post

from fetlock.domain.plugins.overview import PluginView
from fetlock.domain.plugins.settings import save
from fetlock.domain.plugins.switching import PluginState, set_state
from fetlock.errors import FetlockError
from fetlock.platform.settings import required_model, stored
from fetlock_hostapp.plugin import (
    Desk,
    Form,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    fields_of,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.plugins.settings_form import cleared, form_fields, typed_values
from fetlock_hostapp.web.plugins.showing import BASE, runtime_of, view_of
from fetlock_hostapp.web.plugins.testing_pages import found_test, shown_test

EVERYWHERE = "all"
SWITCH = "_enabled"


@get(f"/{BASE}/{{name:str}}/settings", permission="plugins.settings", sync_to_thread=True)
def settings_page(
    request: StaffRequest,
    name: FromPath[str],
    where: FromQuery[str] = "",
    test: FromQuery[UUID | None] = None,
) -> Html:
    """The form; `where=all` for the organisation's settings beneath all sites; `test` shows that test."""
    with reading(request) as desk:
        return _page(desk, name, everywhere=where == EVERYWHERE, test=test)


@post(f"/{BASE}/{{name:str}}/settings", permission="plugins.settings", sync_to_thread=True)
def save_settings(request: StaffRequest, name: FromPath[str], data: FormData) -> Html:
    """Save, and switch the plugin on where its master switch was set (CP-2)."""
    secrets = runtime_of(request).secrets
    everywhere = data.text("where") == EVERYWHERE
    here = f"{BASE}/{name}/settings" + (f"?where={EVERYWHERE}" if everywhere else "")

    def work(desk: Desk) -> Html:
        view = view_of(desk, name, builtins=True)
        save(
            desk.work,
            secrets,
            name,
            typed_values(required_model(desk.hooks.registry, name), data),
            for_organisation=everywhere,
            clear=cleared(data),
            revision=data.optional_integer("revision", "Revision"),
        )
        told = f"{view.label}: settings saved{' for all sites' if everywhere else ''}."
        if _has_switch(desk, view, everywhere=everywhere):
            if data.flag(SWITCH):
                set_state(desk.work, name, PluginState.ON, secrets=secrets)
                told = f"{told} It is on at {desk.site.name}."
            elif view.sites[desk.site.slug] == PluginState.ON:
                return desk.redirect(f"{BASE}/{name}/switch/off", ok=told)
        if data.text("then") == "close" and not view.builtin:
            return desk.redirect(BASE, ok=told)
        return desk.redirect(here, ok=told)

    def again(desk: Desk, error: FetlockError) -> Html:
        return _page(desk, name, everywhere=everywhere, typed=data, error=error)

    return writing(request, work, again)


def _page(
    desk: Desk,
    name: str,
    *,
    everywhere: bool,
    typed: Form | None = None,
    error: FetlockError | None = None,
    test: UUID | None = None,
) -> Html:
    view = view_of(desk, name, builtins=True)
    model = required_model(desk.hooks.registry, name)
    found = stored(desk.session, name, None if everywhere else desk.site.id)
    row = found.organisation_row if everywhere else found.site_row
    manifest = desk.hooks.registry.plugins[name].manifest
    fields = form_fields(model, found, typed, at_site=not everywhere)
    labels = {field.name: field.label for field in fields}
    state = view.sites[desk.site.slug]
    return desk.page(
        "plugins/settings.html",
        status=status_of(error) if error else 200,
        view=view,
        fields=fields,
        summary=[
            (place, f"{labels[place]}: {text}" if place in labels else text)
            for place, text in fields_of(error).items()
        ],
        revision=typed.text("revision") if typed else (row.revision if row else 0),
        updated_at=row.updated_at if row else None,
        everywhere=everywhere,
        state=state,
        is_open=view.builtin or everywhere or state != PluginState.OFF,
        has_switch=_has_switch(desk, view, everywhere=everywhere),
        enabled=typed.flag(SWITCH) if typed else state == PluginState.ON,
        tests=manifest.tests_credentials and not everywhere,
        test=shown_test(desk, name, found_test(desk, name, test)) if test else None,
        errors=error,
    )


def _has_switch(desk: Desk, view: PluginView, *, everywhere: bool) -> bool:
    return not everywhere and not view.builtin and desk.may("plugins.switch")


HANDLERS = [settings_page, save_settings]
