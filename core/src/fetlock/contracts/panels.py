"""What plugins contribute to pages, as values: the host draws them, so every panel has one look.

Blocks are plain data; nothing here is HTML, and every text is escaped when it is drawn.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from fetlock.contracts.actor import Actor
from fetlock.contracts.facts import PatientFacts, SiteFacts
from fetlock.contracts.reading import NoReading, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientContext:
    """The patient whose page is shown, at which site, to whom."""

    patient: PatientFacts
    site: SiteFacts
    viewer: Actor
    day: date
    reading: Reading = field(default_factory=NoReading)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A state in a word. `kind` is one of ok, work, wait, warn, bad, off, open."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way on. `href` is a path below the site, such as "patients/12/plans"."""

    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Labels with their values, in order."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Units counted: `posted` solid, `reserved` hatched, `left` hollow."""

    label: str
    posted: Decimal
    reserved: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """Several meters under each other."""

    rows: tuple[Meter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph; `muted` for what is read last."""

    text: str
    muted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values over days, drawn as a line with its numbers as a table (UI-4)."""

    label: str
    unit: str
    points: tuple[tuple[date, Decimal], ...]


Block = Facts | Meters | Text | Series | Status


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryPanel:
    """A panel in the side column of a patient's page; `title` alone must answer the question (H-14)."""

    key: str
    title: str
    icon: str = "info"
    status: Status | None = None
    blocks: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    weight: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderIcon:
    """An icon at the upper right of the patient's card, with the words it stands for (CP-44)."""

    key: str
    icon: str
    label: str
    href: str = ""
    kind: str = ""
    weight: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice on an invoice. `kind` is one of info, ok, warn, bad."""

    key: str
    kind: str
    title: str
    text: str = ""
    weight: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitPlan:
    """One plan in the shared plans tab. An outside plan's name carries the prefix "Care Plan: " (CP-45).

    `detail` is a path below the site whose fragment shows the plan with its plugin's own buttons.
    """

    key: str
    name: str
    outside: bool
    status: Status
    valid_from: date
    valid_to: date
    detail: str
    ended: bool = False
