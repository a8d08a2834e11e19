"""The plugin in docs/plugin-authors/one-page.md is loaded from that page and works."""

import re
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts import SYSTEM, PatientContext
from fetlock.domain.invoices.lines import add_lines
from fetlock.domain.invoices.quoting import patient_facts
from fetlock.tables import Client
from fetlock.testing.clinic import Clinic

PAGE = Path(__file__).parents[2] / "docs" / "plugin-authors" / "one-page.md"


def _plugin() -> object:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, "the page has no Python block"
    module = ModuleType("fetlock_staff_discount")
    exec(compile(found[1], str(PAGE), "exec"), module.__dict__)
    return module.plugin


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (_plugin(),)


@pytest.mark.req("PL-7")
def test_the_documented_plugin_prices_and_shows(clinic: Clinic) -> None:
    clinic.product("SOAP", "50.00")
    before = clinic.run(lambda work: add_lines(work, clinic.client_id, [clinic.line("SOAP")]))
    assert before.invoice.amount == Decimal("50.00")

    def join_staff(session: Session) -> None:
        session.execute(update(Client).where(Client.id == clinic.client_id).values(account_number="staff-57"))

    clinic.database.write(join_staff)
    after = clinic.run(lambda work: add_lines(work, clinic.client_id, [clinic.line("SOAP")]))
    assert after.invoice.amount == Decimal("90.00")

    with clinic.reading() as session:
        work = clinic.work(session)
        context = PatientContext(
            patient=patient_facts(session, [clinic.patient_id])[clinic.patient_id],
            site=work.site_facts,
            viewer=SYSTEM,
            day=clock.today(work.site.time_zone),
        )
        [answer] = work.hooks.call("patient_panels", context, work.enabled)
    assert [panel.title for panel in answer.value] == ["One of us"]
