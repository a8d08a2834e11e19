"""What is priced: a clinic with three plugins that take part, and invoices of twenty lines."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session
from typing_extensions import override

from fetlock import clock
from fetlock.contracts import HOOK_API, AdjustmentKind, LineAdjustment, Manifest, Quote
from fetlock.domain.clients.models import Client
from fetlock.domain.entitlements.service import EntitlementTerms, keep
from fetlock.domain.invoices.lines import NewLine
from fetlock.domain.patients.models import Patient
from fetlock.hooks import PricingHooks, RegistrationHooks, hookimpl
from fetlock.testing.clinic import YEAR, Clinic
from fetlock.testing.plans import SamplePlans

LINES = 20


class LoyaltyDiscount(RegistrationHooks, PricingHooks):
    """Five per cent on everything: the third plugin that has a say."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(name="loyalty", label="Loyalty", version="1.0", hook_api=f"=={HOOK_API}")

    @hookimpl
    @override
    def propose_line_adjustments(self, quote: Quote) -> Sequence[LineAdjustment]:
        return [
            LineAdjustment(
                line=line.key,
                kind=AdjustmentKind.PERCENT,
                percent=Decimal(5),
                reason_code="loyalty",
                label="Loyalty 5 %",
            )
            for line in quote.lines
        ]


def build(url: str) -> Clinic:
    """The sample clinic with the price list, plans and a loyalty discount, and products to sell."""
    clinic = Clinic.build(url, SamplePlans(), LoyaltyDiscount())
    for number in range(LINES):
        clinic.product(f"P{number:02d}", f"{20 + number}.50")
    return clinic


def new_client(clinic: Clinic, number: int) -> tuple[int, list[NewLine]]:
    """A client of its own with a patient on a plan, and twenty lines of which every fourth is covered."""

    def make(session: Session) -> tuple[int, int]:
        client = Client(account_number=f"B{number}", last_name=f"Bench {number}", created_at=clock.now())
        session.add(client)
        session.flush()
        patient = Patient(client_id=client.id, code=f"B{number}A", name="Bench", created_at=clock.now())
        session.add(patient)
        session.flush()
        today = clock.now().date()
        keep(
            session,
            "plans",
            [
                EntitlementTerms(
                    source_key=f"P{item:02d} {number}",
                    patient_id=patient.id,
                    label=f"Item {item}",
                    included=Decimal(2),
                    valid_from=today - YEAR / 2,
                    valid_to=today + YEAR / 2,
                    usable_from=today - YEAR / 2,
                    chain=f"bench:{number}",
                    term=1,
                )
                for item in range(0, LINES, 4)
            ],
        )
        return client.id, patient.id

    client_id, patient_id = clinic.database.write(make)
    lines = [
        NewLine(
            patient_id=patient_id,
            product_id=clinic.records.products[f"P{item:02d}"],
            quantity=Decimal(1 + item % 3),
        )
        for item in range(LINES)
    ]
    return client_id, lines
