"""Frozen facts about sites, clients and patients, as hooks see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """The site at which something happens.

    `settings`: plugin name to its plain settings here (never a secret), as they came with the site's row.
    `standings`: how the host stands with hooks that failed here of late; only the host has a use for it.
    """

    site_id: int
    slug: str
    name: str
    currency: str
    time_zone: str
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    standings: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFacts:
    """A patient with its owner. `code` is the readable id (57A), `client_code` the owner's (57)."""

    patient_id: int
    code: str
    name: str
    species: str
    breed: str
    sex: str
    birth_date: date | None
    deceased_on: date | None
    client_id: int
    client_code: str
    client_name: str
    weight_kg: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """A client with the ways to reach them; phones in E.164 form with their kind (mobile, home, work)."""

    client_id: int
    code: str
    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """What every notify hook gets: `event_id` is the key by which an implementation stays idempotent."""

    event_id: str
    kind: str
    aggregate: str
    sequence: int
    site_id: int | None
    data: Mapping[str, Any] = field(default_factory=dict)
