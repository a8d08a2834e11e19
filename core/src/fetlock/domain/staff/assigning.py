"""Giving employees roles at sites, and taking them away (H-2, H-3)."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from fetlock.domain.audit.service import record
from fetlock.domain.staff.models import Staff, StaffRole
from fetlock.domain.staff.reach import Power, keep_an_administrator, powers_of_roles, reach_of
from fetlock.domain.tasks import assigning as tasks
from fetlock.errors import Invalid, NotFound
from fetlock.work import Work


def assign(work: Work, staff_id: int, wanted: Mapping[int, Iterable[int]]) -> None:
    """Give an employee exactly these roles at these sites: site id → role ids; other sites stay as they are.

    Only at sites where the actor may edit employees, and only roles that hold nothing the actor doesn't.
    Raises `NotFound` for another site, `Invalid` beside "roles" for a role that is too much.
    """
    work.require("staff.edit")
    session = work.session
    if session.get(Staff, staff_id) is None:
        raise NotFound("There is no such employee.")
    mine = reach_of(session, work.actor.staff_id)
    powers = powers_of_roles(session)
    changes: dict[str, dict[str, list[int]]] = {}
    for site_id, role_ids in wanted.items():
        if not mine.at(site_id).may("staff.edit"):
            raise NotFound("There is no such site.")
        given, taken = _difference(session, staff_id, site_id, set(role_ids))
        _refuse_beyond(mine.at(site_id), powers, given | taken)
        if given or taken:
            changes[str(site_id)] = {"given": sorted(given), "taken": sorted(taken)}
            _store(session, staff_id, site_id, given, taken)
    if changes:
        keep_an_administrator(session)
        tasks.hand_back_where_gone(session, staff_id)
        record(
            session,
            "staff.roles_assigned",
            staff_id=work.actor.staff_id,
            site_id=work.site.id,
            subject=f"staff:{staff_id}",
            detail={"sites": changes},
        )


def assignable(session: Session, staff_id: int | None) -> dict[int, list[int]]:
    """The ids of the roles that this person may give at each site where they may edit employees."""
    mine = reach_of(session, staff_id)
    powers = powers_of_roles(session)
    return {
        site_id: [role_id for role_id, power in powers.items() if here.covers(power)]
        for site_id, here in mine.sites.items()
        if here.may("staff.edit")
    }


def _difference(session: Session, staff_id: int, site_id: int, wanted: set[int]) -> tuple[set[int], set[int]]:
    present = set(
        session.scalars(
            select(StaffRole.role_id).where(StaffRole.staff_id == staff_id, StaffRole.site_id == site_id)
        )
    )
    return wanted - present, present - wanted


def _refuse_beyond(mine: Power, powers: Mapping[int, Power], role_ids: set[int]) -> None:
    for role_id in role_ids:
        power = powers.get(role_id)
        if power is None:
            raise Invalid({"roles": "One of the roles no longer exists. Look at the roles again."})
        if not mine.covers(power):
            raise Invalid({"roles": "You can give and take only roles that hold no more than your own."})


def _store(session: Session, staff_id: int, site_id: int, given: set[int], taken: set[int]) -> None:
    if taken:
        session.execute(
            delete(StaffRole).where(
                StaffRole.staff_id == staff_id, StaffRole.site_id == site_id, StaffRole.role_id.in_(taken)
            )
        )
    if given:
        rows = [{"staff_id": staff_id, "site_id": site_id, "role_id": role_id} for role_id in sorted(given)]
        session.execute(insert(StaffRole), rows)
