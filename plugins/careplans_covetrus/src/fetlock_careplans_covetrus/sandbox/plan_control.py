"""The switches that change plans as a vendor would: suspend, renew, drop an alternate, set what was used.

Each answers the plan as it then stands.
"""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from litestar import Response, delete, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from fetlock_careplans_covetrus.sandbox.accounts import all_accounts, get_account
from fetlock_careplans_covetrus.sandbox.documents import Alternate, Plan, Term
from fetlock_careplans_covetrus.sandbox.plan_answer import plan_answer
from fetlock_careplans_covetrus.sandbox.plan_book import (
    find_item,
    get_plan,
    items_of,
    recorded,
    save_plan,
    update_plan,
)
from fetlock_careplans_covetrus.sandbox.plan_drafts import ItemDraft, PlanDraft, RenewalDraft
from fetlock_careplans_covetrus.sandbox.problems import Problem, json_object
from fetlock_careplans_covetrus.sandbox.simulator import Simulator

_FIXED = {"id", "account_id", "terms"}


def _shown(db: sqlite3.Connection, plan: Plan, simulator: Simulator) -> dict[str, Any]:
    return plan_answer(db, get_account(db, plan.account_id), plan, simulator.today)


def _changed(
    simulator: Simulator, plan_id: str, change: Callable[[sqlite3.Connection, Plan], Plan | None]
) -> dict[str, Any]:
    """Apply ``change``, which alters the plan in place or gives another, save, and show the plan."""
    with simulator.store.transaction() as db:
        plan = get_plan(db, plan_id)
        plan = change(db, plan) or plan
        update_plan(db, plan)
        return _shown(db, plan, simulator)


@post("/plans", sync_to_thread=True)
def put_plan(body: RawBody, simulator: NamedDependency[Simulator]) -> Response[Any]:
    """Create or replace a plan; ``plan_drafts.PlanDraft`` says what may be left out."""
    draft = PlanDraft.model_validate_json(body)
    with simulator.store.transaction() as db:
        plan = draft.complete(all_accounts(db)[0].account_id, simulator.today)
        get_account(db, plan.account_id)
        counted = recorded(db, plan.id)
        for _, item in items_of(plan):
            item.opening_used -= counted.get(item.id, 0)
        save_plan(db, plan)
        return Response(_shown(db, plan, simulator), status_code=201)


@patch("/plans/{plan_id:str}", sync_to_thread=True)
def change_plan(
    plan_id: FromPath[str], body: RawBody, simulator: NamedDependency[Simulator]
) -> dict[str, Any]:
    """Change fields of a plan: status (suspend, cancel, resume), PIMS ids, name, discount, billing."""
    changes = json_object(body)
    if fixed := _FIXED & changes.keys():
        raise Problem(422, "invalid", f"Not to be changed here: {', '.join(sorted(fixed))}")

    def change(_: sqlite3.Connection, plan: Plan) -> Plan:
        document = plan.model_dump(mode="json")
        for name, value in changes.items():
            before = document.get(name)
            document[name] = before | value if isinstance(before, dict) and isinstance(value, dict) else value
        return Plan.model_validate_json(json.dumps(document))

    return _changed(simulator, plan_id, change)


@post("/plans/{plan_id:str}/renew", sync_to_thread=True)
def renew(plan_id: FromPath[str], body: RawBody, simulator: NamedDependency[Simulator]) -> dict[str, Any]:
    """Add the next term; usable at once unless ``flagged_early`` is false (CP-59, CP-60)."""
    draft = RenewalDraft.model_validate_json(body or b"{}")
    return _changed(simulator, plan_id, lambda _, plan: plan.terms.append(draft.complete(plan)))


@patch("/plans/{plan_id:str}/terms/{term_id:str}", sync_to_thread=True)
def change_term(
    plan_id: FromPath[str], term_id: FromPath[str], body: RawBody, simulator: NamedDependency[Simulator]
) -> dict[str, Any]:
    """Change a term's dates, ``flagged_early`` or ``origin``."""
    changes = json_object(body)

    def change(_: sqlite3.Connection, plan: Plan) -> None:
        at = _term_at(plan, term_id)
        document = plan.terms[at].model_dump(mode="json") | changes | {"id": term_id}
        plan.terms[at] = Term.model_validate_json(json.dumps(document))

    return _changed(simulator, plan_id, change)


