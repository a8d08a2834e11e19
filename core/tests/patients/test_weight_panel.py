"""The built-in weight panel (H-11, UI-4)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from fetlock import clock
from fetlock.builtin.weights import WeightPanel
from fetlock.contracts import PatientContext, Series, SummaryPanel
from fetlock.domain.invoices.quoting import patient_facts
from fetlock.domain.patients import weights
from fetlock.platform.reading import SessionReading
from fetlock.testing import Clinic


def panel(clinic: Clinic) -> SummaryPanel:
    with clinic.reading() as session:
        work = clinic.work(session)
        facts = patient_facts(session, [clinic.patient_id])[clinic.patient_id]
        context = PatientContext(
            patient=facts,
            site=work.site_facts,
            viewer=work.actor,
            day=clinic.today(),
            reading=SessionReading(session),
        )
        [found] = WeightPanel().patient_panels(context)
        return found


@pytest.mark.req("UI-4")
def test_without_a_weight_the_title_says_so(clinic: Clinic) -> None:
    assert panel(clinic).title == "Weight: none yet"
    assert panel(clinic).links[0].href == f"patients/{clinic.patient_id}/weights"


@pytest.mark.req("H-11", "UI-4")
def test_weights_are_a_series_in_the_unit_of_the_latest(clinic: Clinic) -> None:
    before = clock.now() - timedelta(days=30)
    clinic.run(lambda w: weights.add(w, clinic.patient_id, Decimal("40.6"), "lb"))
    clinic.run(lambda w: weights.add(w, clinic.patient_id, Decimal("18.143"), "kg", measured_at=before))
    found = panel(clinic)
    assert found.title == "Weight: 40.6 lb"
    [series] = found.blocks
    assert isinstance(series, Series)
    assert series.unit == "lb"
    days: list[date] = [day for day, _ in series.points]
    assert days == sorted(days)
    assert [value for _, value in series.points] == [Decimal("39.998"), Decimal("40.6")]
