"""The demo's account and plans, with dates relative to the day the simulator starts.

The ids and codes are those of the host's demo clinic: client 57 with the dog 57A, and so on.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fetlock_careplans_covetrus.sandbox import demo_services as services
from fetlock_careplans_covetrus.sandbox.demo_billing import billing, last_day, months_after, statements
from fetlock_careplans_covetrus.sandbox.documents import (
    Account,
    Benefit,
    Billing,
    Discount,
    Patient,
    Plan,
    PortalUser,
    Template,
    Term,
)

API_KEY = "DEMO-KEY-NORTHGATE"
API_SECRET = "demo-secret-2026"  # noqa: S105  # the demo's own, printed in the README

_TEN_PERCENT = Discount(percent=Decimal(10), name="Plan member savings")
_ADVICE = Benefit(name="Telephone advice, no charge", description="Weekdays, any question about this pet.")
_TEMPLATES = {
    "ADULT-CANINE-PLUS": ("Adult Canine Plus", "43.75", ["Canine"], _TEN_PERCENT),
    "PUPPY-PLATINUM": ("Puppy Platinum", "39.00", ["Canine"], None),
    "KITTEN-START": ("Kitten Start", "29.00", ["Feline"], None),
    "SENIOR-CARE": ("Senior Care", "52.50", ["Canine", "Feline"], _TEN_PERCENT),
    "SMALL-MAMMAL": ("Small Mammal Basic", "14.00", ["Other"], None),
}


def demo_account() -> Account:
    """The practice's account, with the templates on offer and the portal's users."""
    return Account(
        account_id="NORTHGATE",
        name="Northgate Animal Hospital",
        api_key=API_KEY,
        api_secret=API_SECRET,
        support_contact="Care plan support, support@careplans.example, (860) 555-0199",
        templates=[
            Template(
                id=key, name=name, monthly_payment=Decimal(price), species=species, out_of_plan_discount=off
            )
            for key, (name, price, species, off) in _TEMPLATES.items()
        ],
        users=[
            PortalUser(user_name="northgate.admin", is_admin=True),
            PortalUser(user_name="p.raman@northgate.example", external_user_name="praman"),
        ],
    )


def demo_plans(today: date) -> list[Plan]:
    """All demo plans as they stand on ``today``."""
    return [_barnaby(today), _rabbit(today), _kitten(today), _expired(today), _suspended(today)]


def _plan(
    plan_id: str, client: str, pet: str, template: str, terms: list[Term], today: date, **fields: Any
) -> Plan:
    """A paid-up plan; its money follows the term that runs, or else the last."""
    name, price, _, discount = _TEMPLATES[template]
    running = [term for term in terms if term.starts_on <= today][-1]
    return Plan.model_validate(
        {
            "id": plan_id,
            "account_id": "NORTHGATE",
            "pims_client_id": client,
            "pims_patient_id": client + pet,
            "template_id": template,
            "name": name,
            "customer_since": terms[0].starts_on,
            "out_of_plan_discount": discount,
            "billing": billing(running.starts_on, Decimal(price), today),
            "statements": statements(plan_id, running.starts_on, Decimal(price), today),
            "terms": terms,
            **fields,
        }
    )


def _term(plan_id: str, number: int, starts_on: date, **fields: Any) -> Term:
    return Term(
        id=f"{plan_id}-T{number}",
        number=number,
        starts_on=starts_on,
        expires_on=last_day(starts_on),
        **fields,
    )


def _with_items(term: Term, of: tuple[services.Service, ...], used: bool | None = True) -> Term:
    return term.model_copy(update={"items": services.items(term.id, of, used)})


def _barnaby(today: date) -> Plan:
    """Fifteen days before the end of the second term; the third is renewed early and usable now."""
    plan_id, third_start = "1000038999", today + timedelta(days=16)
    second_start = months_after(third_start, -12)
    terms = [
        _with_items(
            _term(plan_id, 1, months_after(second_start, -12), origin="manual"), services.ADULT, None
        ),
        _with_items(_term(plan_id, 2, second_start), services.ADULT),
        # Nail trims left the template: the next term is without them.
        _with_items(
            _term(plan_id, 3, third_start, flagged_early=True),
            tuple(service for service in services.ADULT if service.code != "NAIL-M"),
            False,
        ),
    ]
    barnaby = Patient(
        name="Barnaby",
        species="Canine",
        breed="Soft-coated Wheaten Terrier",
        colour="wheaten",
        sex="Male neutered",
        life_stage="Adult",
    )
    return _plan(
        plan_id, "57", "A", "ADULT-CANINE-PLUS", terms, today,
        account_number="022368", client_name="Aoife O’Shaughnessy-Featherstonehaugh",
        patient=barnaby, benefits=[_ADVICE],
    )  # fmt: skip


def _rabbit(today: date) -> Plan:
    """Cancelled long ago; another pet of Barnaby's owner."""
    plan_id = "1000031204"
    term = _with_items(_term(plan_id, 1, today - timedelta(days=600)), services.SMALL_MAMMAL)
    return _plan(
        plan_id, "57", "C", "SMALL-MAMMAL", [term], today,
        account_number="022368", client_name="Aoife O’Shaughnessy-Featherstonehaugh",
        patient=Patient(name="Nutmeg", species="Other", breed="Lop-eared rabbit", life_stage="Adult"),
        status="cancelled", status_reason="Cancelled by the client",
        billing=Billing(billing_status="cancelled", monthly_payment=Decimal("14.00")),
    )  # fmt: skip


def _kitten(today: date) -> Plan:
    plan_id = "1000041177"
    term = _with_items(_term(plan_id, 1, today - timedelta(days=120)), services.KITTEN)
    return _plan(
        plan_id, "61", "A", "KITTEN-START", [term], today,
        account_number="023101", client_name="Client 61",
        patient=Patient(name="Patient 61A", species="Feline", life_stage="Kitten"),
    )  # fmt: skip


def _expired(today: date) -> Plan:
    """Over since forty days ago and not renewed."""
    plan_id = "1000029650"
    start = months_after(today - timedelta(days=39), -12)
    plan = _plan(
        plan_id, "63", "B", "PUPPY-PLATINUM", [_with_items(_term(plan_id, 1, start), services.PUPPY)], today,
        account_number="021877", client_name="Client 63",
        patient=Patient(name="Patient 63B", species="Canine", life_stage="Puppy"),
    )  # fmt: skip
    return _with_billing(plan, {"billing_status": "paid_in_full"})


def _suspended(today: date) -> Plan:
    """On hold since two payments failed."""
    plan_id = "1000036420"
    term = _with_items(_term(plan_id, 1, today - timedelta(days=200)), services.SENIOR)
    plan = _plan(
        plan_id, "64", "A", "SENIOR-CARE", [term], today,
        account_number="022790", client_name="Client 64",
        patient=Patient(name="Patient 64A", species="Canine", life_stage="Senior"),
        status="suspended", status_reason="Two payments are unpaid",
    )  # fmt: skip
    unpaid = {"balance_due_now": Decimal("105.00"), "unpaid_fees": Decimal("13.00")}
    return _with_billing(plan, {"billing_status": "suspended", "account_health": "suspended", **unpaid})


def _with_billing(plan: Plan, changes: Mapping[str, Any]) -> Plan:
    return plan.model_copy(update={"billing": plan.billing.model_copy(update=dict(changes))})
