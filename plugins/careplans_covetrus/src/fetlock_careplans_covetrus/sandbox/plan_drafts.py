"""Short forms in which a person or a test writes a plan, and their completion."""

from datetime import date, timedelta
from typing import Any, Literal

from fetlock_careplans_covetrus.sandbox.demo_billing import last_day
from fetlock_careplans_covetrus.sandbox.documents import (
    Alternate,
    Benefit,
    Billing,
    Discount,
    Document,
    Item,
    Patient,
    Plan,
    Statement,
    Term,
    Text,
    Whole,
)


class ItemDraft(Document):
    """An item: ``code`` suffices. ``used``: all that was used; alternates may be bare codes."""

    code: Text
    id: Text | None = None
    position: Whole | None = None
    group: str = "Services"
    name: Text | None = None
    alternates: tuple[Alternate | Text, ...] = ()
    included: Whole = 1
    used: Whole = 0
    optional: bool = False

    def complete(self, term_id: str, position: int) -> Item:
        """The stored form; ``opening_used`` is all of ``used``."""
        return Item(
            id=self.id or f"{term_id}-{self.code}",
            position=position if self.position is None else self.position,
            group=self.group,
            name=self.name or self.code,
            code=self.code,
            alternates=[Alternate(code=it, name=it) if isinstance(it, str) else it for it in self.alternates],
            included=self.included,
            opening_used=self.used,
            optional=self.optional,
        )


class TermDraft(Document):
    """A term: by default of a year, begun thirty days ago, or the day after the term before it."""

    items: tuple[ItemDraft, ...] = ()
    id: Text | None = None
    number: int | None = None
    starts_on: date | None = None
    expires_on: date | None = None
    flagged_early: bool = False
    origin: Literal["automatic", "manual"] = "automatic"

    def complete(self, plan_id: str, number: int, starts_on: date) -> Term:
        """The stored form."""
        term_id = self.id or f"{plan_id}-T{self.number or number}"
        starts_on = self.starts_on or starts_on
        return Term(
            id=term_id,
            number=self.number or number,
            starts_on=starts_on,
            expires_on=self.expires_on or last_day(starts_on),
            flagged_early=self.flagged_early,
            origin=self.origin,
            items=[item.complete(term_id, at) for at, item in enumerate(self.items, start=1)],
        )


class PlanDraft(Document):
    """A plan: three ids and ``terms``, or ``items`` for a single term, suffice."""

    id: Text
    pims_client_id: Text
    pims_patient_id: Text
    terms: tuple[TermDraft, ...] = ()
    items: tuple[ItemDraft, ...] = ()
    account_id: Text | None = None
    account_number: Text | None = None
    client_name: Text | None = None
    patient: Patient | None = None
    name: Text = "Care plan"
    template_id: Text = "CUSTOM"
    status: Text = "active"
    status_reason: str = ""
    customer_since: date | None = None
    out_of_plan_discount: Discount | None = None
    benefits: tuple[Benefit, ...] = ()
    billing: Billing = Billing()
    statements: tuple[Statement, ...] = ()

    def complete(self, account_id: str, today: date) -> Plan:
        """The stored form, in ``account_id`` unless the draft names another."""
        terms: list[Term] = []
        starts_on = today - timedelta(days=30)
        for number, draft in enumerate(self.terms or (TermDraft(items=self.items),), start=1):
            terms.append(draft.complete(self.id, number, starts_on))
            starts_on = terms[-1].expires_on + timedelta(days=1)
        given: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        del given["items"]
        return Plan(
            **given
            | {
                "account_id": self.account_id or account_id,
                "account_number": self.account_number or self.id,
                "client_name": self.client_name or f"Client {self.pims_client_id}",
                "patient": self.patient or Patient(name=f"Patient {self.pims_patient_id}"),
                "customer_since": self.customer_since or terms[0].starts_on,
                "terms": terms,
            }
        )


class RenewalDraft(Document):
    """A renewal: the last term again, nothing used. ``without``: item codes that left the template."""

    origin: Literal["automatic", "manual"] = "automatic"
    flagged_early: bool = True
    without: tuple[str, ...] = ()

    def complete(self, plan: Plan) -> Term:
        """The term after the plan's last."""
        last = max(plan.terms, key=lambda term: term.expires_on)
        number = max(term.number for term in plan.terms) + 1
        term_id, starts_on = f"{plan.id}-T{number}", last.expires_on + timedelta(days=1)
        return Term(
            id=term_id,
            number=number,
            starts_on=starts_on,
            expires_on=last_day(starts_on),
            flagged_early=self.flagged_early,
            origin=self.origin,
            items=[
                item.model_copy(update={"id": f"{term_id}-{item.code}", "opening_used": 0})
                for item in last.items
                if item.code not in self.without
            ],
        )
