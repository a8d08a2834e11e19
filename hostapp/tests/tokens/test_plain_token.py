"""H-6, H-4: what is shown once (token, key, recovery codes) is in no table, log, file or export."""

import io
import logging
from pathlib import Path

import pytest
from httpx import Client
from sqlalchemy import select

from fetlock.database import Base
from fetlock.platform import secrets
from fetlock_hostapp.testing import PASSWORD, WebClinic
from fetlock_hostapp.web.kernel.access import routes_of
from hostapp.tests.kernel.signing_in import give_phone, send, send_code
from hostapp.tests.tokens.bearer import ME, make, program


def tables(web: WebClinic) -> str:
    """Everything that stands in any table, as text."""
    found = []
    with web.runtime.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            found += [repr(tuple(row)) for row in session.execute(select(table))]
    assert len(found) > 50
    return "\n".join(found)


def database_files(web: WebClinic) -> list[Path]:
    """The files of an SQLite database, its log included; none for a server."""
    url = web.runtime.database.engine.url
    if url.database is None or not url.drivername.startswith("sqlite"):
        return []
    found = list(Path(url.database).parent.glob(f"{Path(url.database).name}*"))
    assert sum(path.stat().st_size for path in found) > 100_000
    return found


def exports(web: WebClinic, client: Client) -> str:
    """Every page, list and file that can be read without an address of one's own."""
    found = []
    for route in routes_of(web.app):
        if route.method == "GET" and set(route.parameters) <= {"site_slug", "employee_id"}:
            path = route.path.format(site_slug="north", employee_id=web.clinic.records.staff["Nurse"])
            found.append(client.get(path).text)
    assert len(found) > 40
    return "\n".join(found)


@pytest.mark.req("H-6", "H-4")
def test_what_is_shown_once_stands_nowhere(
    web_on_both: WebClinic, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    web = web_on_both
    secrets.ensure_key(web.runtime.installation)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    statements = logging.getLogger("sqlalchemy.engine")
    before = root.level, statements.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    statements.setLevel(logging.DEBUG)
    try:
        token = make(web.signed_in("Nurse"), scope="write")
        client = program(web, token)
        assert client.get(ME).status_code == 200
        assert client.post("/api/v1/s/north/employees", json={}).status_code in (400, 403)
        assert client.get("/api/v1/s/nowhere/products").status_code == 404
        phone = give_phone(web, "Nurse")
        visitor = web.visitor()
        send(visitor, "nurse", PASSWORD)
        assert send_code(visitor, phone.codes[0]).status_code == 303
        shown = exports(web, web.signed_in()) + exports(web, web.signed_in("Nurse"))
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        statements.setLevel(before[1])
    logged = written.getvalue() + caplog.text
    assert "INSERT INTO api_token" in logged  # statements with their values were logged, and looked at
    stored = tables(web)
    files = b"".join(
        path.read_bytes() for path in (*tmp_path.rglob("*"), *database_files(web)) if path.is_file()
    )
    assert token[:8] in stored  # what is looked for would be found: people tell their tokens apart by this
    assert token[:8] in shown
    # also in parts: nothing longer than what people tell their tokens apart by
    for secret in (token, token[9:], phone.key, phone.codes[0], phone.codes[0].replace("-", ""), PASSWORD):
        assert secret not in stored
        assert secret not in logged
        assert secret not in shown
        assert secret.encode() not in files
