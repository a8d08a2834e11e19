"""PL-11: a schema fuzzer over every operation finds no 500 and no answer that the description doesn't hold.

Short and the same each time in `make test`; `make fuzz` sends more, and other requests each time.
"""

from typing import Any

import pytest

from tests.api import operations
from tests.api.clinic import FuzzedClinic
from tests.api.fuzzing import attack, load


@pytest.fixture(scope="module")
def by_name(fuzzed: FuzzedClinic) -> dict[str, Any]:
    found = (result.ok() for result in load(fuzzed.description()).get_all_operations())
    return {operation.definition.raw["operationId"]: operation for operation in found}


@pytest.fixture(scope="module")
def known(fuzzed: FuzzedClinic) -> dict[str, list[Any]]:
    return fuzzed.known()


@pytest.mark.req("PL-11")
@pytest.mark.parametrize("name", operations.names())
def test_whatever_is_sent_is_answered_as_described(
    fuzzed: FuzzedClinic, by_name: dict[str, Any], known: dict[str, list[Any]], name: str
) -> None:
    seen = attack(by_name[name], fuzzed.client, known)
    assert sum(seen.values()) > 0
    assert set(seen) - {401, 403}, "the administrator was shut out, so nothing was tried"
