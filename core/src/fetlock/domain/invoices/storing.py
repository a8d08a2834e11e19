"""Storing priced lines in as few statements as can be: only what changed, and in bulk.

This is the one path where the ORM is left aside: it is taken with every keystroke that saves (see bench/).
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final, cast

from sqlalchemy import Row, Table, bindparam, delete, insert, update
from sqlalchemy.orm import Session

from fetlock.domain.invoices.models import InvoiceLine, LineCoverage, PriceStep
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

_LINES = cast("Table", InvoiceLine.__table__)
_COVERAGE = cast("Table", LineCoverage.__table__)
_STEPS = cast("Table", PriceStep.__table__)

_UPDATE = (
    update(_LINES)
    .where(_LINES.c.id == bindparam("line_id"))
    .values({name: bindparam(f"new_{name}") for name in (*FIGURES, "price_digest")})
)
_INSERT_COVERAGE = insert(_COVERAGE)
_INSERT_STEPS = insert(_STEPS)


def store_lines(session: Session, rows: Sequence[Row[Any]], lines: Sequence[PricedLine]) -> None:
    """Write figures, coverage and trace of those lines whose price came out otherwise than stored."""
    stored = {row.id: row.price_digest for row in rows}
    changed = [(line, digest) for line in lines if (digest := _digest(line)) != stored[line.key]]
    if not changed:
        return
    session.flush()
    connection = session.connection()
    connection.execute(
        _UPDATE,
        [
            {"line_id": line.key, "new_price_digest": digest}
            | {f"new_{name}": getattr(line, name) for name in FIGURES}
            for line, digest in changed
        ],
    )
    again = [line.key for line, _ in changed if stored[line.key]]
    if again:
        connection.execute(delete(_COVERAGE).where(_COVERAGE.c.line_id.in_(again)))
        connection.execute(delete(_STEPS).where(_STEPS.c.line_id.in_(again)))
    coverage = [
        {
            "line_id": line.key,
            "position": position,
            "entitlement_id": part.entitlement_id,
            "quantity": part.quantity,
            "amount": part.amount,
            "explanation": part.explanation,
        }
        for line, _ in changed
        for position, part in enumerate(line.coverage)
    ]
    if coverage:
        connection.execute(_INSERT_COVERAGE, coverage)
    connection.execute(
        _INSERT_STEPS,
        [
            {
                "line_id": line.key,
                "position": position,
                "phase": step.phase.value,
                "plugin": step.plugin,
                "plugin_version": step.version,
                "reason_code": step.reason_code,
                "label": step.label,
                "quantity": step.quantity,
                "before": step.before,
                "after": step.after,
                "outcome": step.outcome.value,
                "source": step.source,
            }
            for line, _ in changed
            for position, step in enumerate(line.steps)
        ],
    )


def _digest(line: PricedLine) -> str:
    """A short fingerprint of all that is stored of a priced line."""
    text = "|".join(
        [str(getattr(line, name)) for name in FIGURES]
        + [f"{c.entitlement_id}:{c.quantity}:{c.amount}:{c.explanation}" for c in line.coverage]
        + [
            f"{s.plugin}:{s.version}:{s.reason_code}:{s.label}:{s.before}:{s.after}:{s.outcome}:{s.source}"
            for s in line.steps
        ]
    )
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
