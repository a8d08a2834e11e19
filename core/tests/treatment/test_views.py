"""Reading the items of a patient: one query, whatever their number."""

from decimal import Decimal

from sqlalchemy import event

from fetlock.domain.treatment import service as treatment
from fetlock.domain.treatment import views
from fetlock.testing import Clinic


def test_items_of_a_patient_come_in_one_query(clinic: Clinic) -> None:
    for _ in range(4):
        clinic.run(
            lambda work: treatment.order(
                work, patient_id=clinic.patient_id, product_id=1, quantity=Decimal(1)
            )
        )
    statements: list[str] = []
    with clinic.reading() as session:
        session.connection()
        event.listen(
            clinic.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2])
        )
        assert len(views.of_patient(session, clinic.patient_id)) == 4
    assert len(statements) == 1