@post("/plans/{plan_id:str}/terms/{term_id:str}/items", sync_to_thread=True)
def add_item(
    plan_id: FromPath[str], term_id: FromPath[str], body: RawBody, simulator: NamedDependency[Simulator]
) -> dict[str, Any]:
    """Add an item to a term, an optional service for one (CP-80)."""
    draft = ItemDraft.model_validate_json(body)

    def change(_: sqlite3.Connection, plan: Plan) -> None:
        term = plan.terms[_term_at(plan, term_id)]
        term.items.append(draft.complete(term_id, max((item.position for item in term.items), default=0) + 1))

    return _changed(simulator, plan_id, change)


@patch("/plans/{plan_id:str}/items/{item_id:str}", sync_to_thread=True)
def change_item(
    plan_id: FromPath[str], item_id: FromPath[str], body: RawBody, simulator: NamedDependency[Simulator]
) -> dict[str, Any]:
    """Change an item: ``used`` (whatever was recorded), ``included``, ``position``, name, code."""
    changes = json_object(body)

    def change(db: sqlite3.Connection, plan: Plan) -> None:
        term, item = find_item(plan, item_id)
        counted = recorded(db, plan.id).get(item_id, 0)
        shown = item.model_dump(mode="json", exclude={"opening_used"})
        shown["used"] = item.opening_used + counted
        changed = ItemDraft.model_validate_json(json.dumps(shown | changes | {"id": item_id}))
        complete = changed.complete(term.id, item.position)
        complete.opening_used -= counted
        term.items[term.items.index(item)] = complete

    return _changed(simulator, plan_id, change)


@delete("/plans/{plan_id:str}/items/{item_id:str}", status_code=200, sync_to_thread=True)
def drop_item(
    plan_id: FromPath[str], item_id: FromPath[str], simulator: NamedDependency[Simulator]
) -> dict[str, Any]:
    """Take an item off its term; usages recorded for it stay."""

    def change(_: sqlite3.Connection, plan: Plan) -> None:
        term, item = find_item(plan, item_id)
        term.items.remove(item)

    return _changed(simulator, plan_id, change)


@post("/plans/{plan_id:str}/items/{item_id:str}/alternates", sync_to_thread=True)
def add_alternate(
    plan_id: FromPath[str], item_id: FromPath[str], body: RawBody, simulator: NamedDependency[Simulator]
) -> dict[str, Any]:
    """Add a sub-code, ``{"code", "name"}`` (CP-75)."""
    alternate = Alternate.model_validate_json(body)

    def change(_: sqlite3.Connection, plan: Plan) -> None:
        item = find_item(plan, item_id)[1]
        item.alternates = [kept for kept in item.alternates if kept.code != alternate.code] + [alternate]

    return _changed(simulator, plan_id, change)


@delete(
    "/plans/{plan_id:str}/items/{item_id:str}/alternates/{code:str}", status_code=200, sync_to_thread=True
)
def drop_alternate(
    plan_id: FromPath[str], item_id: FromPath[str], code: FromPath[str], simulator: NamedDependency[Simulator]
) -> dict[str, Any]:
    """Take a sub-code off an item (CP-76); 404 when it has none such."""

    def change(_: sqlite3.Connection, plan: Plan) -> None:
        item = find_item(plan, item_id)[1]
        kept = [alternate for alternate in item.alternates if alternate.code != code]
        if len(kept) == len(item.alternates):
            raise Problem(404, "alternate_not_found", f"{item.name} has no alternate {code}.")
        item.alternates = kept

    return _changed(simulator, plan_id, change)


def _term_at(plan: Plan, term_id: str) -> int:
    for at, term in enumerate(plan.terms):
        if term.id == term_id:
            return at
    raise Problem(404, "term_not_found", f"Plan {plan.id} has no term {term_id}.")


HANDLERS = (
    put_plan,
    change_plan,
    renew,
    change_term,
    add_item,
    change_item,
    drop_item,
    add_alternate,
    drop_alternate,
)
