"""The words and shapes of invoices: states, phases of a price, what has happened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from fetlock.domain.invoices.view_values import (
    CoverageView,
    DeliveryView,
    InvoiceView,
    LineView,
    PaymentView,
    StepView,
)

ZERO = Decimal(0)

INVOICE_STATES: Final = {
    "open": ("open", "Open"),
    "reopened": ("work", "Reopened"),
    "closed": ("ok", "Closed"),
    "void": ("off", "Void"),
}
"""State of an invoice to its shape and word."""

PLAN_STATES: Final = {
    "reserved": ("wait", "Reserved"),
    "committed": ("ok", "Used"),
    "pending": ("wait", "Waiting"),
    "sending": ("work", "Posting"),
    "sent": ("ok", "Posted"),
    "failed": ("bad", "Failed"),
    "conflict": ("bad", "Conflict"),
    "given_up": ("bad", "Given up"),
    "held": ("off", "Held"),
    "in_doubt": ("warn", "In doubt"),
    "dropped": ("off", "Dropped"),
}
"""State of a covered part, or of its delivery to the plan, to its shape and word (CPX-4)."""

METHODS: Final = (("card", "Card"), ("cash", "Cash"), ("bank", "Bank"), ("cheque", "Cheque"))

SETTLEMENTS: Final = {"account": "on account", "insurer": "owed by an insurer", "credit": "from credit"}
"""How an invoice's balance went elsewhere without money passing on it (H-38)."""

HAPPENED: Final = {
    "opened": "Begun",
    "line_added": "Added",
    "line_changed": "Changed",
    "line_removed": "Removed",
    "line_restored": "Put back",
    "line_returned": "Returned",
    "facts_changed": "Corrected after closing",
    "repriced": "Priced again",
    "paid": "Paid",
    "settled": "Settled",
    "closed": "Closed",
    "reopened": "Reopened",
    "voided": "Voided",
}
"""What happened to an invoice, in a word."""

