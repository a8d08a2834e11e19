"""The one pricing service (H-30): propose, lock, fold, store the trace, move the ledger.

Every command that changes a line ends here; viewing never does.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from fetlock import clock
from fetlock.contracts.facts import PatientFacts
from fetlock.contracts.pricing import EntitlementFacts, QuoteLine
from fetlock.domain.entitlements import ledger
from fetlock.domain.entitlements.movements import Held, Occasion, Place, movements
from fetlock.domain.invoices import quoting, settling, storing
from fetlock.domain.invoices.models import Invoice, InvoiceState
from fetlock.domain.invoices.proposals import Proposals, ask_for_proposals
from fetlock.domain.invoices.returning import price_returns
from fetlock.domain.invoices.storing import Addition
from fetlock.pricing import Availability, PricedLine, fold
from fetlock.work import Work

ZERO = Decimal(0)
RETURN_USED_AGAIN: Final = (
    "The units that came back with this return have been used again since. Take them off there first."
)


@dataclass(slots=True)
class Repriced:
    """The outcome: every line as priced now, by its id, and which plugins failed.

    `before`: title ("Line 2, Nail trim") and amount of each line that stood already. `added`: the ids of
    the lines that are new, in the order given.
    """

    lines: dict[int, PricedLine] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    before: dict[int, tuple[str, Decimal]] = field(default_factory=dict)
    added: list[int] = field(default_factory=list)


def reprice(
    work: Work,
    invoice: Invoice,
    additions: Sequence[tuple[Addition, QuoteLine]] = (),
    known: Mapping[int, PatientFacts] | None = None,
) -> Repriced:
    """Price every line of a locked invoice that stands, and store what changed.

    `additions`: lines to be added, which are stored with their price at once. `known`: patients whose facts
    were read already. The caller has locked the invoice's row, and flushed lines that it changed. Lock order:
    invoice, entitlements. Raises `Conflict` where a returning line was taken off and what it had brought
    back is used elsewhere by now.
    """
    connection = work.session.connection()
    is_new = bool(additions) and additions[0][0].position == 1  # nothing stands on it, or is held by it
    rows = [] if is_new else quoting.invoice_lines(work.session, invoice.id, invoice.site_id)
    held = {} if is_new else ledger.held_by_invoice(work.session, invoice.id)
    returned = price_returns(work, [row for row in rows if row.returns_line_id is not None])
    quoted = [quoting.quote_line(row) for row in rows if row.returns_line_id is None]
    quoted += [line for _, line in additions]
    day = clock.today(work.site.time_zone)
    terms = _lock_terms(work, quoted, {place[1] for place in held.keys() | _targets(returned).keys()}, day)
    quote = quoting.build_quote(
        work,
        invoice.id,
        tuple(quoted),
        invoice.prices_include_tax,
        patients=known,
        entitlements=tuple(e for e in terms.values() if e.plugin in work.enabled and e.valid_to >= day),
    )
    proposals = ask_for_proposals(work.hooks, work.enabled, quote)
    usable = {key: term.usable for key, term in terms.items()}
    occasion = Occasion.EDIT if invoice.state == InvoiceState.OPEN else Occasion.EDIT_REOPENED
    # What comes back (or no longer does) is settled first: selling lines share what is left after it.
    held_back = {place: holding for place, holding in held.items() if holding.total < ZERO}
    moves = movements(held_back, _targets(returned), occasion, usable)
    left = {key: term.available for key, term in terms.items()}
    for entitlement_id, effect in settling.effects(moves).items():
        left[entitlement_id] -= effect
    held_by_sold = {place: holding for place, holding in held.items() if place not in held_back}
    priced = fold(quote, proposals.accepted, _availability(terms, left, held_by_sold))
    ids = storing.add_lines(
        connection,
        invoice,
        [addition for addition, _ in additions],
        {line.key: line for line in priced.lines},
        at=clock.now(),
        staff_id=work.actor.staff_id,
    )
    standing = [line for line in priced.lines if line.key not in ids]
    storing.store_lines(connection, rows, [*standing, *returned])
    moves += movements(held_by_sold, _targets(priced.lines, ids), occasion, usable)
    gone = {place[1] for place in held_back if place not in _targets(returned)}
    added = {key: effect for key, effect in settling.effects(moves).items() if key in gone}
    settling.require_room({key: terms[key].available for key in added}, added, RETURN_USED_AGAIN)
    lines = {ids.get(line.key, line.key): line for line in (*priced.lines, *returned)}
    _store_sums(invoice, lines.values(), proposals)
    settling.append(work, invoice, moves)
    before = {row.id: (f"Line {row.position}, {row.description}", row.amount) for row in rows}
    return Repriced(lines, proposals.failed, before, list(ids.values()))


def _targets(lines: Iterable[PricedLine], ids: Mapping[int, int] | None = None) -> dict[Place, Decimal]:
    """What the lines cover; `ids`: of new ones by their key."""
    known = ids or {}
    return {
        (known.get(line.key, line.key), part.entitlement_id): part.quantity
        for line in lines
        for part in line.coverage
    }


def _lock_terms(
    work: Work, lines: Sequence[QuoteLine], held: Collection[int], day: date
) -> dict[int, EntitlementFacts]:
    """Lock, and answer by id, what may cover these lines and what the invoice holds."""
    patient_ids = {line.patient_id for line in lines}
    found = quoting.entitlement_facts(work.session, patient_ids, work.enabled, day, also=held, lock=True)
    return {facts.entitlement_id: facts for facts in found}


def _availability(
    terms: Mapping[int, EntitlementFacts], left: Mapping[int, Decimal], held: Mapping[Place, Held]
) -> list[Availability]:
    """What the selling lines may use: what is left, and what they hold already.

    An entitlement that may no longer be used covers what they hold, and nothing more.
    """
    own: dict[int, Decimal] = {}
    for (_, entitlement_id), holding in held.items():
        own[entitlement_id] = own.get(entitlement_id, ZERO) + holding.total
    found = []
    for key, term in terms.items():
        holds = own.get(key, ZERO)
        available = left[key] + holds
        if not term.usable:
            available = min(available, holds)
        order = (term.valid_to, term.valid_from, term.chain)
        found.append(Availability(key, term.plugin, term.patient_id, available, order))
    return found


def _store_sums(invoice: Invoice, lines: Collection[PricedLine], proposals: Proposals) -> None:
    for name, line_name in storing.SUMS.items():
        setattr(invoice, name, sum((getattr(line, line_name) for line in lines), ZERO))
    invoice.priced_by = proposals.versions
    invoice.incomplete = sorted(proposals.failed)
    invoice.must_reprice = ""
