"""Closing, reopening and voiding invoices: where the ledger settles and the outside is told (CP-67)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import bindparam, select

from fetlock import clock
from fetlock.contracts.pricing import EntitlementFacts, InvoiceFacts
from fetlock.database.running import run
from fetlock.domain.audit import service as audit
from fetlock.domain.entitlements import ledger
from fetlock.domain.entitlements.movements import Occasion, movements
from fetlock.domain.invoices import numbering, on_account, opening, posting, quoting, repricing, settling
from fetlock.domain.invoices.candidates import checked
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState, LineCoverage
from fetlock.domain.treatment import following
from fetlock.errors import Blocked, Conflict, Invalid
from fetlock.outbox.events import announce
from fetlock.platform.reading import SessionReading
from fetlock.work import Work

ZERO = Decimal(0)
_COVERED: Final = (
    select(LineCoverage.line_id, LineCoverage.entitlement_id, LineCoverage.quantity)
    .join(InvoiceLine, InvoiceLine.id == LineCoverage.line_id)
    .where(InvoiceLine.invoice_id == bindparam("invoice_id"), InvoiceLine.removed_at.is_(None))
)
_PLAN_CHANGED: Final = "A plan changed since this invoice was priced. Reprice the invoice, then close it."


def facts_of(work: Work, invoice: Invoice) -> InvoiceFacts:
    """The invoice as checks and notices see it."""
    patients = work.session.scalars(
        select(InvoiceLine.patient_id)
        .where(InvoiceLine.invoice_id == invoice.id, InvoiceLine.removed_at.is_(None))
        .distinct()
    )
    return InvoiceFacts(
        invoice_id=invoice.id,
        number=invoice.reference,
        state=invoice.state,
        revision=invoice.revision,
        site=work.site_facts,
        client_id=invoice.client_id,
        patient_ids=tuple(sorted(patients)),
        gross=invoice.gross,
        balance=invoice.balance,
        reading=SessionReading(work.session),
    )


def close(work: Work, invoice_id: int, *, override_reason: str = "") -> Invoice:
    """Close an invoice whose balance is zero: settle the ledger, give the number, tell the outside.

    An incomplete price (H-33) or a check's veto needs `invoices.override` and a reason. Raises
    `Conflict` where it is not open, not paid or must be repriced, `Blocked` with the reasons otherwise.
    """
    work.require("invoices.close")
    invoice = opening.lock_open(work, invoice_id)
    if invoice.balance != ZERO:
        raise Conflict(f"The balance is {invoice.balance:.2f}. An invoice closes when it is 0.00.")
    if invoice.must_reprice:
        raise Conflict(f"{invoice.must_reprice} Reprice the invoice, then close it.")
    rows = quoting.invoice_lines(work.session, invoice.id, invoice.site_id)
    if not rows:
        raise Conflict("There are no lines to close. Void the invoice instead.")
    _require_unblocked(work, invoice, override_reason)
    invoice.revision += 1
    now = clock.now()
    entries, entitlements = _settle(work, invoice, Occasion.CLOSE)
    numbering.give_number(work, invoice)
    invoice.state = InvoiceState.CLOSED.value
    invoice.closed_at = now
    invoice.first_closed_at = invoice.first_closed_at or now
    total = f"Total {invoice.gross:.2f}"
    opening.note(work, invoice, "closed", total, reason=override_reason, snapshot=snapshot(rows))
    work.session.flush()
    posting.post(work, invoice, entries, entitlements)
    announce(
        work,
        "invoice_closed",
        f"invoice:{invoice.id}",
        {"invoice_id": invoice.id, "revision": invoice.revision, "line_ids": [row.id for row in rows]},
    )
    returning = [row.id for row in rows if row.returns_line_id is not None]
    if returning:
        announce(
            work,
            "items_returned",
            f"invoice:{invoice.id}",
            {"invoice_id": invoice.id, "line_ids": returning},
        )
    return invoice


def reopen(work: Work, invoice_id: int, *, reason: str) -> Invoice:
    """Open a closed invoice again. Nothing moves in the ledger, nothing is sent (QA33).

    Raises `Conflict` where items of it were returned: what came back was priced as it was sold here.
    """
    work.require("invoices.reopen")
    invoice = opening.lock(work, invoice_id)
    if invoice.state != InvoiceState.CLOSED:
        raise Conflict(f"{invoice.title} is {invoice.state}; only a closed invoice is reopened.")
    _require_reason(reason)
    _require_no_returns(work, invoice)
    invoice.revision += 1
    invoice.state = InvoiceState.REOPENED.value
    invoice.closed_at = None
    opening.note(work, invoice, "reopened", reason=reason)
    work.session.flush()
    announce(
        work,
        "invoice_reopened",
        f"invoice:{invoice.id}",
        {"invoice_id": invoice.id, "revision": invoice.revision},
    )
    return invoice


def void(work: Work, invoice_id: int, *, reason: str) -> Invoice:
    """Void an invoice that no money is paid on: its lines count for nothing, its number stays taken.

    What was moved to accounts comes off them again (H-38).
    """
    work.require("invoices.void")
    invoice = opening.lock(work, invoice_id)
    if invoice.state == InvoiceState.VOID:
        raise Conflict(f"{invoice.title} is void already.")
    _require_reason(reason)
    _require_no_returns(work, invoice)
    on_account.take_back(work, invoice)
    invoice.revision += 1
    rows = quoting.invoice_lines(work.session, invoice.id, invoice.site_id)
    entries, entitlements = _settle(work, invoice, Occasion.VOID)
    invoice.state = InvoiceState.VOID.value
    following.invoice_voided(work.session, [row.id for row in rows])
    opening.note(work, invoice, "voided", reason=reason, snapshot=snapshot(rows))
    work.session.flush()
    posting.post(work, invoice, entries, entitlements)
    audit.record(
        work.session,
        "invoice.void",
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"invoice:{invoice.id}",
        reason=reason,
    )
    return invoice


def snapshot(rows: Sequence[Any]) -> dict[str, Any]:
    """The lines as they stand, money as text of two decimals."""
    names = ("list_amount", "savings", "discount", "amount", "net", "tax", "gross", "quantity", "unit_price")
    return {
        "lines": [
            {
                "line_id": row.id,
                "position": row.position,
                "patient_id": row.patient_id,
                "product": row.product_code,
                "service_date": row.service_date.isoformat(),
                "provider_id": row.provider_id,
            }
            | {name: str(getattr(row, name)) for name in names}
            for row in rows
        ]
    }


def _settle(
    work: Work, invoice: Invoice, occasion: Occasion
) -> tuple[settling.Entries, dict[int, EntitlementFacts]]:
    """Turn what the invoice's lines hold into what they cover in the end, in the ledger.

    Answers the entries with the entitlements they belong to, which stay locked.
    """
    session = work.session
    held = ledger.held_by_invoice(session, invoice.id)
    target = {
        (row.line_id, row.entitlement_id): row.quantity
        for row in run(session, _COVERED, {"invoice_id": invoice.id})
    }
    ids = {entitlement_id for _, entitlement_id in target.keys() | held.keys()}
    day = clock.today(work.site.time_zone)
    facts = quoting.entitlement_facts(session, (), (), day, also=ids, lock=True)
    entitlements = {entry.entitlement_id: entry for entry in facts}
    moves = movements(held, target, occasion, {key: entry.usable for key, entry in entitlements.items()})
    # closing commits what is reserved: more is used by it only when something changed since the last pricing
    message = repricing.RETURN_USED_AGAIN if occasion is Occasion.VOID else _PLAN_CHANGED
    available = {key: entry.available for key, entry in entitlements.items()}
    settling.require_room(available, settling.effects(moves), message)
    return settling.append(work, invoice, moves), entitlements


def _require_unblocked(work: Work, invoice: Invoice, override_reason: str) -> None:
    vetoes = []
    if work.hooks.implementers("check_invoice_close", work.enabled):
        vetoes = checked(work, "check_invoice_close", facts_of(work, invoice))
    incomplete = [f"price incomplete: {name}" for name in invoice.incomplete]
    if not vetoes and not incomplete:
        return
    may_override = work.actor.may("invoices.override") and override_reason.strip()
    if vetoes and not (may_override and all(veto.overridable for veto in vetoes)):
        raise Blocked(vetoes)
    if incomplete and not may_override:
        labels = work.hooks.registry.plugins
        named = ", ".join(labels[n].manifest.label if n in labels else n for n in invoice.incomplete)
        raise Conflict(
            f"Price incomplete: {named} could not take part in pricing. Reprice the invoice; to close it "
            "as it is, a person with the permission gives a reason."
        )
    audit.record(
        work.session,
        "invoice.override",
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"invoice:{invoice.id}",
        reason=override_reason,
        detail={"against": incomplete + [f"{veto.plugin}: {veto.code}" for veto in vetoes]},
    )


def _require_no_returns(work: Work, invoice: Invoice) -> None:
    lines = select(InvoiceLine.id).where(InvoiceLine.invoice_id == invoice.id)
    returning = work.session.scalar(
        select(Invoice)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .where(
            InvoiceLine.returns_line_id.in_(lines),
            InvoiceLine.removed_at.is_(None),
            Invoice.state != InvoiceState.VOID,
        )
        .limit(1)
    )
    if returning is not None:
        what = "Remove that return" if returning.state == InvoiceState.OPEN else f"Void {returning.title}"
        raise Conflict(f"Items of this invoice were returned on {returning.title}. {what} first.")


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid({"reason": "Give a reason; it is kept with the invoice."})
