"""Plans in the store: saving, finding, counting, and keeping the demo's dates fresh."""

import re
import sqlite3
from collections.abc import Iterator
from datetime import date

from fetlock_careplans_covetrus.sandbox.documents import Item, Plan, Term
from fetlock_careplans_covetrus.sandbox.problems import Problem

_DAY = re.compile(r'"(\d{4}-\d{2}-\d{2})"')


def save_plan(db: sqlite3.Connection, plan: Plan, *, demo_day: date | None = None) -> None:
    """Create or replace a plan. ``demo_day``: the day its dates are relative to, for demo plans."""
    for kind, ids in (
        ("term", [term.id for term in plan.terms]),
        ("item", [i.id for _, i in items_of(plan)]),
    ):
        if len(set(ids)) != len(ids):
            raise Problem(422, "id_twice", f"Each {kind} id may stand once in a plan.")
    db.execute(
        "INSERT OR REPLACE INTO plan (id, account_id, pims_client_id, pims_patient_id, demo_day, document)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            plan.id,
            plan.account_id,
            plan.pims_client_id,
            plan.pims_patient_id,
            demo_day.isoformat() if demo_day else None,
            plan.model_dump_json(),
        ),
    )


def update_plan(db: sqlite3.Connection, plan: Plan) -> None:
    """Save a changed plan; it stays a demo plan if it was one."""
    row = db.execute("SELECT demo_day FROM plan WHERE id = ?", (plan.id,)).fetchone()
    save_plan(db, plan, demo_day=date.fromisoformat(row["demo_day"]) if row and row["demo_day"] else None)


def get_plan(db: sqlite3.Connection, plan_id: str, account_id: str | None = None) -> Plan:
    """The plan, of this account when one is given; 404 otherwise."""
    row = db.execute("SELECT document FROM plan WHERE id = ?", (plan_id,)).fetchone()
    plan = Plan.model_validate_json(row["document"]) if row else None
    if plan is None or account_id not in (None, plan.account_id):
        raise Problem(404, "plan_not_found", f"There is no plan {plan_id}.")
    return plan


def all_plans(db: sqlite3.Connection) -> list[Plan]:
    """Every plan of every account, by client and patient."""
    rows = db.execute("SELECT document FROM plan ORDER BY pims_client_id, pims_patient_id, id")
    return [Plan.model_validate_json(row["document"]) for row in rows]


def plans_of(db: sqlite3.Connection, account_id: str, client: str, patient: str | None = None) -> list[Plan]:
    """The plans of a client, and of one patient when given; exact match on each id (CP-41)."""
    rows = db.execute(
        "SELECT document FROM plan WHERE account_id = ? AND pims_client_id = ?"
        " AND (? IS NULL OR pims_patient_id = ?) ORDER BY id",
        (account_id, client, patient, patient),
    )
    return [Plan.model_validate_json(row["document"]) for row in rows]


def items_of(plan: Plan) -> Iterator[tuple[Term, Item]]:
    """Every item of every term, with its term."""
    return ((term, item) for term in plan.terms for item in term.items)


def find_item(plan: Plan, item_id: str) -> tuple[Term, Item]:
    """The item and its term; 404 when the plan has none such."""
    for term, item in items_of(plan):
        if item.id == item_id:
            return term, item
    raise Problem(404, "item_not_found", f"Plan {plan.id} has no item {item_id}.")


def recorded(db: sqlite3.Connection, plan_id: str) -> dict[str, int]:
    """Net recorded usage per item id; what was used before is the item's ``opening_used``."""
    rows = db.execute("SELECT item_id, SUM(quantity) n FROM usage WHERE plan_id = ? GROUP BY 1", (plan_id,))
    return {row["item_id"]: row["n"] for row in rows}


def shift_demo(db: sqlite3.Connection, today: date) -> None:
    """Move the dates of demo plans so that the demo looks the same on whatever day it starts."""
    rows = db.execute(
        "SELECT demo_day, document FROM plan WHERE demo_day <> ?", (today.isoformat(),)
    ).fetchall()
    for row in rows:
        by = today - date.fromisoformat(row["demo_day"])
        parts = _DAY.split(row["document"])  # every second part is a date
        parts[1::2] = [f'"{date.fromisoformat(day) + by}"' for day in parts[1::2]]
        save_plan(db, Plan.model_validate_json("".join(parts)), demo_day=today)
