"""PL-11: a schema fuzzer over every operation finds no 500 and no answer that the description doesn't hold.

Short and the same each time in `make test`; `make fuzz` sends more, and other requests each time.
"""

from typing import Any

import pytest

from tests.api import operations
from tests.api.clinic import API, FuzzedClinic
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


@pytest.mark.req("PL-11")
def test_the_ends_of_the_calendar_are_days_like_others(
    fuzzed: FuzzedClinic, known: dict[str, list[Any]]
) -> None:
    """A fuzzer rarely meets them: every day parameter there is, at the first and the last day of all."""
    asked = 0
    for path, found in fuzzed.description()["paths"].items():
        parameters = found.get("get", {}).get("parameters", ())
        days = [each["name"] for each in parameters if "'date'" in str(each["schema"])]
        if not days:
            continue
        address = path
        for each in parameters:
            if each["in"] == "path":
                address = address.replace(f"{{{each['name']}}}", str(known.get(each["name"], [1])[0]))
        for day in ("0001-01-01", "9999-12-31"):
            answer = fuzzed.client().get(address, params=dict.fromkeys(days, day))
            assert answer.status_code == 200, f"{address} {day}: {answer.text}"
            asked += 1
    assert asked >= 8


@pytest.mark.req("PL-11", "H-30")
def test_a_preview_for_a_patient_who_is_not_there_is_refused(fuzzed: FuzzedClinic) -> None:
    """Found by `make fuzz`: where a plugin checks lines, it was a fault of ours."""
    lines = {"lines": [{"patient_id": 987_654_321, "product_code": "NAIL"}]}
    for address in ("clients/1/invoice-lines/preview", "invoices/1/preview"):
        answer = fuzzed.client().post(f"{API}/{address}", json=lines)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, ["patient"]), answer.text
