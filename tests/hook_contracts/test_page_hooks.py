"""The plugin's pages are mounted for each kind of visitor, behind the host's gate."""

import pytest

from tests.dummy_plugin.counting import names
from tests.dummy_plugin.web import RIGHT_TOKEN
from tests.hook_contracts.hosting import Host


@pytest.mark.req("PL-7")
def test_routers_are_mounted_for_each_kind_of_visitor(host: Host) -> None:
    host.join("57A")
    patient = host.clinic.patient_id
    receptionist, visitor = host.staff("Receptionist"), host.web.visitor()
    assert "M-57A" in receptionist.get("/s/north/club").text
    api = receptionist.get("/api/v1/s/north/club/members")
    assert api.json() == [{"patient_id": patient, "number": "M-57A"}]
    assert "/api/v1/s/{site_slug}/club/members" in receptionist.get("/api/v1/openapi.json").json()["paths"]
    assert visitor.get(f"/link/north/dummy/card/{RIGHT_TOKEN}").text == "Your membership"
    assert visitor.get("/link/north/dummy/card/wrong").status_code == 404
    joined = visitor.post("/machine/north/dummy/joined", headers={"x-club-token": RIGHT_TOKEN})
    assert (joined.status_code, joined.json()) == (201, {"site": "north"})
    assert visitor.post("/machine/north/dummy/joined").status_code == 404


@pytest.mark.req("PL-7", "H-3")
def test_routers_write_in_a_transaction_and_answer_with_the_hosts_look(host: Host) -> None:
    host.join("57A")
    receptionist = host.staff("Receptionist")
    paid = receptionist.post(f"/s/north/club/patients/{host.clinic.patient_id}/fee")
    assert (paid.status_code, paid.headers["location"]) == (303, "/s/north/club")
    assert "The fee is paid." in receptionist.get("/s/north/club").text
    nobody = receptionist.post(f"/s/north/club/patients/{host.clinic.records.patients['57B']}/fee")
    assert nobody.status_code == 404
    before = len(names())
    assert host.staff("Nurse").get("/s/north/club").status_code == 403
    assert host.web.visitor().get("/s/north/club").status_code == 303
    assert len(names()) == before, "neither reached the plugin"
