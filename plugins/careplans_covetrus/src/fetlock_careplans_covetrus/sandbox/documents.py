"""What the simulator stores of an account and of a plan.

Written apart from the values the plugin reads on purpose: a mistake in one must not hide in the other.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
Whole = Annotated[int, Field(ge=0, le=1_000_000)]
Money = Annotated[Decimal, Field(max_digits=12, decimal_places=2)]


class Document(BaseModel):
    """Base: unknown fields are mistakes of the person at the controls."""

    model_config = ConfigDict(extra="forbid")


class Alternate(Document):
    """A sub-code that draws on the same allotment (CP-38)."""

    code: Text
    name: Text


class Item(Document):
    """A service of one term. ``opening_used``: what was used other than through recorded usages."""

    id: Text
    position: Whole
    group: str = ""
    name: Text
    code: Text
    alternates: list[Alternate] = []
    included: Whole
    opening_used: int = 0
    optional: bool = False


class Term(Document):
    """One period of services. ``flagged_early``: usable before it starts (CP-59)."""

    id: Text
    number: Annotated[int, Field(ge=1)]
    starts_on: date
    expires_on: date
    flagged_early: bool = False
    origin: Literal["automatic", "manual"] = "automatic"
    items: list[Item] = []


class Discount(Document):
    """Out-of-plan discount, in percent (CP-96)."""

    percent: Annotated[Decimal, Field(ge=0, le=100)]
    name: Text


class Benefit(Document):
    """Anything the plan gives that is not counted."""

    name: Text
    description: str = ""


class Payment(Document):
    """A payment the vendor has taken."""

    amount: Money
    paid_on: date


class Statement(Document):
    """One line of the statements list (CP-34)."""

    number: Text
    dated: date
    amount: Money


class Billing(Document):
    """The money side, which the vendor collects (CP-32, CP-33, CP-48). Amounts in ``currency``."""

    currency: str = "USD"
    billing_status: str = "current"
    account_health: str = "good"
    monthly_payment: Money = Decimal("0.00")
    plan_amount: Money = Decimal("0.00")
    contract_balance: Money = Decimal("0.00")
    unpaid_fees: Money = Decimal("0.00")
    balance_due_now: Money = Decimal("0.00")
    remaining_scheduled: Whole = 0
    final_scheduled_billing_on: date | None = None
    next_payment_on: date | None = None
    last_payment: Payment | None = None


class Patient(Document):
    """The pet as the vendor knows it (CP-29)."""

    name: Text
    species: str = "Canine"
    breed: str = ""
    colour: str = ""
    sex: str = "Unknown"
    life_stage: str = ""


class Plan(Document):
    """A plan of one pet with all its terms."""

    id: Text
    account_id: Text
    pims_client_id: Text
    pims_patient_id: Text
    account_number: Text
    client_name: Text
    patient: Patient
    name: Text
    template_id: Text
    status: Text = "active"
    status_reason: str = ""
    customer_since: date
    out_of_plan_discount: Discount | None = None
    benefits: list[Benefit] = []
    billing: Billing = Billing()
    statements: list[Statement] = []
    terms: list[Term]


class Template(Document):
    """A plan on offer; plans point to it, and enrolment chooses from it."""

    id: Text
    name: Text
    species: list[str] = []
    monthly_payment: Money = Decimal("0.00")
    out_of_plan_discount: Discount | None = None


class PortalUser(Document):
    """A person of the vendor's portal. ``external_user_name``: their name in the PIMS (CP-21)."""

    user_name: Text
    external_user_name: str | None = None
    is_admin: bool = False


class Account(Document):
    """A practice's account, its credentials and its switches."""

    account_id: Text
    name: Text
    api_key: Text
    api_secret: Text
    allows_self_sign_up: bool = True
    support_contact: str | None = None
    over_allotment: Literal["accept", "refuse"] = "refuse"
    reach_back_days: Whole = 30
    templates: list[Template] = []
    users: list[PortalUser] = []
