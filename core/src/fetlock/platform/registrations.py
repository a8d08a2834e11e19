"""What plugins register, checked at start: a plugin whose own part of it is faulty is quarantined (PL-4)."""

import importlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from fetlock.contracts.registration import Job, JobScope
from fetlock.database import Base
from fetlock.database.tables import core_tables
from fetlock.hooks.markers import HookInfo, HookKind
from fetlock.platform import settings
from fetlock.platform.answers import looked_at
from fetlock.platform.registry import Plugin, Registry, words_of

_KEYS = {"permissions": "key", "jobs": "key", "topics": "name", "patient_tabs": "key"}
"""Register hooks whose items carry a key, which may stand once in a plugin."""


def check_registrations(registry: Registry) -> None:
    """Import each plugin's tables, ask it everything it registers, and quarantine those that fail."""
    for plugin in list(registry.plugins.values()):
        if plugin.builtin:
            continue
        try:
            _import_tables(registry, plugin)
            for info in registry.hooks.values():
                if info.kind is HookKind.REGISTER and info.name != "manifest":
                    _ask(registry, plugin, info)
        except BaseException as error:  # noqa: BLE001  # whatever it does costs the plugin alone
            registry.quarantine(plugin.name, f"Breaks the plugin API: {words_of(error)}", error)


def _import_tables(registry: Registry, plugin: Plugin) -> None:
    manifest = plugin.manifest
    if not manifest.models:
        return
    prefix = f"{manifest.table_prefix}_"
    for other in registry.plugins.values():
        theirs = f"{other.manifest.table_prefix}_"
        if other.name == plugin.name or theirs == "_":
            continue
        if theirs.startswith(prefix) or prefix.startswith(theirs):
            raise ValueError(f"its table prefix “{prefix}” meets that of {other.name}")
    if any(table.name.startswith(prefix) for table in core_tables()):
        raise ValueError(f"its table prefix “{prefix}” meets tables of the host")
    importlib.import_module(manifest.models)
    importlib.import_module(manifest.migrations)
    package = manifest.models.split(".", maxsplit=1)[0]
    strangers = sorted(
        str(mapper.local_table)
        for mapper in Base.registry.mappers
        if mapper.class_.__module__ == manifest.models and not str(mapper.local_table).startswith(prefix)
    )
    if strangers:
        raise ValueError(f"tables of {package} lack the prefix “{prefix}”: {', '.join(strangers)}")


def _ask(registry: Registry, plugin: Plugin, info: HookInfo) -> None:
    for owner, implementation in registry.implementations(info.name):
        if owner.name == plugin.name:
            _require_form(plugin.name, info, implementation(), registry)


def _require_form(plugin: str, info: HookInfo, answer: Any, registry: Registry) -> None:
    if info.name == "settings_model":
        if not (isinstance(answer, type) and issubclass(answer, BaseModel)):
            raise TypeError("settings_model answered no pydantic model")
        return
    items: Sequence[Any] = looked_at(info, answer)
    if info.name == "jobs":
        for job in items:
            _require_sensible_job(job, settings.model_of(registry, plugin))
    if info.name not in _KEYS:
        return
    keys = [getattr(item, _KEYS[info.name]) for item in items]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"{info.name} names {', '.join(twice)} twice")
    strangers = [key for key in keys if not key.startswith(f"{plugin}.")]
    if info.name == "permissions" and strangers:
        raise ValueError(f"permissions must begin with “{plugin}.”: {', '.join(strangers)}")


def _require_sensible_job(job: Job, model: type[BaseModel] | None) -> None:
    if job.every < timedelta(seconds=1):
        raise ValueError(f"the job {job.key} would run more often than every second")
    if (JobScope(job.per) is JobScope.ACCOUNT) != bool(job.account):
        raise ValueError(f"the job {job.key}: `account` names fields exactly where `per` is account")
    known = set(model.model_fields) - settings.secret_fields(model) if model is not None else set()
    strange = sorted(set(job.account) - known)
    if strange:
        raise ValueError(f"the job {job.key} names what is no open setting: {', '.join(strange)}")
