"""OP-4: figures for Prometheus, for whom they are meant, and without anything that names a person."""

import re
import uuid
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from fetlock import clock
from fetlock.outbox import heartbeat
from fetlock.outbox.models import OutboxRow
from fetlock.outbox.store import Posting, enqueue
from fetlock.work import Work
from fetlock_hostapp.simulators import free_port
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.cli.program import FOUNDING, Program
from hostapp.tests.cli.serving import serving

Samples = dict[str, list[tuple[dict[str, str], float]]]


def _read(text: str) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
    return found


def _value(found: Samples, name: str, **labels: str) -> float:
    """The sum of the samples with these labels."""
    return sum(value for own, value in found.get(name, []) if labels.items() <= own.items())


def _metrics(web: WebClinic) -> Samples:
    answer = web.visitor().get("/metrics")
    assert answer.status_code == 200
    return _read(answer.text)


def _post(work: Work) -> None:
    parcel = Posting(
        key=uuid.uuid4(),
        plugin="careplans",
        topic="entitlement",
        aggregate="a",
        subject="One",
        payload={},
        receiver="takes_keys",
        site_id=work.site.id,
    )
    enqueue(work.session, [parcel])


@pytest.mark.req("OP-4")
def test_requests_are_counted_by_the_pattern_of_their_address(web: WebClinic) -> None:
    client = web.signed_in()
    patient = web.clinic.records.patients["57A"]
    before = _metrics(web)
    for _ in range(3):
        assert client.get(f"/s/north/patients/{patient}").status_code == 200
    assert client.get("/s/north/patients/99999999").status_code == 404
    assert client.get("/Biscuit/57A").status_code == 404
    after = _metrics(web)
    route = {"route": "/s/{site_slug}/patients/{patient_id}", "method": "GET"}

    def more(**labels: str) -> float:
        name = "fetlock_request_seconds_count"
        return _value(after, name, **labels) - _value(before, name, **labels)

    assert more(**route, status="200") == 3
    assert more(**route, status="404") == 1
    assert more(route="(no such page)", status="404") == 1
    assert _value(after, "fetlock_hook_seconds_count", plugin="pricelist") >= 0
    routes = {labels["route"] for labels, _ in after["fetlock_request_seconds_count"]}
    assert not [each for each in routes if re.search(r"\d{2,}|Biscuit", each)]


@pytest.mark.req("OP-4")
def test_what_waits_stands_in_the_figures(web: WebClinic) -> None:
    web.clinic.run(_post)
    long_ago = clock.now() - timedelta(minutes=5)
    web.clinic.database.write(lambda s: s.execute(update(OutboxRow).values(created_at=long_ago)))
    web.clinic.database.write(lambda session: heartbeat.beat(session, "one"))
    refused = {"user_name": "administrator", "password": "not this one"}
    assert web.visitor().post("/api/v1/sign-in", json=refused).status_code == 401
    found = _metrics(web)
    assert _value(found, "fetlock_database_up") == 1
    assert _value(found, "fetlock_outbox_parcels", plugin="careplans", state="pending") == 1
    assert 299 <= _value(found, "fetlock_outbox_oldest_seconds", plugin="careplans") <= 400
    assert _value(found, "fetlock_workers") == 1
    assert _value(found, "fetlock_worker_heartbeat_age_seconds") < 60
    assert _value(found, "fetlock_sign_in_failures") == 1
    assert _value(found, "fetlock_database_connections", state="limit") == 16
    for name in ("fetlock_asks", "fetlock_messages", "fetlock_events_waiting", "fetlock_job_overdue_seconds"):
        assert f"# TYPE {name}" in web.visitor().get("/metrics").text


@pytest.mark.req("OP-4")
def test_without_a_token_only_this_machine_reads_them(web: WebClinic) -> None:
    visitor = web.visitor()
    assert visitor.get("/metrics").status_code == 200
    for header in ("x-forwarded-for", "forwarded", "via"):
        through_a_proxy = visitor.get("/metrics", headers={header: "203.0.113.9"})
        assert through_a_proxy.status_code == 404, "a proxy on this machine lets the world in"


@pytest.mark.req("OP-3", "OP-4")
@pytest.mark.serial
def test_processes_of_one_server_count_together_and_ask_for_the_token(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    program.ok("init", *FOUNDING)
    program.environment["FETLOCK_METRICS_TOKEN"] = "let-me-see"
    with serving(program, free_port(), "--workers", "2") as address:
        for _ in range(40):
            assert httpx.get(f"{address}/health/live").status_code == 200
        assert httpx.get(f"{address}/metrics").status_code == 404
        wrong = {"authorization": "Bearer not-this"}
        assert httpx.get(f"{address}/metrics", headers=wrong).status_code == 404
        right = {"authorization": "Bearer let-me-see"}
        counts = set()
        for _ in range(6):
            found = _read(httpx.get(f"{address}/metrics", headers=right).text)
            counts.add(_value(found, "fetlock_request_seconds_count", route="/health/live"))
        assert counts == {40}, "whichever process answers"


@pytest.mark.req("OP-4")
@pytest.mark.serial
def test_a_worker_counts_at_a_port_of_its_own(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    program.ok("init", *FOUNDING)
    worker = program.start("worker", "--metrics-port", str(port := free_port()))
    try:
        assert worker.stdout is not None
        assert "is running" in worker.stdout.readline()
        found = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert "# TYPE fetlock_hook_seconds histogram" in found
        worker.terminate()
        assert worker.wait(20) == 0
    finally:
        worker.kill()
        worker.communicate()
