"""What plugins show of an employee: their standing at the services that each plugin connects (H-2)."""

from dataclasses import dataclass, field

from fetlock.contracts.actor import Actor
from fetlock.contracts.facts import SiteFacts
from fetlock.contracts.panels import Facts, Link, Status
from fetlock.contracts.reading import NoReading, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFacts:
    """An employee, as hooks see them."""

    staff_id: int
    full_name: str
    user_name: str
    email: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffContext:
    """The employee whose page is shown, at which site, to whom."""

    staff: StaffFacts
    site: SiteFacts
    viewer: Actor
    reading: Reading = field(default_factory=NoReading)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffIntegration:
    """One row of the employee's "Integrations": a service, how the employee stands there, and ways on."""

    key: str
    label: str
    status: Status | None = None
    facts: Facts = field(default_factory=lambda: Facts(rows=()))
    links: tuple[Link, ...] = ()
    weight: int = 100
