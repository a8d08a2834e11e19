"""Usage on its way to the vendor, as pages and notices tell of it (CPX-4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from fetlock.contracts import InvoiceFacts, Notice, Reading, SiteFacts
from fetlock.tables import Invoice, OutboxRow
from fetlock_careplans_covetrus.naming import NAME, aggregate

_ARRIVED: Final = ("sent", "dropped")
_WORDS: Final = {
    "pending": ("wait", "waiting"),
    "sending": ("work", "posting"),
    "failed": ("bad", "failed"),
    "conflict": ("bad", "refused"),
    "given_up": ("bad", "given up"),
    "in_doubt": ("warn", "in doubt"),
    "held": ("off", "held"),
}
_TROUBLE: Final = ("failed", "conflict", "given_up", "in_doubt")


@dataclass(frozen=True, slots=True)
class PostingShown:
    """One usage that the vendor does not have yet. `here`: its invoice belongs to the present site."""

    state: str
    source_key: str
    quantity: Decimal
    next_attempt_at: datetime
    invoice_id: int | None
    invoice: str
    here: bool


def postings_of(reading: Reading, site: SiteFacts, vendor_plan_id: str) -> list[PostingShown]:
    """What of a plan's usage has not arrived, oldest first, in one query."""
    rows = reading.rows(
        select(OutboxRow, Invoice.reference)
        .outerjoin(Invoice, Invoice.id == OutboxRow.invoice_id)
        .where(
            OutboxRow.plugin == NAME,
            OutboxRow.aggregate == aggregate(vendor_plan_id),
            OutboxRow.state.not_in(_ARRIVED),
        )
        .order_by(OutboxRow.id)
    )
    return [
        PostingShown(
            state=row.OutboxRow.state,
            source_key=row.OutboxRow.payload["source_key"],
            quantity=Decimal(row.OutboxRow.payload["quantity"]),
            next_attempt_at=row.OutboxRow.next_attempt_at,
            invoice_id=row.OutboxRow.invoice_id,
            invoice=row.reference or row.OutboxRow.payload["invoice"],
            here=row.OutboxRow.site_id == site.site_id,
        )
        for row in rows
    ]


def notices(invoice: InvoiceFacts) -> Sequence[Notice]:
    """One notice for each way in which usage of this invoice's plan items did not reach the vendor."""
    rows = invoice.reading.rows(
        select(OutboxRow)
        .where(
            OutboxRow.plugin == NAME,
            OutboxRow.invoice_id == invoice.invoice_id,
            OutboxRow.state.in_(_TROUBLE),
        )
        .order_by(OutboxRow.id)
    )
    found = [row.OutboxRow for row in rows]
    return [
        _notice(state, [row for row in found if row.state == state])
        for state in _TROUBLE
        if any(row.state == state for row in found)
    ]


def _notice(state: str, rows: Sequence[OutboxRow]) -> Notice:
    count = len(rows)
    usages = "1 plan service" if count == 1 else f"{count} plan services"
    title, what = {
        "failed": (
            f"{usages} not yet posted to the plan system.",
            "It is tried again by itself; nothing needs doing here.",
        ),
        "conflict": (f"The plan system refused {usages}.", "Look at the plan, then post again or drop it."),
        "given_up": (f"Posting {usages} was given up.", "Mend the cause, then post again."),
        "in_doubt": (f"Whether {usages} arrived is not known.", "Look at the plan before posting again."),
    }[state]
    reasons = " ".join(dict.fromkeys(row.problem for row in rows if row.problem))
    return Notice(
        key=f"posting-{state}",
        kind="warn" if state in ("failed", "in_doubt") else "bad",
        title=title,
        text=f"{reasons} {what}".strip(),
        weight=30,
    )


@dataclass(frozen=True, slots=True)
class InvoiceNamed:
    """An invoice to look at; `id` None where it belongs to another site."""

    id: int | None
    title: str


@dataclass(frozen=True, slots=True)
class Part:
    """What is on its way in one state: a shape, "2 failed", the invoices, the next try by itself."""

    kind: str
    words: str
    invoices: tuple[InvoiceNamed, ...]
    next_try: datetime | None


def tally(postings: Iterable[PostingShown]) -> list[Part]:
    """What is on its way, by state."""
    by_state: dict[str, list[PostingShown]] = {}
    for posting in postings:
        by_state.setdefault(posting.state, []).append(posting)
    return [_part(state, by_state[state]) for state in _WORDS if state in by_state]


def _part(state: str, postings: Sequence[PostingShown]) -> Part:
    kind, word = _WORDS[state]
    return Part(
        kind=kind,
        words=f"{len(postings)} {word}",
        invoices=tuple(
            dict.fromkeys(
                InvoiceNamed(each.invoice_id if each.here else None, each.invoice) for each in postings
            )
        ),
        next_try=min(each.next_attempt_at for each in postings) if state == "failed" else None,
    )
