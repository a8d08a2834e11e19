"""Saving a plugin's settings, at a site or for the organisation: validated, sealed, audited (PL-3)."""

from collections.abc import Mapping, Set
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.audit import service as audit
from fetlock.domain.plugins.models import PluginSetting
from fetlock.domain.sites.models import Site
from fetlock.errors import Conflict
from fetlock.platform import settings
from fetlock.platform.secrets import KeyUnreadable, Secrets
from fetlock.work import Work


def save(
    work: Work,
    secrets: Secrets,
    plugin: str,
    typed: Mapping[str, Any],
    *,
    for_organisation: bool = False,
    clear: frozenset[str] = frozenset(),
    revision: int | None = None,
) -> PluginSetting:
    """Store settings of `plugin` at the work's site, or for the organisation beneath all sites.

    `typed`: field to value, as text or as JSON; a field that is not named keeps its value, a secret that
    is empty keeps its secret; `clear` names secrets to forget. `revision`: of the row the form was made
    from. Raises `Invalid` with a text per field, `Conflict` where somebody saved meanwhile, `NotFound`.
    """
    work.require("plugins.settings")
    session = work.session
    model = settings.required_model(work.hooks.registry, plugin)
    site_id = None if for_organisation else work.site.id
    row = _locked(session, plugin, site_id)
    if revision is not None and revision != (row.revision if row else 0):
        raise Conflict("Somebody else saved these settings meanwhile. Reload the page and look again.")
    found = settings.stored(session, plugin, site_id)
    hidden = settings.secret_fields(model)
    own_secrets, unreadable = _own_secrets(secrets, row)
    fresh = {name: str(typed[name]) for name in hidden if typed.get(name)}
    for name in clear & hidden:
        own_secrets.pop(name, None)
    own_secrets |= fresh
    plain = {
        name: value for name, value in typed.items() if name in model.model_fields and name not in hidden
    }
    in_force = _beneath(secrets, found, row) | own_secrets
    instance = settings.validated(model, found.values | plain | in_force)
    values = instance.model_dump(mode="json", exclude=set(hidden))
    beneath = found.organisation_row.values if found.organisation_row and not for_organisation else {}
    own = {name: value for name, value in values.items() if name not in beneath or beneath[name] != value}
    changed = sorted(name for name in values if values[name] != found.values.get(name))
    if row is None:
        row = PluginSetting(plugin=plugin, site_id=site_id, secrets_set={}, revision=0)
        session.add(row)
    row.values = own
    row.secrets = secrets.seal(own_secrets) if own_secrets else None
    row.secrets_set = _marks(work, row.secrets_set, fresh, kept=own_secrets.keys() - unreadable)
    row.revision += 1
    row.updated_at = clock.now()
    row.updated_by = work.actor.staff_id
    session.flush()
    mirror_switches(session, plugin, model, None if for_organisation else work.site)
    audit.record(
        session,
        "plugin.settings",
        staff_id=work.actor.staff_id,
        site_id=site_id,
        subject=f"plugin:{plugin}",
        detail={"changed": changed, "secrets": sorted(fresh), "cleared": sorted(clear & hidden)},
    )
    return row


def mirror_switches(session: Session, plugin: str, model: type[BaseModel], site: Site | None) -> None:
    """Copy the settings, without secrets, to the site's own row, whence pricing and pages read them (PL-2).

    `site` None: at every site, after the organisation's settings changed.
    """
    sites = [site] if site is not None else session.scalars(select(Site)).all()
    hidden = settings.secret_fields(model)
    defaults = {
        name: to_jsonable_python(info.get_default(call_default_factory=True))
        for name, info in model.model_fields.items()
        if name not in hidden and not info.is_required()
    }
    for each in sites:
        session.refresh(each, with_for_update=True)
        plain = defaults | settings.stored(session, plugin, each.id).values
        entry = dict(each.plugins.get(plugin, {"state": "off"}))
        if entry.get("settings") != plain:
            each.plugins = {**each.plugins, plugin: entry | {"settings": plain}}
    session.flush()


def reseal_all(session: Session, secrets: Secrets) -> int:
    """Encrypt every stored secret with the newest key; answers how many rows. Raises `KeyUnreadable`."""
    from fetlock.domain.access import second_factor
    from fetlock.outbox.models import AskRow

    count = 0
    for row in session.scalars(select(PluginSetting).where(PluginSetting.secrets.is_not(None))):
        assert row.secrets is not None
        row.secrets = secrets.reseal(row.secrets)
        count += 1
    for ask in session.scalars(select(AskRow).where(AskRow.sealed.is_not(None))):
        assert ask.sealed is not None
        ask.sealed = secrets.reseal(ask.sealed)
        count += 1
    session.flush()
    count += second_factor.reseal_all(session, secrets)
    # recorded, which signs the audit log's head with the newest key too: the older ones may then be dropped
    audit.record(session, "secrets.resealed", staff_id=None, detail={"count": count})
    return count


def _locked(session: Session, plugin: str, site_id: int | None) -> PluginSetting | None:
    return session.scalar(
        select(PluginSetting)
        .where(
            PluginSetting.plugin == plugin,
            PluginSetting.site_id.is_(None) if site_id is None else PluginSetting.site_id == site_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _own_secrets(secrets: Secrets, row: PluginSetting | None) -> tuple[dict[str, Any], frozenset[str]]:
    """The row's secrets; those that no key opens any more are given up, so that new ones can be entered."""
    if row is None:
        return {}, frozenset()
    try:
        return secrets.open(row.secrets), frozenset()
    except KeyUnreadable:
        return {}, frozenset(row.secrets_set)


def _beneath(secrets: Secrets, found: settings.Stored, row: PluginSetting | None) -> dict[str, Any]:
    organisation = found.organisation_row
    if organisation is None or organisation is row:
        return {}
    return secrets.open(organisation.secrets)


def _marks(work: Work, before: Mapping[str, Any], fresh: Mapping[str, str], kept: Set[str]) -> dict[str, Any]:
    mark = {
        "by": work.actor.staff_id,
        "by_name": work.actor.name,
        "at": clock.now().isoformat(timespec="seconds"),
    }
    marks = {name: value for name, value in before.items() if name in kept}
    return marks | dict.fromkeys(fresh, mark)
