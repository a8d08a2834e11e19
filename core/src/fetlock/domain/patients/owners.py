"""Change of owner: the patient gets an id of its new owner; the old one stays an alias (H-11, H-13)."""

from sqlalchemy import delete, func, select

from fetlock import clock
from fetlock.domain.clients import service as clients
from fetlock.domain.patients import codes, service
from fetlock.domain.patients.models import Patient, PatientAlias
from fetlock.errors import Conflict, Invalid
from fetlock.outbox.events import announce
from fetlock.work import Work


def change_owner(work: Work, patient_id: int, new_client_id: int, *, seen_revision: int) -> Patient:
    """Give a patient to another client, and tell every plugin.

    Lines on invoices of the former owner stay where they are: what was done then, that client owes.
    Raises `Conflict` when somebody saved the patient since it was seen.
    """
    work.require("patients.change_owner")
    patient = service.lock(work, patient_id)
    client = clients.get(work.session, new_client_id)
    if client.id == patient.client_id:
        raise Invalid({"client": "This client is the owner already."})
    if not client.active:
        raise Invalid({"client": "This client is inactive."})
    if patient.revision != seen_revision:
        raise Conflict("Somebody changed this patient meanwhile. Look at it, then change the owner again.")
    old_client_id, old_code = patient.client_id, patient.code
    new_code = _code_for(work, patient, client.id, client.account_number)
    work.session.execute(
        delete(PatientAlias).where(
            PatientAlias.patient_id == patient.id, func.upper(PatientAlias.code) == new_code.upper()
        )
    )
    work.session.add(PatientAlias(patient_id=patient.id, code=old_code, until=clock.now()))
    patient.client_id, patient.code = client.id, new_code
    patient.client = client
    patient.revision += 1
    work.session.flush()
    service.record(work, "patient.change_owner", patient, {"old_code": old_code, "new_code": new_code})
    announce(
        work,
        "patient_owner_changed",
        f"patient:{patient.id}",
        {
            "patient_id": patient.id,
            "old_client_id": old_client_id,
            "new_client_id": client.id,
            "old_code": old_code,
            "new_code": new_code,
        },
    )
    return patient


def _code_for(work: Work, patient: Patient, client_id: int, account_number: str) -> str:
    """The id it had with this client before, where it comes back; else the client's next one."""
    former = work.session.scalars(
        select(PatientAlias.code)
        .where(PatientAlias.patient_id == patient.id)
        .order_by(PatientAlias.until.desc())
    ).all()
    for code in former:
        if code.startswith(account_number) and codes.index_of(code[len(account_number) :]) is not None:
            return code
    return codes.next_code(work.session, client_id, account_number)
