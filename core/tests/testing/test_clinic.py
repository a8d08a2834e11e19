"""The sample clinic that plugins are tested with."""

from decimal import Decimal

import pytest

from fetlock import NotPermitted
from fetlock.domain.invoices import lines
from fetlock.testing import Clinic, SamplePlans


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(),)


def test_covers_what_the_patient_is_entitled_to(clinic: Clinic) -> None:
    clinic.entitle("NAIL gold", 1)
    wanted = [clinic.line("NAIL", 3), clinic.line("EXAM"), clinic.line("NAIL", patient="57B")]
    changed = clinic.run(lambda work: lines.add_lines(work, clinic.client_id, wanted))
    assert (changed.invoice.savings, changed.invoice.discount) == (Decimal(30), Decimal("5.80"))
    assert changed.invoice.gross == Decimal("142.20")


def test_a_switched_off_plugin_takes_no_part_at_that_site(clinic: Clinic) -> None:
    clinic.entitle("NAIL gold", 1)
    clinic.switch("plans", "off")
    for site, gross in [("north", 30), ("south", 0)]:
        changed = clinic.run(
            lambda work: lines.add_lines(work, clinic.client_id, [clinic.line("NAIL")]), site=site
        )
        assert changed.invoice.gross == gross


def test_actors_have_the_permissions_of_their_role(clinic: Clinic) -> None:
    with pytest.raises(NotPermitted):
        clinic.run(
            lambda work: lines.return_line(work, 1, Decimal(1), reason="x"), actor=clinic.actor("Nurse")
        )
