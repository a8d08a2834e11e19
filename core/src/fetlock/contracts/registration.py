"""What a plugin registers at start: permissions, navigation, tabs, jobs, topics of its outbox."""

from dataclasses import dataclass, field
from datetime import timedelta

from fetlock.contracts.outside import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A permission. `key` is `<area>.<verb>`, a plugin's begins with its name and a dot (H-3).

    `roles`: the roles of a fresh installation that hold it from the start.
    """

    key: str
    label: str
    roles: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationItem:
    """An entry of the main menu; `href` is a path below the site."""

    label: str
    href: str
    permission: str
    icon: str = "list"
    weight: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientTab:
    """A tab of the patient's page; its content is at `patients/<id>/<key>` below the site."""

    key: str
    label: str
    permission: str
    weight: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something done every now and then by the worker, once per site at which the plugin is on."""

    key: str
    label: str
    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A kind of outbox row that this plugin delivers, with what its receiver can do about repeats.

    `name` "entitlement" is special: core posts every committed or reversed unit of the plugin's
    entitlements under it when an invoice closes (CP-67).
    """

    name: str
    receiver: Receiver
    label: str
