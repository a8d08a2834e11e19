"""The catalogue of permissions: those of every area of core, and those that plugins add (H-3)."""

import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fetlock.contracts.registration import Permission
from fetlock.platform.registry import Registry

_WORDS: Final = {"staff": "Employees and roles", "sites": "Sites", "plugins": "Plugins"}


@dataclass(frozen=True, slots=True)
class PermissionGroup:
    """The permissions of one area of the host, or of one plugin; `plugin` is empty for the host's."""

    key: str
    label: str
    permissions: tuple[Permission, ...]
    plugin: str = ""


def of_core() -> tuple[PermissionGroup, ...]:
    """One group for each area with a `permissions.py`, by label."""
    from fetlock import domain

    groups = []
    for area in pkgutil.iter_modules(domain.__path__):
        if area.ispkg and _has_permissions(f"{domain.__path__[0]}/{area.name}"):
            module = importlib.import_module(f"fetlock.domain.{area.name}.permissions")
            label = _WORDS.get(area.name, area.name.replace("_", " ").capitalize())
            groups.append(PermissionGroup(area.name, label, tuple(module.PERMISSIONS)))
    return tuple(sorted(groups, key=lambda group: group.label))


def of_plugins(registry: Registry) -> tuple[PermissionGroup, ...]:
    """One group for each plugin that adds any, by label."""
    groups = [
        PermissionGroup(name, registry.plugins[name].manifest.label, tuple(permissions), plugin=name)
        for name, permissions in registry.registered("permissions").items()
        if permissions
    ]
    return tuple(sorted(groups, key=lambda group: group.label))


def catalogue(registry: Registry) -> tuple[PermissionGroup, ...]:
    """Every permission there is, the host's areas first."""
    return of_core() + of_plugins(registry)


def keys(groups: Iterable[PermissionGroup]) -> frozenset[str]:
    """The keys of all permissions in `groups`."""
    return frozenset(permission.key for group in groups for permission in group.permissions)


def _has_permissions(folder: str) -> bool:
    return any(module.name == "permissions" for module in pkgutil.iter_modules([folder]))
