"""What must hold before a line is stored: the product, its quantity, and the plugins' checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row

from fetlock import clock
from fetlock.contracts.checks import Veto
from fetlock.contracts.facts import PatientFacts
from fetlock.contracts.pricing import LineCandidate
from fetlock.domain.invoices import quoting
from fetlock.errors import Blocked, Invalid
from fetlock.platform.reading import SessionReading
from fetlock.work import Work

ZERO = Decimal(0)
MOST: Final = Decimal(100_000)
"""No line holds more units than this: beyond it, a quantity is a slip of the keyboard."""


class TooFine(Invalid):
    """A quantity with more decimals than the product's unit has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A line as somebody wants it. `stands_already`: it is on the invoice, so its product may be inactive."""

    patient_id: int
    product_id: int
    quantity: Decimal
    service_date: date
    preferred_entitlement_id: int | None = None
    stands_already: bool = False


def require_allowed(
    work: Work, wanted: Sequence[Wanted], known: Mapping[int, PatientFacts] | None = None
) -> dict[int, Row[*tuple[Any, ...]]]:
    """The products' rows (see `quoting.products`) by id. `known`: facts of the patients, where they are read.

    Raises `Invalid` beside the field, or `Blocked` with all reasons.
    """
    products = quoting.products(work.session, {line.product_id for line in wanted}, work.site.id)
    too_fine: TooFine | None = None
    for line in wanted:
        product = products.get(line.product_id)
        if product is None:
            raise Invalid({"product": "There is no such product."})
        if not product.active and not line.stands_already:
            raise Invalid({"product": f"{product.product_code} is inactive and can no longer be added."})
        try:
            require_quantity(line.quantity, product.product_code, product.unit, product.unit_decimals)
        except TooFine as error:  # a plugin may know a better way out than whole numbers (CP-66)
            too_fine = too_fine or error
    if work.hooks.implementers("check_invoice_line", work.enabled):
        vetoes = _vetoes(work, wanted, products, known)
        if vetoes:
            raise Blocked(vetoes)
    if too_fine is not None:
        raise too_fine
    return products


def require_quantity(quantity: Decimal, code: str, unit: str, decimals: int) -> None:
    """Raise `Invalid` unless the quantity is possible for a product counted in `unit`."""
    if not quantity.is_finite() or quantity <= ZERO:
        raise Invalid({"quantity": "Enter a quantity above 0. To give something back, use Return."})
    if quantity > MOST:
        raise Invalid({"quantity": f"Enter at most {MOST:,f}."})
    if quantity != quantity.quantize(Decimal(1).scaleb(-decimals)):
        what = "whole numbers only" if decimals == 0 else f"at most {decimals} decimals"
        raise TooFine({"quantity": f"{code} is counted in {unit}: {what}."})


def _vetoes(
    work: Work,
    wanted: Sequence[Wanted],
    products: Mapping[int, Row[Any]],
    known: Mapping[int, PatientFacts] | None,
) -> list[Veto]:
    session = work.session
    patients = known or quoting.patient_facts(session, {line.patient_id for line in wanted})
    if any(line.patient_id not in patients for line in wanted):
        raise Invalid({"patient": "There is no such patient."})
    day = clock.today(work.site.time_zone)
    entitlements = quoting.entitlement_facts(session, list(patients), work.enabled, day)
    found: list[Veto] = []
    for line in wanted:
        candidate = LineCandidate(
            line=quoting.product_line(
                products[line.product_id],
                key=0,
                patient_id=line.patient_id,
                quantity=line.quantity,
                day=line.service_date,
                preferred_entitlement_id=line.preferred_entitlement_id,
            ),
            site=work.site_facts,
            patient=patients[line.patient_id],
            entitlements=tuple(e for e in entitlements if e.patient_id == line.patient_id),
            reading=SessionReading(session),
        )
        found += checked(work, "check_invoice_line", candidate)
    return found


def checked(work: Work, hook: str, context: object) -> list[Veto]:
    """Every veto of a check hook; a plugin that fails in a check blocks, and is named (PL-5)."""
    found: list[Veto] = []
    for answer in work.hooks.call(hook, context, work.enabled):
        if answer.failure is not None:
            label = work.hooks.registry.plugins[answer.plugin].manifest.label
            text = f"{label} could not check this (incident {answer.failure.incident})."
            found.append(Veto(reason=text, code="plugin_failed", plugin=answer.plugin))
        else:
            found += [replace(veto, plugin=answer.plugin) for veto in answer.value]
    return found
