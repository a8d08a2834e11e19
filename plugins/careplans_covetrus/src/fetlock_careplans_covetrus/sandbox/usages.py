"""Recording usage: once per key, within the rules of plan and term.

A key that was accepted answers the same for ever. A refusal is not remembered: the same key may be
accepted later, after the practice or the vendor has put things right.
"""

import json
import sqlite3
import uuid
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from fetlock_careplans_covetrus.sandbox.documents import Account, Item, Plan, Term
from fetlock_careplans_covetrus.sandbox.plan_book import find_item, get_plan, recorded
from fetlock_careplans_covetrus.sandbox.problems import Problem


class UsageBody(BaseModel):
    """What ``POST /v1/usages`` takes. Strict: a decimal quantity, or one in quotes, is refused (CP-66)."""

    model_config = ConfigDict(strict=True, extra="forbid")

    plan_id: str
    term_id: str
    item_id: str
    code: str
    quantity: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    used_on: date
    provider: str | None = None
    invoice_number: str | None = None
    pims_line: str | None = None


def read_key(text: str | None) -> str:
    """The Idempotency-Key header as a canonical uuid; 400 when missing or none."""
    if text is None:
        raise Problem(400, "key_missing", "The header Idempotency-Key is missing.")
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Problem(400, "key_invalid", "The Idempotency-Key is no UUID.") from None


def record_usage(
    db: sqlite3.Connection, account: Account, key: str, body: UsageBody, now: datetime
) -> tuple[int, dict[str, Any]]:
    """Record a usage (201), or repeat the answer already given for this key (200, ``replayed``)."""
    canonical = body.model_dump_json()
    known = db.execute(
        "SELECT id, body, answer FROM usage WHERE account_id = ? AND key = ?", (account.account_id, key)
    ).fetchone()
    if known is not None:
        if known["body"] != canonical:
            raise Problem(409, "key_reused", "This Idempotency-Key was used for another usage.")
        db.execute("UPDATE usage SET replays = replays + 1 WHERE id = ?", (known["id"],))
        return 200, json.loads(known["answer"]) | {"replayed": True}

    plan = get_plan(db, body.plan_id, account.account_id)
    term, item = find_item(plan, body.item_id)
    if term.id != body.term_id:
        raise Problem(404, "item_not_found", f"Term {body.term_id} has no item {body.item_id}.")
    used = item.opening_used + recorded(db, plan.id).get(item.id, 0) + body.quantity
    _check(account, plan, term, item, body, used)
    answer = {
        "usage_id": f"U-{uuid.uuid4().hex[:12].upper()}",
        "key": key,
        "recorded_at": now.isoformat(),
        "item": {"included": item.included, "used": used},
    }
    db.execute(
        "INSERT INTO usage (account_id, key, plan_id, term_id, item_id, code, quantity, body, answer,"
        " recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account.account_id, key, plan.id, term.id, item.id, body.code, body.quantity,
            canonical, json.dumps(answer), now.isoformat(),
        ),
    )  # fmt: skip
    return 201, answer | {"replayed": False}


def find_usage(db: sqlite3.Connection, account: Account, key: str) -> dict[str, Any]:
    """The usage recorded under the practice's own key; 404 when there is none."""
    row = db.execute(
        "SELECT * FROM usage WHERE account_id = ? AND key = ?", (account.account_id, key)
    ).fetchone()
    if row is None:
        raise Problem(404, "usage_not_found", "No usage was recorded under this key.")
    return usage_answer(row)


def usage_answer(row: sqlite3.Row) -> dict[str, Any]:
    """A recorded usage with what was sent and the item's counts at that moment."""
    sent: dict[str, Any] = json.loads(row["body"])
    sent.update(json.loads(row["answer"]), replays=row["replays"])
    return sent


def _check(account: Account, plan: Plan, term: Term, item: Item, body: UsageBody, used: int) -> None:
    """Refuse what the vendor would refuse. Giving back is always allowed, down to nothing used."""
    if body.quantity == 0:
        raise Problem(422, "quantity_zero", "The quantity is 0.")
    if body.quantity < 0:
        if used < 0:
            raise Problem(409, "below_zero", "More would be given back than was used.")
        return
    if body.code not in {item.code, *(alternate.code for alternate in item.alternates)}:
        raise Problem(409, "code_not_covered", f"{body.code} is not part of {item.name}.")
    if plan.status != "active":
        raise Problem(409, "plan_not_active", f"The plan is {plan.status}.")
    if body.used_on < term.starts_on and not term.flagged_early:
        raise Problem(409, "term_not_open", f"The term begins on {term.starts_on}.")
    if body.used_on > term.expires_on + timedelta(days=account.reach_back_days):
        raise Problem(409, "term_not_open", f"The term ended on {term.expires_on}.")
    if used > item.included and account.over_allotment == "refuse":
        raise Problem(409, "over_allotment", f"Only {item.included} of {item.name} are included.")
