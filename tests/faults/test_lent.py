"""PL-5: what a hook is lent, a window or a session, it cannot use against the host."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fetlock.contracts import SiteFacts
from fetlock.database.holding import Overstepped, held, released
from fetlock.domain.invoices.models import Invoice
from fetlock.jobs.models import JobState
from fetlock.outbox.models import EventPending
from fetlock.tables import Patient
from tests.dummy_plugin.counting import instead
from tests.faults.driving import Case, run_job
from tests.faults.faults import STOLEN
from tests.faults.matrix import Outcome
from tests.hook_contracts.hosting import Host


@pytest.mark.req("PL-5")
def test_changes_to_objects_that_were_read_go_nowhere(host_on_both: Host) -> None:
    """In the transaction that prices and closes: whatever is changed there would be written with it."""
    host = host_on_both

    def steals(real: Any, context: Any) -> Any:
        [row] = context.reading.rows(select(Patient).where(Patient.id == host.clinic.patient_id))
        row.Patient.name = STOLEN
        return real()

    instead["propose_line_adjustments"] = steals
    instead["check_invoice_close"] = steals
    added = host.add("NAIL")
    host.close(added.invoice.id)
    with host.runtime.database.reading() as session:
        assert session.get_one(Patient, host.clinic.patient_id).name == "Biscuit"
        assert session.get_one(Invoice, added.invoice.id).incomplete == []


@pytest.mark.req("PL-5")
@pytest.mark.parametrize(
    "trick",
    [
        lambda session: session.connection().commit(),
        lambda session: session.connection().rollback(),
        lambda session: session.get_transaction().commit(),
        lambda session: session.get_nested_transaction().rollback(),
        lambda session: session.expunge_all(),
        lambda session: session.execute(text("COMMIT")),
        lambda session: session.execute(text("ROLLBACK")),
        lambda session: session.execute(text("DELETE FROM invoice")),
        lambda session: session.execute(text("insert into patient (name) values ('Stolen')")),
        lambda session: session.execute(text("CREATE TABLE mine (id INTEGER)")),
        lambda session: setattr(session.get_one(Patient, 1), "name", STOLEN),
    ],
    ids=range(11),
)
def test_no_trick_with_a_session_gets_past_its_savepoint(host: Host, trick: Any) -> None:
    def plays(real: Any, context: Any) -> None:
        real()
        trick(context.work.session)

    instead["invoice_closed"] = plays
    invoice_id, _ = host.closed_invoice()
    case = Case(host, "invoice_closed")
    [pending] = case.rows(EventPending)
    assert "incident" in pending.problem
    with host.runtime.database.reading() as session:
        assert session.get_one(Patient, 1).name == "Biscuit"
        assert session.get_one(Invoice, invoice_id).amount > Decimal(0)


@pytest.mark.req("PL-5", "PL-9")
def test_a_job_that_goes_on_with_nonsense_has_failed(host: Host) -> None:
    instead["run_job"] = lambda real, context: context.go_on({"at": object()})
    assert run_job(Case(host, "run_job")) is Outcome.VISIBLE
    assert Case(host, "run_job").rows(JobState)[0].last_problem == ""


def test_core_at_work_for_a_plugin_is_not_held(host: Host) -> None:
    def work(session: Session) -> None:
        with held("dummy", "dummy_", writes=True, session=session):
            session.execute(text("DELETE FROM dummy_heard"))
            with released():
                session.execute(text("UPDATE patient SET name = name"))
            with suppress(Overstepped):
                session.execute(text("UPDATE dummyish SET name = 1"))

    with pytest.raises(Overstepped, match="dummyish"):  # though the plugin swallowed it
        host.runtime.database.write(work)


def test_standings_are_the_hosts_business_alone() -> None:
    facts = SiteFacts(site_id=1, slug="north", name="North", currency="USD", time_zone="UTC")
    assert "standings" not in repr(facts)
