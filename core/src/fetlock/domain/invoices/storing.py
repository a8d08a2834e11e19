"""Storing priced lines in as few statements as can be: only what changed, and in bulk.

This is the one path where the ORM is left aside: it is taken with every keystroke that saves (see bench/).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, cast

from sqlalchemy import Connection, Row, Table, bindparam, delete, select

from fetlock.database.bulk import Bulk
from fetlock.domain.invoices.models import Invoice, InvoiceLine, LineCoverage, PriceStep
from fetlock.pricing import PricedLine

SUMS: Final = {
    "list_total": "list_amount",
    "savings": "savings",
    "discount": "discount",
    "amount": "amount",
    "net": "net",
    "tax": "tax",
    "gross": "gross",
}
"""Sum of the invoice to the figure of its lines."""

FIGURES: Final = (
    "unit_price",
    "list_amount",
    "covered_quantity",
    "savings",
    "discount",
    "amount",
    "net",
    "tax_percent",
    "tax",
    "gross",
)

_figures = attrgetter(*FIGURES)
_LINES: Final = cast("Table", InvoiceLine.__table__)
_COVERAGE: Final = cast("Table", LineCoverage.__table__)
_STEPS: Final = cast("Table", PriceStep.__table__)

_UPDATE: Final = Bulk(_LINES, ("id", *FIGURES, "price_digest"), updates_by="id")
_INSERT: Final = Bulk(
    _LINES,
    (
        *("invoice_id", "position", "patient_id", "product_id", "description", "quantity", "unit"),
        *("provider_id", "service_date", "source", "preferred_entitlement_id"),
        *("revision", "changed_at", "changed_by", *FIGURES, "price_digest"),
    ),
)
_INSERT_COVERAGE: Final = Bulk(
    _COVERAGE, ("line_id", "position", "entitlement_id", "quantity", "amount", "explanation")
)
_INSERT_STEPS: Final = Bulk(
    _STEPS,
    (
        *("line_id", "position", "phase", "plugin", "plugin_version", "reason_code", "label"),
        *("quantity", "before", "after", "outcome", "source"),
    ),
)
_IDS: Final = select(_LINES.c.position, _LINES.c.id).where(
    _LINES.c.invoice_id == bindparam("invoice_id"), _LINES.c.position >= bindparam("first")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A line that is about to be stored with its price. `key` is its key in the quote, below zero."""

    key: int
    position: int
    patient_id: int
    product_id: int
    description: str
    quantity: Decimal
    unit: str
    provider_id: int | None
    service_date: date
    source: str
    preferred_entitlement_id: int | None


def add_lines(
    connection: Connection,
    invoice: Invoice,
    additions: Sequence[Addition],
    lines: Mapping[int, PricedLine],
    *,
    at: datetime,
    staff_id: int | None,
) -> dict[int, int]:
    """Store new lines with their price; answers the id of each by its key."""
    if not additions:
        return {}
    invoice_id, revision = invoice.id, invoice.revision
    _INSERT.write(
        connection,
        [
            (
                *(invoice_id, new.position, new.patient_id, new.product_id, new.description, new.quantity),
                *(new.unit, new.provider_id, new.service_date, new.source, new.preferred_entitlement_id),
                *(revision, at, staff_id, *_figures(lines[new.key]), _digest(lines[new.key])),
            )
            for new in additions
        ],
    )
    found = connection.execute(_IDS, {"invoice_id": invoice_id, "first": additions[0].position})
    at_position = {row.position: row.id for row in found}
    ids = {new.key: at_position[new.position] for new in additions}
    _store_parts(connection, [(line_id, lines[key]) for key, line_id in ids.items()])
    return ids


def store_lines(connection: Connection, rows: Sequence[Row[Any]], lines: Sequence[PricedLine]) -> None:
    """Write figures, coverage and trace of those lines whose price came out otherwise than stored."""
    stored = {row.id: row.price_digest for row in rows}
    changed = [(line, digest) for line in lines if (digest := _digest(line)) != stored[line.key]]
    if not changed:
        return
    _UPDATE.write(connection, [(line.key, *_figures(line), digest) for line, digest in changed])
    again = [line.key for line, _ in changed if stored[line.key]]
    if again:
        connection.execute(delete(_COVERAGE).where(_COVERAGE.c.line_id.in_(again)))
        connection.execute(delete(_STEPS).where(_STEPS.c.line_id.in_(again)))
    _store_parts(connection, [(line.key, line) for line, _ in changed])


def _store_parts(connection: Connection, lines: Sequence[tuple[int, PricedLine]]) -> None:
    _INSERT_COVERAGE.write(
        connection,
        [
            (line_id, position, part.entitlement_id, part.quantity, part.amount, part.explanation)
            for line_id, line in lines
            for position, part in enumerate(line.coverage)
        ],
    )
    _INSERT_STEPS.write(
        connection,
        [
            (
                *(line_id, position, step.phase, step.plugin, step.version, step.reason_code, step.label),
                *(step.quantity, step.before, step.after, step.outcome, step.source),
            )
            for line_id, line in lines
            for position, step in enumerate(line.steps)
        ],
    )


def _digest(line: PricedLine) -> str:
    """A short fingerprint of all that is stored of a priced line."""
    figures = ":".join(map(str, _figures(line)))
    coverage = [f"{c.entitlement_id}:{c.quantity}:{c.amount}:{c.explanation}" for c in line.coverage]
    steps = [
        f"{s.plugin}:{s.version}:{s.reason_code}:{s.label}:{s.before}:{s.after}:{s.outcome}:{s.source}"
        for s in line.steps
    ]
    text = "|".join([figures, *coverage, *steps])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
