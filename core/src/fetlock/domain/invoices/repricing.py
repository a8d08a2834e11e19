"""The one pricing service (H-30): propose, lock, fold, store the trace, move the ledger.

Every command that changes a line ends here; viewing never does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fetlock import clock
from fetlock.domain.entitlements import ledger
from fetlock.domain.entitlements.ledger import Entry, Term
from fetlock.domain.entitlements.movements import Held, Occasion, movements
from fetlock.domain.invoices import quoting, storing
from fetlock.domain.invoices.models import Invoice, InvoiceState
from fetlock.domain.invoices.proposals import Proposals, ask_for_proposals
from fetlock.domain.invoices.returning import price_returns
from fetlock.platform.work import Work
from fetlock.pricing import Availability, PricedInvoice, PricedLine, Proposal, fold

ZERO = Decimal(0)


@dataclass(slots=True)
class Repriced:
    """The outcome: every line as priced now, and which plugins failed.

    `before`: each line's title ("Line 2, Nail trim") and amount as they stood until now.
    """

    lines: dict[int, PricedLine] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    before: dict[int, tuple[str, Decimal]] = field(default_factory=dict)


def reprice(work: Work, invoice: Invoice) -> Repriced:
    """Price every line of a locked invoice that stands, and store what changed.

    The caller has locked the invoice's row. Lock order: invoice, entitlements.
    """
    rows = quoting.invoice_lines(work.session, invoice.id, invoice.site_id)
    selling = [row for row in rows if row.returns_line_id is None]
    quote = quoting.build_quote(
        work, invoice.id, tuple(quoting.quote_line(row) for row in selling), invoice.prices_include_tax
    )
    proposals = ask_for_proposals(work.hooks, work.enabled, quote)
    held = ledger.held_by_invoice(work.session, invoice.id)
    returned = price_returns(work, [row for row in rows if row.returns_line_id is not None])
    wanted = {entitlement_id for _, entitlement_id in held}
    wanted |= {p.adjustment.entitlement_id for p in proposals.accepted if p.adjustment.entitlement_id}
    wanted |= {part.entitlement_id for line in returned for part in line.coverage}
    terms = ledger.lock(work.session, wanted)
    used = ledger.used(work.session, wanted)
    priced = fold(quote, proposals.accepted, _availability(quote.day, terms, used, held, proposals.accepted))
    lines = PricedInvoice(priced.lines + tuple(returned))
    storing.store_lines(work.session, rows, lines.lines)
    _store_sums(invoice, lines, proposals)
    occasion = Occasion.EDIT if invoice.state == InvoiceState.OPEN else Occasion.EDIT_REOPENED
    move_ledger(work, invoice, lines.lines, terms, held, occasion)
    before = {row.id: (f"Line {row.position}, {row.description}", row.amount) for row in rows}
    return Repriced({line.key: line for line in lines.lines}, proposals.failed, before)


def preview(work: Work, lines: tuple[Any, ...]) -> PricedInvoice:
    """The same fold without the ledger: what lines would cost if they were added now."""
    quote = quoting.build_quote(work, None, lines, work.site.prices_include_tax)
    proposals = ask_for_proposals(work.hooks, work.enabled, quote)
    availability = [
        Availability(
            facts.entitlement_id,
            facts.patient_id,
            facts.available if facts.usable else ZERO,
            (facts.valid_to, facts.valid_from, facts.chain),
        )
        for facts in quote.entitlements
    ]
    return fold(quote, proposals.accepted, availability)


def _availability(
    day: Any,
    terms: Mapping[int, Term],
    used: Mapping[int, Decimal],
    held: Mapping[tuple[int, int], Held],
    proposals: Iterable[Proposal],
) -> list[Availability]:
    """What this invoice may use: what is left, and what it holds already.

    An entitlement that may no longer be used covers what its lines hold, and nothing more. What a
    returning line brings back is not the invoice's own: it is part of what is left.
    """
    own: dict[int, Decimal] = {}
    for (_, entitlement_id), holding in held.items():
        if holding.total > ZERO:
            own[entitlement_id] = own.get(entitlement_id, ZERO) + holding.total
    found = []
    proposed = {p.adjustment.entitlement_id: p.plugin for p in proposals}
    for term in terms.values():
        if proposed.get(term.entitlement_id) != term.plugin:
            continue
        holds = own.get(term.entitlement_id, ZERO)
        left = term.included - used.get(term.entitlement_id, ZERO)
        available = left + holds if term.usable_on(day) else holds
        found.append(
            Availability(
                term.entitlement_id, term.patient_id, available, (term.valid_to, term.valid_from, term.chain)
            )
        )
    return found


def move_ledger(
    work: Work,
    invoice: Invoice,
    lines: Sequence[PricedLine],
    terms: Mapping[int, Term],
    held: Mapping[tuple[int, int], Held],
    occasion: Occasion,
) -> list[tuple[Entry, dict[str, Any]]]:
    """Append what brings the ledger to the coverage of `lines`; answers each entry with its stored row."""
    day = clock.today(work.site.time_zone)
    target = {(line.key, part.entitlement_id): part.quantity for line in lines for part in line.coverage}
    entries = [
        Entry(entitlement_id, movement, line_id)
        for line_id, entitlement_id in sorted(target.keys() | held.keys())
        for movement in movements(
            held.get((line_id, entitlement_id), Held()),
            target.get((line_id, entitlement_id), ZERO),
            occasion,
            restores=terms[entitlement_id].usable_on(day),
        )
    ]
    rows = ledger.append(
        work.session,
        entries,
        at=clock.now(),
        staff_id=work.actor.staff_id,
        invoice_id=invoice.id,
        invoice_revision=invoice.revision,
    )
    return list(zip(entries, rows, strict=True))


def _store_sums(invoice: Invoice, priced: PricedInvoice, proposals: Proposals) -> None:
    for name, line_name in storing.SUMS.items():
        setattr(invoice, name, sum((getattr(line, line_name) for line in priced.lines), ZERO))
    invoice.priced_by = proposals.versions
    invoice.incomplete = sorted(proposals.failed)
    invoice.must_reprice = ""
