"""What the plan vendor's answers say, as frozen values; what is sent to it as a usage.

Reading is strict: a missing field or a wrong type is an error, a field we do not know is ignored.
Dates are calendar days at the vendor; amounts are Decimals that travel as strings, never as JSON numbers.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _exact(value: Any) -> Any:
    """A JSON number may already have lost its cents somewhere: take decimals as strings only."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    raise ValueError("must be a decimal in quotes")


def _whole(value: Any) -> Any:
    """Our quantities are Decimals: a whole one becomes an int, any other is left to be refused (CP-66)."""
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    return value


# Bounds that no honest answer meets, so that what is read can also be stored.
Exact = Annotated[Decimal, BeforeValidator(_exact), Field(max_digits=14, decimal_places=4)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Place = Annotated[int, Field(ge=-10_000_000, le=10_000_000)]
Identifier = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\A[^\x00]*\z")]
Key = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\A[^\x00]*\z")]
Name = Annotated[str, Field(max_length=200, pattern=r"\A[^\x00]*\z")]
Text = Annotated[str, Field(max_length=1000, pattern=r"\A[^\x00]*\z")]


class Answer(BaseModel):
    """Base of what the vendor says."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Account(Answer):
    """The practice's account at the vendor. ``support_contact``: whom the vendor says to ask, or None."""

    account_id: Identifier
    name: Text
    allows_self_sign_up: bool
    support_contact: Text | None


class Alternate(Answer):
    """A sub-code that draws on its item's allotment (CP-38)."""

    code: Key
    name: Name


class Item(Answer):
    """A service of one term. ``used`` is the vendor's count, ours not yet posted left out."""

    id: Key
    position: Place
    group: Name
    name: Name
    code: Key
    alternates: tuple[Alternate, ...]
    included: Count
    used: Count
    optional: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that draws on this item, its own first."""
        return (self.code, *(alternate.code for alternate in self.alternates))


class Term(Answer):
    """One period of services, both days included. ``flagged_early``: usable before it starts (CP-59)."""

    id: Key
    number: Place
    starts_on: date
    expires_on: date
    flagged_early: bool
    origin: Literal["automatic", "manual"]
    status: Text
    items: tuple[Item, ...]

    def usable_on(self, day: date) -> bool:
        """Whether its items can be consumed on ``day``: it runs then, or is flagged early."""
        return day <= self.expires_on and (self.starts_on <= day or self.flagged_early)


class OutOfPlanDiscount(Answer):
    """Percent off what is not in the plan (CP-96); ``percent`` 10 means 10 %."""

    percent: Annotated[Exact, Field(ge=0, le=100)]
    name: Name


class Benefit(Answer):
    """Something the plan gives that is not counted."""

    name: Text
    description: Text = ""


class Payment(Answer):
    """A payment the vendor has taken."""

    amount: Exact
    paid_on: date


class Statement(Answer):
    """A line of the vendor's statements."""

    number: Text
    dated: date
    amount: Exact


class Billing(Answer):
    """The money side, collected by the vendor (CP-32, CP-33, CP-48); amounts in ``currency``."""

    currency: Annotated[str, Field(pattern=r"\A[A-Z]{3}\z")]
    billing_status: Text
    account_health: Text
    monthly_payment: Exact
    plan_amount: Exact
    contract_balance: Exact
    unpaid_fees: Exact
    balance_due_now: Exact
    remaining_scheduled: Count
    final_scheduled_billing_on: date | None
    next_payment_on: date | None
    last_payment: Payment | None


class PatientAtVendor(Answer):
    """The pet as the vendor knows it (CP-29)."""

    name: Text
    species: Text
    breed: Text
    colour: Text
    sex: Text
    life_stage: Text


class Relative(Answer):
    """Another pet of the client with a plan (CP-30)."""

    pims_patient_id: Text
    patient_name: Text
    species: Text
    plan_name: Text
    status: Text


class Plan(Answer):
    """A plan of one pet. ``status``: active, pending, suspended, cancelled, expired, or a word yet unknown.

    Only ``active`` lets items be consumed and gives the out-of-plan discount. Terms come in order of
    start, items in the vendor's order (CP-49).
    """

    id: Key
    pims_client_id: Identifier
    pims_patient_id: Identifier
    account_number: Text
    merchant: Text
    client_name: Text
    patient: PatientAtVendor
    name: Name
    template_id: Text
    status: Identifier
    status_reason: Text = ""
    customer_since: date
    out_of_plan_discount: OutOfPlanDiscount | None
    benefits: tuple[Benefit, ...]
    billing: Billing
    statements: tuple[Statement, ...] = ()
    pet_family: tuple[Relative, ...] = ()
    terms: tuple[Term, ...]

    @property
    def is_active(self) -> bool:
        """Whether the vendor calls it active."""
        return self.status == "active"

    @model_validator(mode="after")
    def _ids_once(self) -> "Plan":
        ids = [item.id for term in self.terms for item in term.items]
        if len(set(ids)) != len(ids) or len({term.id for term in self.terms}) != len(self.terms):
            raise ValueError("names a term or an item twice")
        return self


class Plans(Answer):
    """The plans of one patient. ``as_of``: when the vendor looked (CP-53), aware."""

    as_of: AwareDatetime
    plans: tuple[Plan, ...]


class ItemCount(Answer):
    """An item's counts at the vendor right after a usage."""

    included: Count
    used: int


class UsageReceipt(Answer):
    """The vendor's receipt. ``replayed``: it had this key before and counted nothing now."""

    usage_id: Identifier
    key: UUID
    recorded_at: AwareDatetime
    item: ItemCount
    replayed: bool


class Usage(BaseModel):
    """What is reported to the vendor: one committed ledger entry of one item.

    ``quantity``: whole, negative for a return; a Decimal is taken when it is whole, else refused (CP-66).
    ``used_on``: the day in the site's zone. ``pims_line``: our id of the invoice line.

    Raises:
        pydantic.ValidationError: a quantity that is 0 or not whole, an empty id.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    plan_id: Identifier
    term_id: Identifier
    item_id: Identifier
    code: Identifier
    quantity: Annotated[int, BeforeValidator(_whole)]
    used_on: date
    provider: Text | None = None
    invoice_number: Text | None = None
    pims_line: Text | None = None

    @model_validator(mode="after")
    def _counts_something(self) -> "Usage":
        if self.quantity == 0:
            raise ValueError("the quantity is 0")
        return self


class RecordedUsage(Usage):
    """A usage as the vendor has it on record."""

    model_config = ConfigDict(extra="ignore")

    usage_id: Identifier
    key: UUID
    recorded_at: AwareDatetime
    item: ItemCount
