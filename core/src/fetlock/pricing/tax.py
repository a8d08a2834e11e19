"""Phase four: tax on what is charged, on top or within the price as the site has it."""

from decimal import Decimal

from fetlock.contracts.pricing import Phase
from fetlock.pricing.rounding import HUNDRED, to_minor_unit
from fetlock.pricing.values import CORE, ZERO, Step


def tax(
    amount: Decimal, taxed_coverage: Decimal, percent: Decimal, *, included: bool
) -> tuple[Decimal, Decimal, Decimal, list[Step]]:
    """Net, tax, gross and the steps. Rounding is half to even per line.

    `taxed_coverage` is the list value of covered quantity that the plan declares taxable.
    """
    if included:
        on_charged = to_minor_unit(amount * percent / (HUNDRED + percent))
        on_covered = to_minor_unit(taxed_coverage * percent / (HUNDRED + percent))
        net, due, gross = amount - on_charged, on_charged + on_covered, amount + on_covered
    else:
        due = to_minor_unit((amount + taxed_coverage) * percent / HUNDRED)
        net, gross = amount, amount + due
    if percent == ZERO or due == ZERO:
        return net, due, gross, []
    base = amount + taxed_coverage
    where = "included in" if included else "on"
    label = f"Tax {percent.normalize():f} % {where} {base:.2f}"
    return net, due, gross, [Step(Phase.TAX, CORE, "", "tax", label, amount, gross)]