_PHASES: Final = {
    "base_price": "Base price",
    "entitlement": "Plan entitlement",
    "discount": "Discount",
    "tax": "Tax",
    "rounding": "Rounding",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """A step of "Why this price?" as `rail.trace` draws it."""

    title: str
    text: str
    source: str
    before: Decimal | None
    after: Decimal
    outcome: str
    kind: str


def trace(line: LineView, labels: Mapping[str, str]) -> list[TraceStep]:
    """The price of a line step by step, in words (H-31, CPX-40). `labels`: plugin name to its label."""
    coverage = iter(line.coverage)
    return [_step(line, step, labels, _covering(step, coverage)) for step in line.steps]


def reductions(line: LineView) -> list[tuple[str, Decimal, str]]:
    """What made a line cheaper than its list price: (label, amount above zero, kind)."""
    found = []
    if line.savings:
        found.append(("Care plan", abs(line.savings), "plan"))
    given = [
        (step.label, abs(step.before - step.after), "")
        for step in line.steps
        if step.phase == "discount" and step.before != step.after
    ]
    return found + given


def discounts(line: LineView) -> list[tuple[str, Decimal, str]]:
    """The reductions of a line without what a plan pays."""
    return [found for found in reductions(line) if found[2] != "plan"]


def line_note(line: LineView) -> str:
    """What stands beneath a line's name: which plan pays, or how the line is split."""
    if line.returns_line_id is not None:
        return f"Return of {line.returns_text}"
    if line.parts:
        return line.sum_text
    if line.coverage:
        part = line.coverage[0]
        return f"{_sentence(part.explanation or part.label)} · {plain(part.left)} left"
    return ""


def paper_note(line: LineView) -> str:
    """As `line_note`, for the client's eyes: without what is left of the plan."""
    if line.parts:
        return ""
    return line_note(line).partition(" · ")[0] if line.coverage else line_note(line)


def part_note(line: LineView, part: CoverageView | None) -> str:
    """What stands at a part of a line: covered by what, or why it is not."""
    if part is not None:
        return part.explanation or f"covered by {part.label}"
    capped = [step for step in line.steps if step.phase == "entitlement" and step.outcome == "capped"]
    return f"not covered: none left of {capped[-1].label}" if capped else "not covered"


def plan_state(part: CoverageView) -> tuple[str, str]:
    """Shape and words of a covered part: reserved, or how its posting went."""
    kind, word = PLAN_STATES[part.state]
    if part.reserved and part.committed:
        return kind, f"{plain(part.committed)} posted, {plain(part.reserved)} reserved"
    return kind, word


def delivery_title(delivery: DeliveryView) -> str:
    """What was told: "Nail trim +1", with the try it is at."""
    words = {
        "pending": "waiting",
        "sending": "sending",
        "sent": "accepted",
        "failed": f"try {delivery.attempts} failed",
        "conflict": "refused",
        "given_up": f"given up after {delivery.attempts} tries",
        "held": "held while the plugin is off",
        "in_doubt": "may have arrived: look there first",
        "dropped": "dropped",
    }
    return f"{delivery.subject}, {words[delivery.state]}"


def delivery_tally(view: InvoiceView) -> list[tuple[str, str]]:
    """How many units stand in which state at the plan, as (shape, words)."""
    counts: dict[str, int] = {}
    for delivery in view.deliveries:
        counts[delivery.state] = counts.get(delivery.state, 0) + 1
    found = [(PLAN_STATES[s][0], f"{n} {PLAN_STATES[s][1].lower()}") for s, n in counts.items()]
    if view.reserved_units > ZERO:
        found.append(("wait", f"{plain(view.reserved_units)} reserved"))
    return found


def why_not_close(view: InvoiceView) -> str:
    """Why the invoice can't be closed now, "" where nothing stands against it."""
    if not view.lines:
        return "There are no lines yet. An invoice that nobody needs is voided."
    if view.must_reprice:
        return f"{view.must_reprice} Reprice the invoice first."
    if view.balance > ZERO:
        return "Closing needs a balance of 0.00. Take the payment first."
    if view.balance < ZERO:
        return "Closing needs a balance of 0.00. Give back first what is owed to the client."
    return ""


def method_word(method: str) -> str:
    """How it was paid, within a sentence."""
    return dict(METHODS).get(method, method).lower()


def payment_words(payment: PaymentView) -> str:
    """What a payment was, at the beginning of a line: "Paid, card", "On account", "Given back, cash"."""
    if payment.method in SETTLEMENTS:
        if payment.amount < ZERO:
            return "To the account" if payment.method != "insurer" else "Off what the insurer owes"
        return _sentence(SETTLEMENTS[payment.method])
    return f"{'Paid' if payment.amount > ZERO else 'Given back'}, {method_word(payment.method)}"


def money_paid(view: InvoiceView) -> Decimal:
    """Money on the invoice itself, which must be given back before it is voided."""
    return sum((each.amount for each in view.payments if each.method not in SETTLEMENTS), ZERO)


def plain(quantity: Decimal) -> str:
    """A quantity as a field takes it: no grouping, a point, no trailing zeros."""
    return f"{quantity.normalize():f}"


def plain_money(amount: Decimal) -> str:
    """An amount as a field takes it."""
    return f"{amount:.2f}"


def _covering(step: StepView, coverage: Iterator[CoverageView]) -> CoverageView | None:
    """The covered part that an entitlement step stands for; both are in the same order."""
    if step.phase != "entitlement" or not step.quantity or step.reason_code == "return_covered":
        return None
    return next(coverage, None)


def _step(line: LineView, step: StepView, labels: Mapping[str, str], part: CoverageView | None) -> TraceStep:
    first = step.phase == "base_price" and step.outcome == "applied"
    text = step.label
    if first and step.quantity is not None:
        text = f"{plain(step.quantity)} × {line.unit_price:.2f}, {step.label}"
    if step.phase == "entitlement" and step.reason_code != "return_covered":
        text = _entitlement_text(line, step, part)
    if step.outcome == "excluded":
        text = f"{step.label}. This product is excluded from percentage discounts"
    elif step.outcome == "superseded":
        text = f"{step.label}. Not used: another one was better"
        if step.phase == "entitlement":
            text = f"{step.label}. Not needed: all is covered already"
    source = labels.get(step.plugin, step.plugin)
    return TraceStep(
        title=_PHASES.get(step.phase, step.phase),
        text=text,
        source=f"{source} {step.plugin_version}".strip(),
        before=None if first else step.before,
        after=step.after,
        outcome="superseded" if step.outcome in ("superseded", "excluded") else step.outcome,
        kind="plan" if step.phase == "entitlement" else "",
    )


def _entitlement_text(line: LineView, step: StepView, part: CoverageView | None) -> str:
    quantity = step.quantity or ZERO
    if not quantity:
        return f"none left of {step.label}"
    how_many = f"covers {plain(quantity)} of {plain(line.quantity)}"
    why = _after_covered_by(part.explanation) if part and part.explanation else step.label
    rest = ". None left for the rest" if step.outcome == "capped" else ""
    return f"{how_many}: {why}{rest}"


def _after_covered_by(text: str) -> str:
    return text[11:] if text[:11].lower() == "covered by " else text


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
