"""Telling the owners of entitlements what was used: one outbox row per committed or reversed entry."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import bindparam, select

from fetlock.contracts.pricing import EntitlementFacts
from fetlock.database.running import run
from fetlock.domain.catalogue.models import Product
from fetlock.domain.entitlements.ledger import Entry
from fetlock.domain.entitlements.models import EntryKind
from fetlock.domain.invoices.models import Invoice, InvoiceLine
from fetlock.domain.patients.models import Patient
from fetlock.domain.staff.models import Staff
from fetlock.outbox.store import Posting, enqueue
from fetlock.work import Work

ENTITLEMENT_TOPIC: Final = "entitlement"


_LINES: Final = (
    select(
        InvoiceLine.id.label("line_id"),
        InvoiceLine.position,
        InvoiceLine.service_date,
        Product.code,
        Patient.code.label("patient_code"),
        Staff.user_name.label("provider"),
    )
    .join(Product, Product.id == InvoiceLine.product_id)
    .join(Patient, Patient.id == InvoiceLine.patient_id)
    .outerjoin(Staff, Staff.id == InvoiceLine.provider_id)
    .where(InvoiceLine.id.in_(bindparam("line_ids", expanding=True)))
)


def post(
    work: Work,
    invoice: Invoice,
    entries: Sequence[tuple[Entry, dict[str, Any]]],
    entitlements: Mapping[int, EntitlementFacts],
) -> None:
    """Store a parcel for each unit that was committed or given back; its key is the entry's uuid (CPX-2).

    A reversal that restores nothing (the plan has ended, CP-65) is kept here and not sent. What is given
    back goes first: a unit that moves between lines is never, for a moment, one too many.
    """
    telling = [
        (entry, row)
        for entry, row in entries
        if entry.movement.kind is EntryKind.COMMIT
        or (entry.movement.kind is EntryKind.REVERSE and entry.movement.effect)
    ]
    telling.sort(key=lambda told: told[0].movement.kind is EntryKind.COMMIT)
    if not telling:
        return
    session = work.session
    found = run(session, _LINES, {"line_ids": list({entry.line_id for entry, _ in telling})})
    lines = {row.line_id: row for row in found}
    receivers = {
        plugin: topic.receiver.value
        for plugin, topics in work.hooks.registry.topics.items()
        for topic in topics
        if topic.name == ENTITLEMENT_TOPIC
    }
    postings = []
    for entry, row in telling:
        entitlement = entitlements[entry.entitlement_id]
        if entitlement.plugin not in receivers:
            continue
        line = lines[entry.line_id]
        quantity = (
            entry.movement.quantity if entry.movement.kind is EntryKind.COMMIT else -entry.movement.quantity
        )
        postings.append(
            Posting(
                key=row["uuid"],
                plugin=entitlement.plugin,
                topic=ENTITLEMENT_TOPIC,
                aggregate=f"entitlement:{entitlement.chain}",
                subject=f"{entitlement.label} {quantity.normalize():+f}",
                payload={
                    "entitlement_id": entitlement.entitlement_id,
                    "source_key": entitlement.source_key,
                    "quantity": _text(quantity),
                    "product_code": line.code,
                    "service_date": line.service_date.isoformat(),
                    "provider": line.provider or "",
                    "invoice": invoice.title,
                    "line": line.position,
                    "patient": line.patient_code,
                },
                receiver=receivers[entitlement.plugin],
                site_id=work.site.id,
                held=entitlement.plugin not in work.enabled,
                invoice_id=invoice.id,
                invoice_line_id=entry.line_id,
            )
        )
    enqueue(session, postings)


def _text(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
