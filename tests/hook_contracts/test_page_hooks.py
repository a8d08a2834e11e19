"""The plugin's pages are mounted for each kind of visitor, behind the host's gate."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from typing_extensions import override

from fetlock import hookimpl
from fetlock.contracts import Permission
from fetlock_hostapp.web.kernel.access import routes_of
from tests.dummy_plugin.counting import names
from tests.dummy_plugin.web import RIGHT_TOKEN
from tests.hook_contracts.broken_plugins import Named
from tests.hook_contracts.hosting import Host, hosting, installed
from tests.hook_contracts.shipping_rule import ROOT


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


class WithDocumentedPages(Named):
    """A plugin whose pages are those of docs/plugin-authors/pages.md."""

    @hookimpl
    @override
    def permissions(self) -> Sequence[Permission]:
        return [Permission(key="lab.view", label="See results")]


@pytest.mark.req("PL-7")
def test_the_documented_pages_are_served(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "plugin-authors" / "pages.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert found
    module = ModuleType("documented_pages")
    exec(compile(found[1], "pages.md", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, "documented_pages", module)
    plugin = WithDocumentedPages("lab", web="documented_pages:pages")
    with hosting(sqlite_url, tmp_path / "home", installed(plugin), strict=True) as host:
        assert "/s/{site_slug}/lab/patients/{patient_id}" in {route.path for route in routes_of(host.web.app)}
        assert host.staff().get("/s/north/lab/patients/1").status_code == 404, "it is off"
