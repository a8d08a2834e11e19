"""The vendor's interface, version 1: what the plugin calls."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, RawBody

from fetlock_careplans_covetrus.sandbox.accounts import account_by_credentials
from fetlock_careplans_covetrus.sandbox.documents import Account
from fetlock_careplans_covetrus.sandbox.plan_answer import plan_answer
from fetlock_careplans_covetrus.sandbox.plan_book import plans_of
from fetlock_careplans_covetrus.sandbox.problems import Problem
from fetlock_careplans_covetrus.sandbox.simulator import Simulator
from fetlock_careplans_covetrus.sandbox.usages import UsageBody, find_usage, read_key, record_usage

_Request = Request[Any, Any, Any]


def provide_account(request: _Request, simulator: NamedDependency[Simulator]) -> Account:
    """The account that the headers X-Api-Key and X-Api-Secret open; 401 otherwise."""
    key, secret = request.headers.get("X-Api-Key", ""), request.headers.get("X-Api-Secret", "")
    with simulator.store.transaction() as db:
        return account_by_credentials(db, key, secret)


@get("/account", sync_to_thread=False)
def show_account(account: NamedDependency[Account]) -> dict[str, Any]:
    """Name and abilities of the account; never its credentials."""
    return account.model_dump(include={"account_id", "name", "allows_self_sign_up", "support_contact"})


@get("/plans", sync_to_thread=True)
def list_plans(
    request: _Request, account: NamedDependency[Account], simulator: NamedDependency[Simulator]
) -> dict[str, Any]:
    """The plans of one patient of one client: both ids are needed, both must match (CP-41)."""
    client = request.query_params.get("pims_client_id")
    patient = request.query_params.get("pims_patient_id")
    if not client or not patient:
        raise Problem(422, "ids_required", "Both pims_client_id and pims_patient_id are needed.")
    with simulator.store.transaction() as db:
        plans = [
            plan_answer(db, account, plan, simulator.today)
            for plan in plans_of(db, account.account_id, client, patient)
        ]
    return {"as_of": simulator.clock().isoformat(), "plans": plans}


@post("/usages", sync_to_thread=True)
def post_usage(
    request: _Request, body: RawBody, account: NamedDependency[Account], simulator: NamedDependency[Simulator]
) -> Response[dict[str, Any]]:
    """Record a usage once per Idempotency-Key."""
    key = read_key(request.headers.get("Idempotency-Key"))
    usage = UsageBody.model_validate_json(body)
    with simulator.store.transaction() as db:
        status, answer = record_usage(db, account, key, usage, simulator.clock())
    return Response(answer, status_code=status)


@get("/usages/{key:str}", sync_to_thread=True)
def show_usage(
    key: FromPath[str], account: NamedDependency[Account], simulator: NamedDependency[Simulator]
) -> dict[str, Any]:
    """The usage recorded under the practice's own key; 404 when there is none."""
    with simulator.store.transaction() as db:
        return find_usage(db, account, read_key(key))


ROUTER = Router(
    "/v1",
    route_handlers=[show_account, list_plans, post_usage, show_usage],
    dependencies={"account": Provide(provide_account, sync_to_thread=True)},
)
