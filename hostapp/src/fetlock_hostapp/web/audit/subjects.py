"""The things that entries are about, looked up when somebody reads them: the log itself keeps only ids."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from fetlock.domain.audit.listing import Row
from fetlock.domain.catalogue.models import Product
from fetlock.domain.clients.models import Client
from fetlock.domain.invoices.models import Invoice
from fetlock.domain.patients.models import Patient
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Role, Staff
from fetlock_hostapp.plugin import Desk


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about, in words; `href` leads there where this person may go."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class _Kind:
    model: Any
    name: Callable[[Any], str]
    permission: str
    path: str


_KINDS: Final = {
    "client": _Kind(Client, lambda row: row.name, "clients.view", "clients/{}"),
    "patient": _Kind(Patient, lambda row: f"{row.display_name} {row.code}", "patients.view", "patients/{}"),
    "invoice": _Kind(Invoice, lambda row: row.title, "invoices.view", "invoices/{}"),
    "product": _Kind(Product, lambda row: row.name, "catalogue.view", "products/{}"),
    "staff": _Kind(Staff, lambda row: row.full_name, "staff.view", "administration/employees/{}"),
    "role": _Kind(Role, lambda row: row.name, "staff.view", "administration/roles/{}"),
    "site": _Kind(Site, lambda row: row.name, "sites.view", "administration/sites"),
}


def looked_up(desk: Desk, rows: Iterable[Row]) -> dict[str, Subject]:
    """Subjects of `rows` by how the log names them; one query for each kind that occurs."""
    wanted: dict[str, set[int]] = {}
    texts = {row.subject for row in rows if row.subject}
    for text in texts:
        kind, _, key = text.partition(":")
        if kind in _KINDS and key.isdecimal() and len(key) < 19:
            wanted.setdefault(kind, set()).add(int(key))
    found = {text: Subject(_plain(desk, text)) for text in texts}
    for name, ids in wanted.items():
        known = _KINDS[name]
        if not desk.may(known.permission):
            continue
        for row in desk.session.scalars(select(known.model).where(known.model.id.in_(ids))):
            elsewhere = getattr(row, "site_id", desk.site.id) != desk.site.id
            href = "" if elsewhere else desk.url(known.path.format(row.id))
            found[f"{name}:{row.id}"] = Subject(known.name(row), href)
    return found


def _plain(desk: Desk, text: str) -> str:
    kind, _, key = text.partition(":")
    if kind == "plugin" and key in desk.hooks.registry.plugins:
        return desk.hooks.registry.plugins[key].manifest.label
    return f"{kind.replace('_', ' ').capitalize()} {key}".strip()
