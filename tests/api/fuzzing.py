"""Requests made from the description alone, with the ids of real rows where the description can’t know.

What schemathesis makes by itself would meet 404 nearly everywhere: so three times out of four a known name
(`client_id`, `product_code`, …) is given a value that stands in the clinic.
"""

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Any, Final

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES: Final = int(os.environ.get("FETLOCK_FUZZ_EXAMPLES", "7"))
"""Requests of each kind (as described, and not as described) for each operation; `make fuzz` sends more."""
LONG: Final = EXAMPLES > 7

SITE: Final = {"site_slug": "north"}
"""Always: at another site everything would be 404."""

CHECKS: Final[list[CheckFunction]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

Known = Mapping[str, list[Any]]


def load(description: dict[str, Any]) -> Any:
    """The description as schemathesis reads it, with settings of our own rather than of a file it finds.

    It doesn't learn of sign-ins and tokens: the client that sends has its own, and made-up ones end at 401.
    """
    for path in description["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    return schemathesis.openapi.from_dict(description, config=_config())


def _config() -> SchemathesisConfig:
    config = SchemathesisConfig()
    # no text of ours holds it, and PostgreSQL stores none: refused for all members, said once in the docs
    config.projects.default.generation.allow_x00 = False
    return config


def attack(
    operation: APIOperation[Any, Any, Any, Any],
    client: Callable[[], httpx.Client],
    known: Known,
    examples: int = EXAMPLES,
) -> dict[int, int]:
    """Send requests of both kinds, check every answer, and count the statuses.

    Raises the failures of schemathesis, with the request as a curl command.
    """
    seen: dict[int, int] = {}
    fixed = {name: value for name, value in SITE.items() if name in operation.path_parameters}
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        checks = [*CHECKS, negative_data_rejection] if mode.is_negative else CHECKS

        @settings(
            max_examples=examples,
            derandomize=not LONG,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy(generation_mode=mode, path_parameters=fixed),
            seed=st.integers(0, 2**32),
        )
        def run(case: Case[Any], seed: int) -> None:
            if mode.is_positive:  # noqa: B023 - run within the turn of the loop
                put_known(case, known, Random(seed))
            response = send(client(), case)
            seen[response.status_code] = seen.get(response.status_code, 0) + 1
            case.validate_response(response, checks=checks)  # noqa: B023
            if mode.is_positive and response.status_code == 400 and "cursor" not in response.text:  # noqa: B023
                raise AssertionError(
                    f"Sent as described, and refused: {case.as_curl_command()}\n{response.text}"
                )

        try:
            run()
        except schemathesis.errors.InvalidSchema:
            raise
        except Exception as error:
            if type(error).__name__ != "Unsatisfiable":
                raise
    return seen


def send(client: httpx.Client, case: Case[Any]) -> httpx.Response:
    """The request, by our client: signed in, in this process."""
    made = case.as_transport_kwargs(base_url=str(client.base_url))
    headers = {str(name): value for name, value in dict(made["headers"]).items()}
    sent = {name: made[name] for name in ("params", "json") if made.get(name) is not None}
    if made.get("data") is not None:
        sent["content"] = made["data"]
    answer = client.request(made["method"], made["url"], headers=headers, **sent)
    answer.elapsed = timedelta(0)  # schemathesis reads it, and nobody takes the time without a network
    return answer


def put_known(case: Case[Any], known: Known, random: Random) -> None:
    """Give parameters and members with known names values that stand in the clinic, three times in four."""
    case.path_parameters = _with_known(dict(case.path_parameters or {}), known, random)
    if case.query:
        case.query = _with_known(dict(case.query), known, random)
    if isinstance(case.body, dict | list):
        case.body = _with_known(case.body, known, random)


def _with_known(value: Any, known: Known, random: Random) -> Any:
    if isinstance(value, list):
        return [_with_known(each, known, random) for each in value]
    if isinstance(value, str) and not (value.isascii() and value.isprintable()):
        return value if random.random() < 0.25 else "Moss"  # most fields refuse what nobody would type
    if not isinstance(value, dict):
        return value
    return {
        name: _known_or(member, known[name], random) if name in known else _with_known(member, known, random)
        for name, member in value.items()
    }


def _known_or(member: Any, values: list[Any], random: Random) -> Any:
    """A value of the clinic in place of one of its type."""
    found = random.choice(values)
    fits = member is None or found is None or isinstance(member, type(found))
    return found if fits and random.random() < 0.75 else member
