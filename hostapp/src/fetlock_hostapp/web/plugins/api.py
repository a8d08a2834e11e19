"""Plugins for programs: list, switch, settings without secrets, export, purge (PL-2, PL-3, PL-6)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, delete, get, post, put
from pydantic import BaseModel, Field

from fetlock.domain.plugins import purging
from fetlock.domain.plugins.overview import overview
from fetlock.domain.plugins.settings import save
from fetlock.domain.plugins.switching import hangs_on, set_state
from fetlock.platform.settings import required_model, secret_fields, stored
from fetlock_hostapp.plugin import (
    Desk,
    FromPath,
    FromQuery,
    JSONBody,
    Revision,
    StaffRequest,
    reading,
    require_seen,
    writing,
)
from fetlock_hostapp.web.plugins import breaker_api
from fetlock_hostapp.web.plugins.data_pages import archive_of
from fetlock_hostapp.web.plugins.showing import runtime_of, view_of
from fetlock_hostapp.web.plugins.testing_pages import ask_to_test, found_test


class PluginAnswer(BaseModel):
    """A plugin. `state`: working, quarantined or removed; `sites`: slug to off, setup or on."""

    name: str
    label: str
    version: str
    hook_api: str
    state: str
    reason: str
    sites: dict[str, str]
    held: dict[str, int]
    deprecations: list[str]
    tables: list[str]
    exported_at: datetime | None


class StateValues(BaseModel):
    """The state wanted at the site in the address: off, setup or on."""

    state: str
    reason: str = ""


class StateAnswer(BaseModel):
    """`before`: the state until now."""

    before: str
    state: str


class SettingsAnswer(BaseModel):
    """`values` in force, without secrets; `own`: those that the site itself sets; `json_schema` of all."""

    values: dict[str, Any]
    own: list[str]
    secrets_set: dict[str, Any] = Field(description="Secret field to who set it when; never the secret")
    revision: int
    json_schema: dict[str, Any]


class SettingsValues(BaseModel):
    """Fields that are left out keep their values; secrets are given like other values."""

    values: dict[str, Any]
    clear: list[str] = Field(default=[], description="Secrets to forget")
    revision: Revision | None = None
    organisation: bool = Field(default=False, description="For all sites, beneath their own")


class TestValues(BaseModel):
    """Settings to try, over those that are stored."""

    __test__ = False

    values: dict[str, Any] = {}


class TestAnswer(BaseModel):
    """`ok` is null while the worker asks."""

    __test__ = False

    key: UUID
    ok: bool | None
    message: str


class PurgeValues(BaseModel):
    """Why; kept in the audit log."""

    reason: str = ""


@get("/plugins", permission="plugins.view", sync_to_thread=True, tags=["Plugins"])
def list_plugins(request: StaffRequest) -> list[PluginAnswer]:
    """Every plugin, with its state at each site that the signed-in person works at."""
    with reading(request) as desk:
        seen = {site.slug for site in desk.sites}
        return [
            PluginAnswer(
                name=view.name,
                label=view.label,
                version=view.version,
                hook_api=view.hook_api,
                state=view.state,
                reason=view.reason,
                sites={slug: state for slug, state in view.sites.items() if slug in seen},
                held={slug: count for slug, count in view.held.items() if slug in seen},
                deprecations=list(view.deprecations),
                tables=list(view.tables),
                exported_at=view.exported_at,
            )
            for view in overview(desk.session, desk.hooks.registry)
        ]


@get("/plugins/{name:str}/hanging", permission="plugins.view", sync_to_thread=True, tags=["Plugins"])
def what_hangs(request: StaffRequest, name: FromPath[str]) -> list[str]:
    """What hangs on the plugin at this site, a sentence each."""
    with reading(request) as desk:
        view_of(desk, name)
        return hangs_on(desk.work, name)


@put("/plugins/{name:str}/state", permission="plugins.switch", sync_to_thread=True, tags=["Plugins"])
def switch_plugin(request: StaffRequest, name: FromPath[str], data: JSONBody[StateValues]) -> StateAnswer:
    """Switch the plugin at this site."""
    secrets = runtime_of(request).secrets

    def work(desk: Desk) -> StateAnswer:
        before = set_state(desk.work, name, data.state, data.reason, secrets=secrets)
        return StateAnswer(before=before.value, state=data.state)

    return writing(request, work)


@get("/plugins/{name:str}/settings", permission="plugins.settings", sync_to_thread=True, tags=["Plugins"])
def plugin_settings(
    request: StaffRequest, name: FromPath[str], organisation: FromQuery[bool] = False
) -> SettingsAnswer:
    """The settings in force at this site, or the organisation's."""
    with reading(request) as desk:
        return _settings(desk, name, organisation=organisation)


