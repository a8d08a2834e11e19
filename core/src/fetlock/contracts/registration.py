"""What a plugin registers at start: permissions, navigation, tabs, jobs, topics of its outbox."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

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


class JobScope(StrEnum):
    """For what a job runs: each site, each account at the outside service, or once for all."""

    SITE = "site"
    ACCOUNT = "account"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something done every now and then by the worker where the plugin is on (PL-9).

    `per`: once for each site, for each account, so that two sites with one account poll once, or once for
    the organisation. `account`: for `JobScope.ACCOUNT`, the fields of the plugin's settings that together
    name the account, none of them a secret; a site where all of them are empty runs for itself.
    """

    key: str
    label: str
    every: timedelta
    per: JobScope = JobScope.SITE
    account: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A kind of outbox row that this plugin delivers, with what its receiver can do about repeats.

    `name` "entitlement" is special: core posts every committed or reversed unit of the plugin's
    entitlements under it when an invoice closes (CP-67).
    """

    name: str
    receiver: Receiver
    label: str
