"""PL-1: the host alone, each plugin alone, all together: it starts, its pages answer, an invoice closes."""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fetlock.domain.invoices.models import Invoice, InvoiceState
from fetlock.outbox import heartbeat
from fetlock_hostapp.web.kernel.access import EVERYONE, routes_of
from tests.dummy_plugin.counting import names
from tests.dummy_plugin.naming import NAME
from tests.dummy_plugin.plugin import plugin as dummy
from tests.hook_contracts.hosting import Host, hosting, installed
from tests.hook_contracts.shipping_rule import plugins_here

REAL = plugins_here()
SETS = {"host_alone": (), **{name: (name,) for name in REAL}, "dummy": (NAME,), "all": (*REAL, NAME)}


@pytest.fixture(params=SETS)
def host(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Iterator[Host]:
    """The host with one of the sets of plugins, each on at north."""
    everything = REAL | installed(dummy)
    plugins = {name: everything[name] for name in SETS[request.param]}
    with hosting(sqlite_url, tmp_path / "home", plugins, strict=True) as made:
        for name in plugins:
            made.switch("on", plugin=name)
        yield made


@pytest.mark.req("PL-1")
def test_an_invoice_is_priced_shown_and_closed(host: Host) -> None:
    assert host.web.visitor().get("/sign-in").status_code == 200
    added = host.add("EXAM", "FOOD")
    assert not added.invoice.incomplete
    assert added.invoice.gross == Decimal("111.18"), "58.00 + 50.00 with 6.35 % of tax"
    patient, invoice = f"patients/{host.clinic.patient_id}", f"invoices/{added.invoice.id}"
    plugins = [name for name, found in host.runtime.registry.plugins.items() if not found.builtin]
    for path in (patient, invoice, "administration/plugins", f"{patient}/panels/weights"):
        assert host.page(path)
    for plugin in plugins:
        assert "Unavailable" not in host.page(f"{patient}/panels/{plugin}")
    host.close(added.invoice.id)
    host.work_off()
    with host.runtime.database.reading() as session:
        closed = session.get_one(Invoice, added.invoice.id)
    assert (closed.state, closed.number is not None) == (InvoiceState.CLOSED, True)
    assert host.page(invoice)
    assert bool(names()) is ("dummy" in plugins)


@pytest.mark.req("PL-1")
def test_every_page_without_a_key_in_its_address_answers(host: Host) -> None:
    kernel = host.web.app.state.kernel
    host.runtime.database.write(lambda session: heartbeat.beat(session, "a worker"))  # or it is not ready
    walked = 0
    for route in routes_of(host.web.app):
        path = route.path.replace("{site_slug}", "north")
        access = kernel.access.get(id(route.handler))
        if route.method != "GET" or "{" in path or access is None:
            continue
        answer = host.staff().get(path)
        assert answer.status_code in (200, 303), (path, answer.status_code)
        assert access.permission == EVERYONE or answer.status_code < 400
        walked += 1
    assert walked > 15


@pytest.mark.req("PL-1", "PL-6")
def test_only_installed_plugins_have_tables(host: Host) -> None:
    url = host.runtime.installation.url.removeprefix("sqlite:///")
    with sqlite3.connect(url) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    here = host.runtime.registry.plugins
    for name, load in (REAL | installed(dummy)).items():
        plugin: Any = load()
        prefix = plugin.manifest().table_prefix
        if prefix:
            assert any(table.startswith(f"{prefix}_") for table in tables) is (name in here)
