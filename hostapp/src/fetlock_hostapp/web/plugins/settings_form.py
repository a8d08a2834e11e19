"""A settings form made from a plugin's pydantic model: its fields, what is typed, and who set what (PL-3)."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from fetlock.platform.settings import Stored, secret_fields
from fetlock_hostapp.plugin import Form

CLEAR = "_clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field as the form draws it.

    `kind`: switch, select, number, date, lines, text or secret. `inherited`: the organisation's value.
    `set_by`, `set_at`: who set a secret when; its value is never here.
    """

    name: str
    kind: str
    label: str
    hint: str
    value: Any = ""
    options: tuple[tuple[str, str], ...] = ()
    whole: bool = False
    required: bool = False
    inherited: bool = False
    is_set: bool = False
    set_by: str = ""
    set_at: datetime | None = None


def form_fields(model: type[BaseModel], found: Stored, typed: Form | None, *, at_site: bool) -> list[Field]:
    """The fields of the form, in the model's order, with what was typed over what is stored."""
    hidden = secret_fields(model)
    return [
        _secret(name, info, found, at_site=at_site)
        if name in hidden
        else _plain(name, info, found, typed, at_site=at_site)
        for name, info in model.model_fields.items()
    ]


def typed_values(model: type[BaseModel], form: Form) -> dict[str, Any]:
    """What was typed, by field: the model says whether it will do. A secret left empty is left out."""
    hidden = secret_fields(model)
    values: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if name in hidden:
            if form.raw(name):
                values[name] = form.raw(name)
            continue
        kind = _kind(info)
        if kind == "switch":
            values[name] = form.flag(name)
        elif name not in form:
            continue
        elif kind == "lines":
            values[name] = [line.strip() for line in form.text(name).splitlines() if line.strip()]
        elif kind == "number":
            values[name] = form.text(name).replace(" ", "").replace(",", ".")
        else:
            values[name] = form.text(name)
        if values.get(name) == "" and _may_be_none(info):
            values[name] = None
    return values


def cleared(form: Form) -> frozenset[str]:
    """The secrets that are to be forgotten."""
    return frozenset(form.all(CLEAR))


def _secret(name: str, info: FieldInfo, found: Stored, *, at_site: bool) -> Field:
    mark: Mapping[str, Any] = found.secrets_set.get(name, {})
    return Field(
        name=name,
        kind="secret",
        label=_label(name, info),
        hint=info.description or "",
        is_set=bool(mark),
        set_by=str(mark.get("by_name", "")),
        set_at=datetime.fromisoformat(mark["at"]) if mark else None,
        inherited=at_site and bool(mark) and name not in found.own_secrets,
    )


def _plain(name: str, info: FieldInfo, found: Stored, typed: Form | None, *, at_site: bool) -> Field:
    kind = _kind(info)
    value = found.values[name] if name in found.values else _default(info)
    if kind == "lines":
        value = "\n".join(str(line) for line in value or ())
    if typed is not None:
        value = typed.flag(name) if kind == "switch" else typed.text(name)
    return Field(
        name=name,
        kind=kind,
        label=_label(name, info),
        hint=info.description or "",
        value="" if value is None else value,
        options=_options(info),
        whole=int in _parts(info),
        required=info.is_required(),
        inherited=at_site and name in found.values and name not in found.own,
    )


def _default(info: FieldInfo) -> Any:
    return None if info.is_required() else to_jsonable_python(info.get_default(call_default_factory=True))


def _label(name: str, info: FieldInfo) -> str:
    return info.title or name.replace("_", " ").capitalize()


def _kind(info: FieldInfo) -> str:
    parts = _parts(info)
    if bool in parts:
        return "switch"
    if _options(info):
        return "select"
    if parts & {int, Decimal, float}:
        return "number"
    if date in parts:
        return "date"
    return "lines" if any(get_origin(part) in (list, tuple, set, frozenset) for part in parts) else "text"


def _options(info: FieldInfo) -> tuple[tuple[str, str], ...]:
    """The choices of a literal or an enumeration, each with its words."""
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    words = extra.get("labels", {})
    labels: Mapping[str, Any] = words if isinstance(words, dict) else {}
    for part in _parts(info):
        choices: list[Any] = []
        if get_origin(part) is Literal:
            choices = list(get_args(part))
        elif isinstance(part, type) and issubclass(part, Enum):
            choices = [member.value for member in part]
        if choices:
            return tuple((str(c), str(labels.get(str(c), str(c).replace("_", " ")))) for c in choices)
    return ()


def _parts(info: FieldInfo) -> set[Any]:
    """The types of a field, those of a union one by one."""
    annotation: Any = info.annotation
    if get_origin(annotation) in (Union, types.UnionType):
        return set(get_args(annotation))
    return {annotation}


def _may_be_none(info: FieldInfo) -> bool:
    return type(None) in _parts(info)
