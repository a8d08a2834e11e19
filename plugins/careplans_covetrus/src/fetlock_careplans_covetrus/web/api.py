"""Plans for programs: what a patient has, asking the plan system again, adding a service."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from litestar import get, post
from pydantic import BaseModel, Field

from fetlock import clock
from fetlock.contracts import SiteFacts
from fetlock_careplans_covetrus.adding import add
from fetlock_careplans_covetrus.codes import CodeShown, codes_of
from fetlock_careplans_covetrus.counters import ItemShown, PlanShown, SessionRows, account_key, plans_of
from fetlock_careplans_covetrus.models import CarePlanLookup
from fetlock_careplans_covetrus.naming import USE, VIEW
from fetlock_careplans_covetrus.web.drawing import patient_of
from fetlock_careplans_covetrus.web.refresh_pages import ask_again, found_ask
from fetlock_hostapp.plugin import (
    Amount,
    Desk,
    FromPath,
    Id,
    JSONBody,
    StaffRequest,
    Units,
    reading,
    writing,
)


class CodeOut(BaseModel):
    """A code that draws on a service. `price`: by the list at this site; None where it has none here."""

    code: str
    name: str
    product_id: int | None
    chargeable: bool
    price: Amount | None


class ServiceOut(BaseModel):
    """A service of a term. `used` is posted and reserved together; `over` is used beyond `included`."""

    id: int
    name: str
    group: str
    included: Units
    used: Units
    reserved: Units
    available: Units
    over: Units
    codes: list[CodeOut]


class TermOut(BaseModel):
    """A term with its services in the plan's order. `usable`: its services may be used today."""

    id: int
    number: int
    starts_on: date
    expires_on: date
    flagged_early: bool
    origin: str
    usable: bool
    services: list[ServiceOut]


class PlanOut(BaseModel):
    """A plan. `as_of`: when the plan system said so."""

    id: int
    vendor_id: str
    name: str
    status: str
    active: bool
    as_of: datetime
    out_of_plan_discount_percent: Units | None
    out_of_plan_discount_name: str
    terms: list[TermOut]


class PlansOut(BaseModel):
    """A patient's plans, and the two ids under which the plan system was asked (CP-41)."""

    client_id: str
    patient_id: str
    looked_up_at: datetime | None
    plans: list[PlanOut]


class AskOut(BaseModel):
    """A question to the plan system: `state` is pending or answered; `ok` and `message` say how."""

    key: UUID
    state: str
    ok: bool | None
    message: str


class ItemIn(BaseModel):
    """A service to add, to today's treatment or to the invoice."""

    plan: Id
    service: Id
    code: str = Field(min_length=1, max_length=60)
    where: Literal["treatment", "invoice"] = "treatment"


class AddedOut(BaseModel):
    """The line that came of it."""

    invoice_id: int
    line_id: int
    net: Amount
    saved: Amount
    covered_quantity: Units
    explanations: list[str]
    told: list[str]


@get("/patients/{patient_id:int}/plans", permission=VIEW, sync_to_thread=True)
def list_plans(request: StaffRequest, patient_id: FromPath[int]) -> PlansOut:
    """The patient's care plans with all counters."""
    with reading(request) as desk:
        patient = patient_of(desk, patient_id)
        rows, site = SessionRows(desk.session), desk.work.site_facts
        lookup = desk.session.get(CarePlanLookup, (patient_id, account_key(site)))
        day = clock.today(site.time_zone)
        plans = [shown for shown in plans_of(rows, site, patient_id) if shown.terms]
        return PlansOut(
            client_id=patient.client_code,
            patient_id=patient.code,
            looked_up_at=lookup.as_of if lookup else None,
            plans=[_plan(rows, site, shown, day) for shown in plans],
        )


@post("/patients/{patient_id:int}/refresh", permission=USE, status_code=202, sync_to_thread=True)
def refresh_plans(request: StaffRequest, patient_id: FromPath[int]) -> AskOut:
    """Ask the plan system for the patient's plans; look at the question for the answer."""

    def work(desk: Desk) -> AskOut:
        row = ask_again(desk, patient_id)
        return AskOut(key=row.key, state=row.state, ok=row.ok, message=row.message)

    return writing(request, work)


@get("/patients/{patient_id:int}/asked/{key:uuid}", permission=VIEW, sync_to_thread=True)
def show_ask(request: StaffRequest, patient_id: FromPath[int], key: FromPath[UUID]) -> AskOut:
    """A question to the plan system, and its answer once it is there."""
    with reading(request) as desk:
        row = found_ask(desk, patient_id, key)
        return AskOut(key=row.key, state=row.state, ok=row.ok, message=row.message)


@post("/patients/{patient_id:int}/items", permission=USE, status_code=201, sync_to_thread=True)
def add_service(request: StaffRequest, patient_id: FromPath[int], data: JSONBody[ItemIn]) -> AddedOut:
    """Add one unit of a service to today's treatment or to the invoice (CP-39)."""

    def work(desk: Desk) -> AddedOut:
        rows = SessionRows(desk.session)
        added = add(desk.work, rows, patient_id, data.plan, data.service, data.code, data.where)
        return AddedOut(
            invoice_id=added.invoice_id,
            line_id=added.line_id,
            net=added.net,
            saved=added.saved,
            covered_quantity=added.covered,
            explanations=list(added.explanations),
            told=list(added.told),
        )

    return writing(request, work)


def _plan(rows: SessionRows, site: SiteFacts, shown: PlanShown, day: date) -> PlanOut:
    plan = shown.plan
    codes = codes_of(rows, site, [item.item_id for term in shown.terms for item in term.items])
    return PlanOut(
        id=plan.id,
        vendor_id=plan.vendor_plan_id,
        name=shown.title,
        status=plan.status,
        active=plan.is_active,
        as_of=plan.as_of,
        out_of_plan_discount_percent=plan.discount_percent,
        out_of_plan_discount_name=plan.discount_name,
        terms=[
            TermOut(
                id=term.term_id,
                number=term.number,
                starts_on=term.starts_on,
                expires_on=term.expires_on,
                flagged_early=term.flagged_early,
                origin=term.origin,
                usable=plan.is_active and term.usable_on(day),
                services=[_service(item, codes.get(item.item_id, ())) for item in term.items],
            )
            for term in shown.terms
        ],
    )


def _service(item: ItemShown, codes: Sequence[CodeShown]) -> ServiceOut:
    return ServiceOut(
        id=item.item_id,
        name=item.name,
        group=item.group,
        included=item.included,
        used=item.used,
        reserved=item.reserved,
        available=item.left,
        over=item.over,
        codes=[
            CodeOut(
                code=code.code,
                name=code.name,
                product_id=code.product_id,
                chargeable=code.chargeable,
                price=code.price,
            )
            for code in codes
            if code.dropped_at is None
        ],
    )


HANDLERS = [list_plans, refresh_plans, show_ask, add_service]
