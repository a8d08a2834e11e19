"""The switches of the simulator: look at everything, set a fault, start over. Loopback only."""

import ipaddress
import json
from typing import Any

from litestar import Response, Router, get, patch, post, put
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, RawBody

from fetlock_careplans_covetrus.sandbox.accounts import all_accounts, get_account, save_account
from fetlock_careplans_covetrus.sandbox.documents import Account
from fetlock_careplans_covetrus.sandbox.faults import Fault, current_fault, set_fault
from fetlock_careplans_covetrus.sandbox.plan_answer import plan_answer
from fetlock_careplans_covetrus.sandbox.plan_book import all_plans
from fetlock_careplans_covetrus.sandbox.plan_control import HANDLERS
from fetlock_careplans_covetrus.sandbox.problems import Problem, json_object
from fetlock_careplans_covetrus.sandbox.simulator import Simulator
from fetlock_careplans_covetrus.sandbox.usages import usage_answer

_SHOWN_ATTEMPTS = 200


def loopback_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse (403) whoever does not sit at this machine: the switches have no sign-in."""
    host = connection.client.host if connection.client else ""
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    if not near:
        raise Problem(403, "loopback_only", "The sandbox's switches answer this machine only.")


@get("/state", sync_to_thread=True)
def show_state(simulator: NamedDependency[Simulator]) -> dict[str, Any]:
    """Everything: accounts (without secrets), plans, usages, the last attempts newest first, the fault."""
    with simulator.store.transaction() as db:
        accounts = all_accounts(db)
        by_id = {account.account_id: account for account in accounts}
        plans = [
            {"account_id": plan.account_id} | plan_answer(db, by_id[plan.account_id], plan, simulator.today)
            for plan in all_plans(db)
        ]
        usages = [
            {"account_id": row["account_id"], **usage_answer(row)}
            for row in db.execute("SELECT * FROM usage ORDER BY id")
        ]
        attempts = db.execute("SELECT * FROM attempt ORDER BY id DESC LIMIT ?", (_SHOWN_ATTEMPTS,))
        return {
            "now": simulator.clock().isoformat(),
            "accounts": [account.model_dump(mode="json", exclude={"api_secret"}) for account in accounts],
            "plans": plans,
            "usages": usages,
            "attempts": [dict(row) | {"handled": bool(row["handled"])} for row in attempts],
            "faults": current_fault(db).model_dump(mode="json"),
        }


@put("/faults", sync_to_thread=True)
def change_fault(body: RawBody, simulator: NamedDependency[Simulator]) -> dict[str, Any]:
    """Set the fault, in place of any other; see ``faults.Fault`` for its fields."""
    fault = Fault.model_validate_json(body)
    with simulator.store.transaction() as db:
        set_fault(db, fault)
    return fault.model_dump(mode="json")


@post("/reset", status_code=200, sync_to_thread=True)
def reset(body: RawBody, simulator: NamedDependency[Simulator]) -> dict[str, Any]:
    """Forget everything and seed again; ``{"demo": false}`` leaves the account without plans."""
    demo = json_object(body or b"{}").get("demo", True) is True
    simulator.reset(demo=demo)
    return {"demo": demo}


@post("/accounts", sync_to_thread=True)
def create_account(body: RawBody, simulator: NamedDependency[Simulator]) -> Response[Any]:
    """Create or replace an account; fields as in ``documents.Account``."""
    account = Account.model_validate_json(body)
    with simulator.store.transaction() as db:
        save_account(db, account)
    return Response(account.model_dump(mode="json", exclude={"api_secret"}), status_code=201)


@patch("/accounts/{account_id:str}", sync_to_thread=True)
def change_account(
    account_id: FromPath[str], body: RawBody, simulator: NamedDependency[Simulator]
) -> dict[str, Any]:
    """Change some fields of an account: a new secret, ``over_allotment``, ``allows_self_sign_up``."""
    changes = json_object(body)
    with simulator.store.transaction() as db:
        before = get_account(db, account_id).model_dump(mode="json")
        account = Account.model_validate_json(json.dumps(before | changes | {"account_id": account_id}))
        save_account(db, account)
    return account.model_dump(mode="json", exclude={"api_secret"})


ROUTER = Router(
    "/sandbox",
    route_handlers=[show_state, change_fault, reset, create_account, change_account, *HANDLERS],
    guards=[loopback_only],
)