@put(
    "/plugins/{name:str}/settings",
    permission="plugins.settings",
    sync_to_thread=True,
    conditional=True,
    tags=["Plugins"],
)
def save_plugin_settings(
    request: StaffRequest, name: FromPath[str], data: JSONBody[SettingsValues]
) -> SettingsAnswer:
    """Save settings; answers them as they are then."""
    secrets = runtime_of(request).secrets

    def work(desk: Desk) -> SettingsAnswer:
        require_seen(
            request, lambda: _settings(desk, name, organisation=data.organisation), seen=data.revision
        )
        save(
            desk.work,
            secrets,
            name,
            data.values,
            for_organisation=data.organisation,
            clear=frozenset(data.clear),
            revision=data.revision,
        )
        return _settings(desk, name, organisation=data.organisation)

    return writing(request, work)


@post("/plugins/{name:str}/tests", permission="plugins.settings", sync_to_thread=True, tags=["Plugins"])
def test_plugin(request: StaffRequest, name: FromPath[str], data: JSONBody[TestValues]) -> TestAnswer:
    """Have the worker try settings; look for the answer under its key."""
    secrets = runtime_of(request).secrets

    def work(desk: Desk) -> TestAnswer:
        row = ask_to_test(desk.work, secrets, name, data.values)
        return TestAnswer(key=row.key, ok=row.ok, message=row.message)

    return writing(request, work)


@get(
    "/plugins/{name:str}/tests/{key:uuid}",
    permission="plugins.settings",
    sync_to_thread=True,
    tags=["Plugins"],
)
def plugin_test(request: StaffRequest, name: FromPath[str], key: FromPath[UUID]) -> TestAnswer:
    """What came of it."""
    with reading(request) as desk:
        row = found_test(desk, name, key)
        return TestAnswer(key=row.key, ok=row.ok, message=row.message)


@post(
    "/plugins/{name:str}/export",
    permission="plugins.remove",
    sync_to_thread=True,
    status_code=200,
    idempotency=False,
    media_type="application/zip",
    tags=["Plugins"],
)
def export_plugin(request: StaffRequest, name: FromPath[str]) -> Response[bytes]:
    """An archive of the plugin's own tables and settings, without secrets (application/zip)."""
    return archive_of(request, name)


@delete(
    "/plugins/{name:str}/data",
    permission="plugins.remove",
    sync_to_thread=True,
    tags=["Plugins"],
    status_code=200,
)
def purge_plugin(request: StaffRequest, name: FromPath[str], data: JSONBody[PurgeValues]) -> dict[str, int]:
    """Delete the plugin's tables and settings for good; answers the rows of each table."""
    runtime = runtime_of(request)
    with reading(request) as desk:
        actor = desk.actor
    return purging.purge(runtime.database, runtime.registry, name, actor, reason=data.reason).tables


def _settings(desk: Desk, name: str, *, organisation: bool) -> SettingsAnswer:
    model = required_model(desk.hooks.registry, name)
    found = stored(desk.session, name, None if organisation else desk.site.id)
    row = found.organisation_row if organisation else found.site_row
    hidden = secret_fields(model)
    return SettingsAnswer(
        values={field: value for field, value in found.values.items() if field not in hidden},
        own=sorted(found.own),
        secrets_set=found.secrets_set,
        revision=row.revision if row else 0,
        json_schema=model.model_json_schema(),
    )


HANDLERS = [
    list_plugins,
    what_hangs,
    switch_plugin,
    plugin_settings,
    save_plugin_settings,
    test_plugin,
    plugin_test,
    export_plugin,
    purge_plugin,
    *breaker_api.HANDLERS,
]
