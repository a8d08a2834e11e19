"""What the page of one plan shows: its services by group, what can be added, what is on its way."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select

from fetlock.contracts import Reading, SiteFacts
from fetlock.tables import InvoiceLine, LineCoverage, Product
from fetlock_careplans_covetrus.codes import CodeShown, codes_of
from fetlock_careplans_covetrus.counters import ZERO, ItemShown, PlanShown, TermShown
from fetlock_careplans_covetrus.postings import PostingShown, postings_of

OTHER_GROUP: Final = "Services"


@dataclass(frozen=True, slots=True)
class Row:
    """A service in the chosen term. `next_included`: in the renewed term, None where it is not in it.

    `usable`: units left in all terms that may be used today. `waiting`: used, and not yet at the vendor.
    """

    item: ItemShown
    codes: tuple[CodeShown, ...]
    dropped: tuple[CodeShown, ...]
    next_included: Decimal | None
    usable: Decimal
    waiting: Decimal

    @property
    def choices(self) -> tuple[CodeShown, ...]:
        """The codes that this practice can charge."""
        return tuple(code for code in self.codes if code.chargeable)

    @property
    def price(self) -> Decimal | None:
        """What one unit costs by the list here: of its own code, or else of the first that has a price."""
        return next((code.price for code in self.choices if code.price is not None), None)

    @property
    def hatched(self) -> Decimal:
        """Reserved, or waiting to be posted."""
        return max(self.item.reserved, ZERO) + self.waiting

    @property
    def posted(self) -> Decimal:
        """Used, and known to the vendor."""
        return max(min(self.item.used, self.item.included) - self.hatched, ZERO)


@dataclass(slots=True)
class Group:
    """Services of one product group, in the vendor's order, with their sums (CP-51)."""

    name: str
    rows: list[Row] = field(default_factory=list)

    @property
    def included(self) -> Decimal:
        """Units of all its services."""
        return sum((row.item.included for row in self.rows), ZERO)

    @property
    def used(self) -> Decimal:
        """Units used of all its services."""
        return sum((row.item.used for row in self.rows), ZERO)

    @property
    def left(self) -> Decimal:
        """Units left of all its services."""
        return sum((row.item.left for row in self.rows), ZERO)


@dataclass(frozen=True, slots=True)
class PlanPage:
    """One plan in one of its terms, as the page draws it."""

    shown: PlanShown
    term: TermShown
    renewed: TermShown | None
    groups: tuple[Group, ...]
    postings: tuple[PostingShown, ...]
    saved: Decimal
    excluded_products: int
    day: date

    @property
    def rows(self) -> Sequence[Row]:
        """Every service, in order."""
        return [row for group in self.groups for row in group.rows]

    @property
    def terms(self) -> Sequence[TermShown]:
        """The terms to choose from: the running one, those usable early or to come; else the last."""
        coming = [term for term in self.shown.terms if term.expires_on >= self.day]
        return coming or self.shown.terms[-1:]

    @property
    def is_current(self) -> bool:
        """Whether the term that is shown runs today."""
        return self.term.starts_on <= self.day <= self.term.expires_on

    @property
    def unused_value(self) -> Decimal:
        """What is left of the term, at list price."""
        return sum((row.item.left * (row.price or ZERO) for row in self.rows), ZERO)

    @property
    def reserved(self) -> Decimal:
        """Units reserved by open invoices."""
        return sum((max(row.item.reserved, ZERO) for row in self.rows), ZERO)

    @property
    def days_left(self) -> int:
        """Days until the term is over, its last day included."""
        return (self.term.expires_on - self.day).days + 1


def plan_page(
    reading: Reading,
    site: SiteFacts,
    plans: Sequence[PlanShown],
    plan_id: int,
    term_id: int | None,
    day: date,
) -> PlanPage | None:
    """The page of the plan with this id among the patient's `plans`; None where there is none such."""
    shown = next((plan for plan in plans if plan.plan.id == plan_id and plan.terms), None)
    if shown is None:
        return None
    term = next((term for term in shown.terms if term.term_id == term_id), None) or shown.current(day)
    assert term is not None  # it has terms
    later = [each for each in shown.terms if each.number > term.number]
    postings = postings_of(reading, site, shown.plan.vendor_plan_id)
    item_ids = [item.item_id for each in shown.terms for item in each.items]
    codes = codes_of(reading, site, item_ids)
    rows = rows_of_term(shown, term, later[0] if later else None, codes, postings, day)
    return PlanPage(
        shown=shown,
        term=term,
        renewed=later[0] if later else None,
        groups=_grouped(rows),
        postings=tuple(postings),
        saved=_saved(reading, term),
        excluded_products=_excluded(reading) if shown.plan.discount_percent else 0,
        day=day,
    )


def own_code(item: ItemShown, codes: Mapping[int, Sequence[CodeShown]]) -> str:
    """The code that stands for an item in every term."""
    return next((code.code for code in codes.get(item.item_id, ()) if code.position == 0), item.name)


def rows_of_term(
    shown: PlanShown,
    term: TermShown,
    later: TermShown | None,
    codes: Mapping[int, Sequence[CodeShown]],
    postings: Sequence[PostingShown],
    day: date,
) -> list[Row]:
    """The services of `term`; `later`: the term after it, `codes` and `postings` those of the plan."""
    waiting: dict[str, Decimal] = defaultdict(Decimal)
    for posting in postings:
        waiting[posting.source_key] += max(posting.quantity, ZERO)
    usable: dict[str, Decimal] = defaultdict(Decimal)
    if shown.plan.is_active:
        for each in shown.terms:
            for item in each.items if each.usable_on(day) else ():
                usable[own_code(item, codes)] += item.left
    coming = {own_code(item, codes): item.included for item in later.items} if later else {}
    return [
        Row(
            item=item,
            codes=tuple(code for code in codes.get(item.item_id, ()) if code.dropped_at is None),
            dropped=tuple(code for code in codes.get(item.item_id, ()) if code.dropped_at is not None),
            next_included=coming.get(own_code(item, codes)),
            usable=usable[own_code(item, codes)],
            waiting=min(waiting[item.source_key], max(item.posted, ZERO)),
        )
        for item in term.items
    ]


def _grouped(rows: Iterable[Row]) -> tuple[Group, ...]:
    """By group, each where its first service stands in the vendor's order (CP-49, CP-51)."""
    groups: dict[str, Group] = {}
    for row in rows:
        name = row.item.group or OTHER_GROUP
        groups.setdefault(name, Group(name)).rows.append(row)
    return tuple(groups.values())


def _saved(reading: Reading, term: TermShown) -> Decimal:
    """What the term has covered so far, at the list prices of then; returns count against it."""
    rows = reading.rows(
        select(func.coalesce(func.sum(LineCoverage.amount), ZERO, type_=LineCoverage.amount.type))
        .join(InvoiceLine, InvoiceLine.id == LineCoverage.line_id)
        .where(
            LineCoverage.entitlement_id.in_([item.entitlement_id for item in term.items]),
            InvoiceLine.removed_at.is_(None),
        )
    )
    saved: Decimal = rows[0][0]
    return saved


def _excluded(reading: Reading) -> int:
    rows = reading.rows(
        select(func.count())
        .select_from(Product)
        .where(Product.excluded_from_percentage_discount, Product.active)
    )
    count: int = rows[0][0]
    return count
