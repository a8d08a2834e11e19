"""H-4: `fetlock access` lets the last administrator in again."""

import re

import pytest
from sqlalchemy import select

from fetlock.contracts.actor import Actor
from fetlock.database import Database
from fetlock.domain.access import second_factor
from fetlock.domain.access.models import SecondFactor
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.staff.models import Staff
from fetlock.platform.installation import Installation
from fetlock.platform.secrets import secrets_of
from fetlock_hostapp.starting import start_runtime
from hostapp.tests.cli.program import Program


@pytest.mark.req("H-4")
def test_the_last_administrator_is_let_in_again(founded: Program) -> None:
    installation = Installation(home=founded.home)
    assert "has no second factor" in founded.refused("access", "reset-second-factor", "lena")
    runtime = start_runtime(installation)
    lena = Actor(staff_id=1, name="Lena")
    runtime.database.write(
        lambda session: second_factor.begin(runtime.work_at(session, 1, lena), secrets_of(installation))
    )
    runtime.close()
    assert "Lena Marchetti" in founded.ok("access", "reset-second-factor", "LENA")
    said = founded.ok("access", "reset-password", "lena")
    assert re.search(r"told this once: [a-z0-9-]{14}\n", said)
    assert "Nobody has the user name ruth" in founded.refused("access", "reset-password", "ruth")
    database = Database(installation.url)
    with database.reading() as session:
        assert session.get(SecondFactor, 1) is None
        assert session.get_one(Staff, 1).must_change_password
        done = {tuple(row) for row in session.execute(select(AuditEntry.action, AuditEntry.staff_id))}
    database.dispose()
    assert {("staff.second_factor_reset", None), ("staff.password_reset", None)} <= done
