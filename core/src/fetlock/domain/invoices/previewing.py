"""What lines would cost, before anything is saved: the same fold, without the ledger (H-30, CPX-30).

Reads only, so it runs in a read-only transaction; what a person sees here, saving gives, unless somebody
uses a plan's unit in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select

from fetlock import clock
from fetlock.contracts.pricing import EntitlementFacts, QuoteLine
from fetlock.domain.catalogue.models import Product
from fetlock.domain.entitlements import ledger
from fetlock.domain.invoices import opening, quoting
from fetlock.domain.invoices.candidates import Wanted, require_allowed
from fetlock.domain.invoices.lines import NewLine
from fetlock.domain.invoices.models import InvoiceLine
from fetlock.domain.invoices.proposals import Proposals, ask_for_proposals
from fetlock.errors import NotFound
from fetlock.pricing import Availability, PricedInvoice, PricedLine, fold
from fetlock.work import Work

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What came out. `added`: the new lines, in the order given; `lines`: all, by id or negative key.

    `left`: entitlement id to the units that would then be free; `failed`: plugins that could not take part.
    """

    added: tuple[PricedLine, ...]
    lines: Mapping[int, PricedLine]
    left: Mapping[int, Decimal]
    failed: tuple[str, ...]
    total: PricedInvoice


def preview_new(work: Work, new: Sequence[NewLine], *, invoice_id: int | None = None) -> Preview:
    """Preview lines that would be added to an invoice, or to an empty one. Raises as adding them would."""
    check(work, new)
    return _preview(work, _standing(work, invoice_id), new, invoice_id)


def preview_change(
    work: Work, line_id: int, *, quantity: Decimal, preferred_entitlement_id: int | None = None
) -> Preview:
    """Preview a line with another quantity, among the other lines of its invoice."""
    line = work.session.get(InvoiceLine, line_id)
    if line is None or line.removed_at is not None:
        raise NotFound("There is no such line.")
    opening.get(work.session, work.site.id, line.invoice_id)
    preferred = preferred_entitlement_id or line.preferred_entitlement_id
    wanted = Wanted(
        patient_id=line.patient_id,
        product_id=line.product_id,
        quantity=quantity,
        service_date=line.service_date,
        preferred_entitlement_id=preferred,
        stands_already=True,
    )
    require_allowed(work, [wanted])
    rows = [
        replace(row, quantity=quantity, preferred_entitlement_id=preferred) if row.key == line_id else row
        for row in _standing(work, line.invoice_id)
    ]
    return _preview(work, rows, (), line.invoice_id)


def price_each(
    work: Work, new: Sequence[NewLine], *, invoice_id: int | None = None
) -> list[tuple[PricedLine, frozenset[int]]]:
    """Price each of these as if it alone were added: what a list of products to choose from shows.

    With each the entitlements that may cover it, whether they have units left or not. One proposal of the
    plugins for all of them, one fold for each.
    """
    added = quote_lines(work, new)
    quote = quoting.build_quote(work, invoice_id, tuple(added), work.site.prices_include_tax)
    proposals = ask_for_proposals(work.hooks, work.enabled, quote)
    availability = _availability(quote.entitlements, {})
    found = []
    for line in added:
        own = [p for p in proposals.accepted if p.adjustment.line == line.key]
        [priced] = fold(replace(quote, lines=(line,)), own, availability).lines
        covering = frozenset(p.adjustment.entitlement_id for p in own if p.adjustment.entitlement_id)
        found.append((priced, covering))
    return found


def check(work: Work, new: Sequence[NewLine]) -> None:
    """Raise as adding these lines would: `Invalid` beside the field, `Blocked` with the reasons."""
    today = clock.today(work.site.time_zone)
    wanted = [
        Wanted(
            patient_id=line.patient_id,
            product_id=line.product_id,
            quantity=line.quantity,
            service_date=line.service_date or today,
            preferred_entitlement_id=line.preferred_entitlement_id,
        )
        for line in new
    ]
    require_allowed(work, wanted)


def _standing(work: Work, invoice_id: int | None) -> list[QuoteLine]:
    """The selling lines of the invoice as they stand; returning ones have their price already."""
    if invoice_id is None:
        return []
    opening.get(work.session, work.site.id, invoice_id)
    rows = quoting.invoice_lines(work.session, invoice_id, work.site.id)
    return [quoting.quote_line(row) for row in rows if row.returns_line_id is None]


def _preview(
    work: Work, standing: Sequence[QuoteLine], new: Sequence[NewLine], invoice_id: int | None
) -> Preview:
    added = quote_lines(work, new)
    includes_tax = work.site.prices_include_tax
    if invoice_id is not None:
        includes_tax = opening.get(work.session, work.site.id, invoice_id).prices_include_tax
    quote = quoting.build_quote(work, invoice_id, (*standing, *added), includes_tax)
    proposals: Proposals = ask_for_proposals(work.hooks, work.enabled, quote)
    own = _own(work, invoice_id)
    availability = _availability(quote.entitlements, own)
    priced = fold(quote, proposals.accepted, availability)
    used: dict[int, Decimal] = {}
    for line in priced.lines:
        for part in line.coverage:
            used[part.entitlement_id] = used.get(part.entitlement_id, ZERO) + part.quantity
    by_key = {line.key: line for line in priced.lines}
    return Preview(
        added=tuple(by_key[line.key] for line in added),
        lines=by_key,
        left={a.entitlement_id: a.available - used.get(a.entitlement_id, ZERO) for a in availability},
        failed=tuple(sorted(proposals.failed)),
        total=priced,
    )


def _own(work: Work, invoice_id: int | None) -> dict[int, Decimal]:
    """What the invoice's selling lines hold of each entitlement, which it may use again."""
    found: dict[int, Decimal] = {}
    if invoice_id is not None:
        for (_, entitlement_id), holding in ledger.held_by_invoice(work.session, invoice_id).items():
            if holding.total > ZERO:
                found[entitlement_id] = found.get(entitlement_id, ZERO) + holding.total
    return found


def _availability(entitlements: Sequence[EntitlementFacts], own: Mapping[int, Decimal]) -> list[Availability]:
    return [
        Availability(
            entitlement_id=facts.entitlement_id,
            plugin=facts.plugin,
            patient_id=facts.patient_id,
            available=(facts.available if facts.usable else ZERO) + own.get(facts.entitlement_id, ZERO),
            order=(facts.valid_to, facts.valid_from, facts.chain),
        )
        for facts in entitlements
    ]


def quote_lines(work: Work, new: Sequence[NewLine]) -> list[QuoteLine]:
    """New lines as plugins see them, under the keys -1, -2, … in the order given."""
    today = clock.today(work.site.time_zone)
    statement = products_with_prices(work).where(Product.id.in_({line.product_id for line in new}))
    rows = {row.id: row for row in work.session.execute(statement)}
    return [
        quoting.product_line(
            rows[line.product_id],
            key=-number,
            patient_id=line.patient_id,
            quantity=line.quantity,
            day=line.service_date or today,
            preferred_entitlement_id=line.preferred_entitlement_id,
        )
        for number, line in enumerate(new, start=1)
    ]


def products_with_prices(work: Work) -> Select[*tuple[Any, ...]]:
    """Products with all that a quote says of them, one row each, without the ORM's objects."""
    columns: Any = select(Product.id, Product.unit, *quoting.PRICE_COLUMNS)
    statement: Select[*tuple[Any, ...]] = quoting.with_prices(columns, work.site.id)
    return statement
