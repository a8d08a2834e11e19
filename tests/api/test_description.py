"""PL-11: the description is whole, and changes only where somebody means it to."""

import re
from typing import Any, Final

import pytest

from tests.api.clinic import FuzzedClinic
from tests.api.operations import FILE, listed

METHODS: Final = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def description(fuzzed: FuzzedClinic) -> dict[str, Any]:
    return fuzzed.description()


@pytest.fixture(scope="module")
def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, found in description["paths"].items()
        for method, operation in found.items()
    ]


@pytest.mark.req("PL-11")
def test_the_operations_are_those_of_the_list(description: dict[str, Any]) -> None:
    before = set(FILE.read_text(encoding="utf-8").splitlines())
    now = set(listed(description))
    gone = "\n  - ".join(["", *sorted(before - now)])
    new = "\n  + ".join(["", *sorted(now - before)])
    assert before == now, f"{gone}{new}\nWhere that is meant: make api-list, and say so in CHANGELOG.md"


@pytest.mark.req("PL-11")
def test_every_operation_tells_all_of_itself(operations: list[tuple[str, str, dict[str, Any]]]) -> None:
    names = [operation["operationId"] for _, _, operation in operations]
    assert len(names) == len(set(names)) > 100
    for path, method, operation in operations:
        where = f"{method} {path}"
        assert method in METHODS
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", operation["operationId"]), where
        assert operation["summary"], where
        assert operation["description"], where
        assert operation["tags"], where
        statuses = set(operation["responses"])
        assert len([status for status in statuses if status.startswith("2")]) == 1, where
        assert {"400", "503"} <= statuses, where
        assert not operation["security"] or {"401", "403"} <= statuses, where
        assert "requestBody" not in operation or {"413", "415", "422"} <= statuses, where
        assert not operation["parameters"] or "{" not in path or "404" in statuses, where


@pytest.mark.req("PL-11")
def test_every_parameter_is_bounded(operations: list[tuple[str, str, dict[str, Any]]]) -> None:
    for path, method, operation in operations:
        for parameter in operation["parameters"]:
            schema = parameter["schema"]
            for each in schema.get("oneOf") or schema.get("anyOf") or [schema]:
                where = f"{method} {path}: {parameter['name']}: {each}"
                if each.get("type") == "integer":
                    assert -(2**63) <= each["minimum"] <= each["maximum"] < 2**63, where
                if each.get("type") == "string":
                    assert {"maxLength", "enum", "format", "pattern", "const"} & set(each), where


@pytest.mark.req("PL-11")
def test_what_is_sent_holds_nothing_that_nobody_knows(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for found in description["paths"].values():
        for operation in found.values():
            body = operation.get("requestBody")
            if body is None:
                continue
            name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert schemas[name]["additionalProperties"] is False, name
            for reference in re.findall(r"#/components/schemas/(\w+)", str(schemas[name])):
                assert reference in schemas


@pytest.mark.req("PL-11")
def test_who_may_call_is_said(operations: list[tuple[str, str, dict[str, Any]]]) -> None:
    for path, method, operation in operations:
        if path == "/api/v1/sign-in":
            assert operation["security"] == []
            continue
        by_cookie, *by_token = operation["security"]
        assert ("csrfToken" in by_cookie) is (method != "get"), path
        assert by_token in ([{"token": []}], []), path
