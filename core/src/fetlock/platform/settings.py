"""Settings of plugins per site, with the organisation's beneath; secret fields encrypted (PL-3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.domain.plugins.models import PluginSetting
from fetlock.errors import Invalid, NotFound
from fetlock.platform.registry import Registry
from fetlock.platform.secrets import Secrets

_PLAIN: Final = {
    "missing": "This is needed.",
    "int_parsing": "Enter a whole number.",
    "int_from_float": "Enter a whole number.",
    "decimal_parsing": "Enter a number.",
    "float_parsing": "Enter a number.",
    "bool_parsing": "Choose yes or no.",
    "date_from_datetime_parsing": "Enter a date.",
    "enum": "Choose one of the list.",
    "literal_error": "Choose one of the list.",
    "string_too_short": "This is needed.",
    "url_parsing": "Enter an address that begins with http:// or https://.",
    "url_scheme": "Enter an address that begins with http:// or https://.",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """What stands in the database for a plugin at a site, before it is validated.

    `values`: in force, the site's own over the organisation's. `own`: fields that the site itself sets.
    `secrets_set`: field to {"by": staff id, "by_name": name, "at": ISO time}, never the secret.
    """

    values: dict[str, Any]
    own: frozenset[str]
    secrets_set: dict[str, Any]
    own_secrets: frozenset[str]
    sealed: tuple[bytes, ...] = field(repr=False)
    site_row: PluginSetting | None = field(repr=False)
    organisation_row: PluginSetting | None = field(repr=False)

    @property
    def row(self) -> PluginSetting | None:
        """The site's row, or else the organisation's."""
        return self.site_row or self.organisation_row


def model_of(registry: Registry, plugin: str) -> type[BaseModel] | None:
    """The plugin's settings model, or None where it has none."""
    model: type[BaseModel] | None = registry.registered("settings_model").get(plugin)
    return model


def stored(session: Session, plugin: str, site_id: int | None) -> Stored:
    """What is stored for `plugin` at the site (None: for the organisation)."""
    rows = session.scalars(select(PluginSetting).where(PluginSetting.plugin == plugin)).all()
    organisation = next((row for row in rows if row.site_id is None), None)
    site = next((row for row in rows if row.site_id == site_id), None) if site_id is not None else None
    present = [row for row in (organisation, site) if row is not None]
    values: dict[str, Any] = {}
    marks: dict[str, Any] = {}
    for row in present:
        values |= row.values
        marks |= row.secrets_set
    own = present[-1] if present and present[-1].site_id == site_id else None
    return Stored(
        values=values,
        own=frozenset(own.values) if own else frozenset(),
        secrets_set=marks,
        own_secrets=frozenset(own.secrets_set) if own else frozenset(),
        sealed=tuple(row.secrets for row in present if row.secrets),
        site_row=site,
        organisation_row=organisation,
    )


def load(
    session: Session, secrets: Secrets, registry: Registry, plugin: str, site_id: int | None
) -> tuple[BaseModel | None, PluginSetting | None]:
    """The plugin's settings in force at the site, validated, with the row they come from.

    None in place of the model where the plugin has none. Raises `Invalid` where what is stored is not
    complete or no longer fits the model, `KeyUnreadable` where the secrets cannot be opened.
    """
    model = model_of(registry, plugin)
    found = stored(session, plugin, site_id)
    if model is None:
        return None, found.row
    return validated(model, found.values | opened(secrets, found)), found.row


def opened(secrets: Secrets, found: Stored) -> dict[str, Any]:
    """The secrets in force, in plain text: for the worker and for checks, never for a page."""
    plain: dict[str, Any] = {}
    for sealed in found.sealed:
        plain |= secrets.open(sealed)
    return plain


def validated(model: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    """The model of these values; raises `Invalid` with plain words for each field, quoting no value."""
    known = {name: value for name, value in values.items() if name in model.model_fields}
    try:
        return model.model_validate(known)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=True)
        raise Invalid({_place(fault["loc"]): _words(dict(fault)) for fault in reversed(faults)}) from None


def secret_fields(model: type[BaseModel]) -> frozenset[str]:
    """Names of the fields whose type is, or may be, `SecretStr`."""
    return frozenset(name for name, info in model.model_fields.items() if _is_secret(info))


def required_model(registry: Registry, plugin: str) -> type[BaseModel]:
    """As `model_of`; raises `NotFound` where the plugin is not here or has no settings."""
    model = model_of(registry, plugin) if plugin in registry.plugins else None
    if model is None:
        raise NotFound("This plugin has no settings.")
    return model


def _is_secret(info: FieldInfo) -> bool:
    return info.annotation is SecretStr or SecretStr in get_args(info.annotation)


def _place(location: tuple[int | str, ...]) -> str:
    return str(location[0]) if location else ""


def _words(fault: dict[str, Any]) -> str:
    kind = str(fault["type"])
    if kind in _PLAIN:
        return _PLAIN[kind]
    text = str(fault["msg"]).removeprefix("Value error, ").strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
