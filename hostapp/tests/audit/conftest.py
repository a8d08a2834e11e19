"""Fixtures: `signed`, `signed_on_both`, sample clinics with a key; entries as they stand; raw SQL."""

import pytest
from sqlalchemy import select, text

from fetlock.domain.audit.models import AuditEntry
from fetlock.platform.secrets import ensure_key
from fetlock_hostapp.testing import WebClinic

LIST = "/s/north/administration/audit"


def entries(web: WebClinic, action: str = "") -> list[AuditEntry]:
    """What is recorded, of one action or of all, the oldest first."""
    with web.runtime.database.reading() as session:
        wanted = select(AuditEntry).order_by(AuditEntry.id)
        return list(session.scalars(wanted.where(AuditEntry.action == action) if action else wanted))


def tamper(web: WebClinic, statement: str) -> None:
    """SQL of somebody who holds the SQLite file itself."""
    with web.runtime.database.engine.begin() as connection:
        for table in ("audit_entry", "audit_link"):
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
        connection.execute(text(statement))


@pytest.fixture
def signed(web: WebClinic) -> WebClinic:
    ensure_key(web.runtime.installation)
    return web


@pytest.fixture
def signed_on_both(web_on_both: WebClinic) -> WebClinic:
    ensure_key(web_on_both.runtime.installation)
    return web_on_both
