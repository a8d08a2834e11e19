"""Members of the club: looking them up, and keeping what the club's service says of one."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select

from fetlock import Work, clock
from fetlock.contracts import EntitlementFacts, Question, Reading
from fetlock.services import EntitlementTerms, keep_entitlements
from fetlock.tables import Entitlement
from tests.dummy_plugin.models import Member
from tests.dummy_plugin.naming import BAG, JOIN, NAME


def members_among(reading: Reading, patient_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """The members among these patients by their ids, in one query."""
    rows = reading.rows(
        select(Member.patient_id, Member.number, Member.owes_fee).where(
            Member.patient_id.in_(list(patient_ids))
        )
    )
    return {row.patient_id: row for row in rows}


def bags_of(reading: Reading, patient_id: int) -> Row[Any] | None:
    """The patient's entitlement to bags of food, which core keeps for us."""
    rows = reading.rows(
        select(Entitlement.label, Entitlement.included, Entitlement.valid_from, Entitlement.valid_to).where(
            Entitlement.plugin == NAME, Entitlement.patient_id == patient_id
        )
    )
    return rows[0] if rows else None


def covers(bag: EntitlementFacts, product_code: str) -> bool:
    """Whether this entitlement is one of ours, usable, and for this product."""
    return bag.plugin == NAME and bag.usable and product_code == BAG


def question(patient_id: int, code: str) -> Question:
    """The question that makes or refreshes a membership."""
    return Question(
        question=JOIN, subject=f"patient:{patient_id}", data={"patient_id": patient_id, "code": code}
    )


def keep_member(work: Work, patient_id: int, answer: Mapping[str, Any]) -> None:
    """Keep what the service answered: the member in our table, the bags as core's entitlement."""
    session = work.session
    member = session.get(Member, patient_id) or Member(patient_id=patient_id)
    member.number = answer["number"]
    member.owes_fee = answer["owes_fee"]
    member.checked_at = clock.now()
    session.add(member)
    today = clock.today(work.site.time_zone)
    year = date(today.year, 1, 1)
    terms = EntitlementTerms(
        source_key=f"bags of {patient_id} in {year.year}",
        patient_id=patient_id,
        label="Bag of food",
        included=Decimal(answer["bags"]),
        valid_from=year,
        valid_to=year + timedelta(days=364),
        usable_from=year,
        chain=f"member {answer['number']}",
        term=1,
    )
    keep_entitlements(session, NAME, [terms])
