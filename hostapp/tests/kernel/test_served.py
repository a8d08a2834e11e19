"""UI-5, OP-4, PL-11: headers, static files, health, and the description of the API."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from fetlock.platform.installation import Installation
from fetlock.platform.migrations import upgrade
from fetlock.platform.secrets import ensure_key
from fetlock_hostapp.app import create_app
from fetlock_hostapp.starting import start_runtime
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.web.kernel.access import routes_of
from fetlock_hostapp.web.kernel.health import missing


@pytest.mark.req("UI-5")
@pytest.mark.parametrize(
    "path", ["/sign-in", "/nowhere", "/s/north/administration/sites", "/api/v1/me", "/health/live"]
)
def test_every_answer_forbids_what_is_inline_or_foreign(web: WebClinic, path: str) -> None:
    for client in (web.visitor(), web.signed_in()):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        # the API's answers have tags, and may be kept by whoever asks again with one (PL-11)
        assert headers["cache-control"] in (
            "no-store",
            "private, no-cache" if "/api/" in path else "no-store",
        )
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


@pytest.mark.req("UI-5")
def test_pages_name_only_addresses_of_ours_with_the_stamp_of_their_files(web: WebClinic) -> None:
    page = web.signed_in().get("/s/north/administration/employees").text
    addresses = re.findall(r'(?:src|href|action|hx-get)="([^"]+)"', page)
    assert addresses
    assert not [address for address in addresses if not address.startswith(("/", "#"))]
    static = [address for address in addresses if address.startswith("/static/")]
    assert static
    assert all(re.match(r"/static/~[0-9a-f]{12}/", address) for address in static)
    client = web.visitor()
    for address in set(static):
        answer = client.get(address.partition("#")[0])
        assert answer.status_code == 200, address
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.req("UI-5")
def test_static_files_are_packed_and_not_sent_twice(web: WebClinic) -> None:
    client = web.visitor()
    plain = client.get("/static/fetlock.css", headers={"accept-encoding": "identity"})
    packed = client.get("/static/fetlock.css")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert len(gzip.compress(plain.content)) < len(plain.content)
    assert plain.headers["cache-control"] == "no-cache"
    again = client.get("/static/fetlock.css", headers={"if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    old = client.get("/static/~000000000000/fetlock.css")
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path", ["../app.py", "..%2f..%2fapp.py", "css/../../kernel/gate.py", ".hidden", "css", "/etc/passwd"]
)
def test_nothing_but_static_files_is_served(web: WebClinic, path: str) -> None:
    assert web.visitor().get(f"/static/{path}").status_code == 404


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.mark.req("OP-4")
def test_ready_only_with_a_migrated_database(home: Path, web: WebClinic) -> None:
    assert web.visitor().get("/health/live").json() == {"status": "live"}
    runtime = start_runtime(Installation(home=home, pool_size=2))
    assert missing(runtime, frozenset()) == ["migrations", "secrets"]
    upgrade(runtime.database, runtime.registry)
    ensure_key(runtime.installation)
    assert missing(runtime, frozenset()) == ["worker"]
    assert missing(runtime, frozenset({"worker"})) == []
    runtime.close()


@pytest.mark.req("OP-4")
def test_not_ready_without_a_database(tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'x.db'}"
    runtime = start_runtime(Installation(home=tmp_path, database_url=nowhere, pool_size=2))
    assert missing(runtime, frozenset()) == ["database"]
    runtime.close()


@pytest.mark.req("PL-11")
def test_the_api_describes_itself_in_openapi_3_1_and_nothing_else(web: WebClinic) -> None:
    answer = web.visitor().get("/api/v1/openapi.json")
    assert answer.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    document: dict[str, Any] = json.loads(answer.text)
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    mounted = {
        (route.method, route.path)
        for route in routes_of(web.app)
        if route.path.startswith("/api/v1/") and not route.path.endswith("openapi.json")
    }
    assert described == mounted
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description") or operation.get("summary"), f"{method} {path}"
    for path in ("/schema", "/litestar-schema", "/litestar-schema/openapi.json", "/litestar-schema/swagger"):
        assert web.signed_in().get(path).status_code == 404


def test_head_is_answered_wherever_get_is_and_without_a_body(web: WebClinic) -> None:
    client = web.signed_in()
    for path in ("/health/live", "/sign-in", "/s/north/administration/sites", "/static/fetlock.css"):
        head, whole = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == whole.headers["content-type"]


def test_there_are_as_many_threads_as_database_connections(tmp_path: Path) -> None:
    from litestar.concurrency import get_asyncio_executor

    runtime = start_runtime(Installation(home=tmp_path, pool_size=44))
    create_app(runtime)
    executor = get_asyncio_executor()
    assert executor is not None
    assert executor._max_workers == 44
    assert Installation().pool_size >= 40
    runtime.close()
