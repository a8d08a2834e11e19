"""How the vendor shows a plan: standing by today's date, used counts, decimals as strings."""

import sqlite3
from datetime import date
from typing import Any

from fetlock_careplans_covetrus.sandbox.documents import Account, Item, Plan, Term
from fetlock_careplans_covetrus.sandbox.plan_book import plans_of, recorded


def term_status(term: Term, today: date) -> str:
    """``past``, ``current``, ``renewed_early`` (usable before it starts) or ``future``."""
    if term.expires_on < today:
        return "past"
    if term.starts_on <= today:
        return "current"
    return "renewed_early" if term.flagged_early else "future"


def plan_status(plan: Plan, today: date) -> str:
    """The stored word; but an active plan whose terms are over is ``expired``, not yet begun ``pending``."""
    if plan.status != "active":
        return plan.status
    standing = {term_status(term, today) for term in plan.terms}
    if "current" in standing:
        return "active"
    return "expired" if standing <= {"past"} else "pending"


def plan_answer(db: sqlite3.Connection, account: Account, plan: Plan, today: date) -> dict[str, Any]:
    """The plan as ``GET /v1/plans`` shows it, terms by start, items in the vendor's order (CP-49)."""
    used = recorded(db, plan.id)
    family = plans_of(db, account.account_id, plan.pims_client_id)
    return plan.model_dump(mode="json", exclude={"account_id", "terms"}) | {
        "status": plan_status(plan, today),
        "merchant": account.name,
        "terms": [
            _term_answer(term, used, today) for term in sorted(plan.terms, key=lambda term: term.starts_on)
        ],
        "pet_family": [_relative(other, today) for other in family if other.id != plan.id],
    }


def _term_answer(term: Term, used: dict[str, int], today: date) -> dict[str, Any]:
    return term.model_dump(mode="json", exclude={"items"}) | {
        "status": term_status(term, today),
        "items": [_item_answer(item, used) for item in sorted(term.items, key=lambda item: item.position)],
    }


def _item_answer(item: Item, used: dict[str, int]) -> dict[str, Any]:
    shown = item.model_dump(mode="json", exclude={"opening_used"})
    return shown | {"used": item.opening_used + used.get(item.id, 0)}


def _relative(plan: Plan, today: date) -> dict[str, Any]:
    return {
        "pims_patient_id": plan.pims_patient_id,
        "patient_name": plan.patient.name,
        "species": plan.patient.species,
        "plan_name": plan.name,
        "status": plan_status(plan, today),
    }
