"""Finding what the host is made of: each area's `pages.py` and `api.py`, with no central list."""

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from fetlock.contracts.registration import NavigationItem, PatientTab


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrationItem:
    """An entry of the side navigation of administration; `href` is a path below the site."""

    label: str
    href: str
    permission: str
    icon: str = "gear"
    heading: str = "Clinic"
    weight: int = 100


@dataclass(slots=True)
class Areas:
    """All areas of the host. Handlers are mounted below the site, root handlers without one."""

    packages: dict[str, ModuleType] = field(default_factory=dict)
    pages: list[Any] = field(default_factory=list)
    api: list[Any] = field(default_factory=list)
    root_pages: list[Any] = field(default_factory=list)
    root_api: list[Any] = field(default_factory=list)
    navigation: list[NavigationItem] = field(default_factory=list)
    administration: list[AdministrationItem] = field(default_factory=list)
    patient_tabs: list[PatientTab] = field(default_factory=list)


def discover() -> Areas:
    """Import every `fetlock_hostapp.web.<area>` and collect what its modules `pages` and `api` hold."""
    from fetlock_hostapp import web

    areas = Areas()
    for found in pkgutil.iter_modules(web.__path__):
        if not found.ispkg or found.name == "kernel":
            continue
        package = importlib.import_module(f"{web.__name__}.{found.name}")
        areas.packages[found.name] = package
        for module in pkgutil.iter_modules(package.__path__):
            if module.name == "pages":
                pages = importlib.import_module(f"{package.__name__}.pages")
                areas.pages += _list(pages, "HANDLERS")
                areas.root_pages += _list(pages, "ROOT_HANDLERS")
                areas.navigation += _list(pages, "NAVIGATION")
                areas.administration += _list(pages, "ADMINISTRATION")
                areas.patient_tabs += _list(pages, "PATIENT_TABS")
            elif module.name == "api":
                api = importlib.import_module(f"{package.__name__}.api")
                areas.api += _list(api, "HANDLERS")
                areas.root_api += _list(api, "ROOT_HANDLERS")
    return areas


def _list(module: ModuleType, name: str) -> Sequence[Any]:
    found: Sequence[Any] = getattr(module, name, ())
    return found
