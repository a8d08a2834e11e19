"""Plans for programs: the same as the pages, as JSON."""

import uuid
from typing import Any

import httpx
import pytest

from fetlock_careplans_covetrus.naming import NAME
from fetlock_hostapp.testing import WebClinic
from plugins.careplans_covetrus.tests.practice import Practice


@pytest.fixture
def gold(web_practice: Practice) -> Practice:
    """57A has a plan renewed early."""
    web_practice.two_terms(
        "NAIL", current=1, renewed=2, out_of_plan_discount={"percent": "10", "name": "Member savings"}
    )
    web_practice.refresh()
    return web_practice


@pytest.fixture
def program(web: WebClinic) -> httpx.Client:
    return web.signed_in("Receptionist")


def base(practice: Practice, patient: str = "57A", site: str = "north") -> str:
    return f"/api/v1/s/{site}/careplans/patients/{practice.clinic.records.patients[patient]}"


@pytest.mark.req("CP-36", "CP-40", "CP-41")
def test_plans_with_counters(gold: Practice, program: httpx.Client) -> None:
    gold.add(("NAIL", 2))
    answer = program.get(f"{base(gold)}/plans").json()
    assert (answer["client_id"], answer["patient_id"]) == ("57", "57A")
    assert answer["looked_up_at"].endswith(("Z", "+00:00"))
    (plan,) = answer["plans"]
    assert (plan["name"], plan["status"], plan["active"]) == ("Care Plan: Gold", "active", True)
    assert plan["out_of_plan_discount_percent"] == "10.0000"
    counted = [
        [service[name] for name in ("included", "used", "reserved", "available", "over")]
        for term in plan["terms"]
        for service in term["services"]
    ]
    assert counted == [
        ["1.0000", "1.0000", "1.0000", "0.0000", "0.0000"],
        ["2.0000", "1.0000", "1.0000", "1.0000", "0.0000"],
    ]
    (code,) = plan["terms"][0]["services"][0]["codes"]
    assert code == {
        "code": "NAIL",
        "name": "Nail trim",
        "product_id": gold.clinic.records.products["NAIL"],
        "chargeable": True,
        "price": "30.00",
    }


@pytest.mark.req("CP-39", "CP-57")
@pytest.mark.parametrize("where", ["treatment", "invoice"])
def test_adding_a_service(gold: Practice, program: httpx.Client, where: str) -> None:
    body = {"plan": 1, "service": gold.item("NAIL").item_id, "code": "NAIL", "where": where}
    answer = program.post(f"{base(gold)}/items", json=body)
    assert answer.status_code == 201
    added = answer.json()
    assert (added["net"], added["saved"], added["covered_quantity"]) == ("0.00", "30.00", "1.0000")
    assert added["explanations"] == ["covered by Care Plan: Gold, term 1, item NAIL"]
    assert gold.entries() == [("reserve", 1, 1)]


@pytest.mark.req("CP-53")
def test_asking_again_and_looking_for_the_answer(gold: Practice, program: httpx.Client) -> None:
    asked = program.post(f"{base(gold)}/refresh")
    assert (asked.status_code, asked.json()["state"]) == (202, "pending")
    gold.work_off()
    answer = program.get(f"{base(gold)}/asked/{asked.json()['key']}").json()
    assert (answer["state"], answer["ok"], answer["message"]) == ("answered", True, "1 plan found.")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"plan": 9}, 404),
        ({"service": 999}, 404),
        ({"code": "FOOD"}, 422),
        ({"where": "moon"}, 400),
        ({"code": ""}, 400),
        ({"plan": "x"}, 400),
    ],
)
def test_what_cannot_be_meant_is_refused(
    gold: Practice, program: httpx.Client, change: dict[str, Any], status: int
) -> None:
    body = {"plan": 1, "service": gold.item("NAIL").item_id, "code": "NAIL", "where": "invoice"} | change
    answer = program.post(f"{base(gold)}/items", json=body)
    assert answer.status_code in (status, 422 if status == 400 else status)
    assert "json" in answer.headers["content-type"]
    assert gold.entries() == []


def test_questions_about_another_patient_are_not_found(gold: Practice, program: httpx.Client) -> None:
    key = program.post(f"{base(gold)}/refresh").json()["key"]
    assert program.get(f"{base(gold, '57B')}/asked/{key}").status_code == 404
    assert program.get(f"{base(gold, site='south')}/asked/{key}").status_code == 404
    assert program.get(f"{base(gold)}/asked/{uuid.uuid4()}").status_code == 404
    assert program.get("/api/v1/s/north/careplans/patients/999999/plans").status_code == 404


@pytest.mark.req("CP-2")
def test_off_means_not_there(gold: Practice, program: httpx.Client) -> None:
    gold.clinic.switch(NAME, "off", site="north")
    assert program.get(f"{base(gold)}/plans").status_code == 404
    assert program.get(f"{base(gold, site='south')}/plans").status_code == 200


def test_the_interface_is_described(web: WebClinic, program: httpx.Client) -> None:
    paths = program.get("/api/v1/openapi.json").json()["paths"]
    assert any(path.endswith("/careplans/patients/{patient_id}/plans") for path in paths)
