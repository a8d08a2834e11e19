"""H-2, H-3: employees and their roles; nobody gives, takes or takes over more than their own power."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from fetlock.contracts.actor import Actor
from fetlock.domain.access import presence, sign_in
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.staff import assigning, employees, listing
from fetlock.domain.staff.employees import EmployeeDraft
from fetlock.domain.staff.models import Role, RolePermission, Staff, StaffRole
from fetlock.errors import Conflict, Invalid, NotFound, NotPermitted
from fetlock.testing import Clinic

RUTH: dict[str, str] = {"first_name": " Ruth ", "last_name": "Okonkwo", "user_name": "ruth"}


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


def give(clinic: Clinic, role: str, *permissions: str) -> Actor:
    """Let this role hold further permissions, and answer the employee who has it."""
    clinic.database.write(
        lambda session: session.add_all(
            RolePermission(role_id=clinic.records.roles[role], permission=key) for key in permissions
        )
    )
    held = clinic.records.permissions[role] | set(permissions)
    return Actor(staff_id=clinic.records.staff[role], name=role, permissions=frozenset(held))


def audited(clinic: Clinic) -> list[tuple[str, str]]:
    with clinic.reading() as session:
        return [(row.action, row.subject) for row in session.scalars(select(AuditEntry))]


@pytest.mark.req("H-2", "H-5")
def test_an_employee_is_added_with_a_password_to_be_changed(clinic: Clinic) -> None:
    staff = clinic.run(lambda work: employees.add(work, EmployeeDraft(**RUTH), "hash"))
    assert (staff.full_name, staff.initials, staff.must_change_password) == ("Ruth Okonkwo", "RO", True)
    assert ("staff.added", f"staff:{staff.id}") in audited(clinic)


@pytest.mark.req("H-2")
@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"first_name": "  ", "last_name": "", "email": "ruth@"}, {"first_name", "last_name", "email"}),
        ({"user_name": "r"}, {"user_name"}),
        ({"user_name": "ruth okonkwo"}, {"user_name"}),
        ({"user_name": "NURSE"}, {"user_name"}),
        ({"initials": "ROOOOOOO", "prefix": "x" * 21}, {"initials", "prefix"}),
    ],
)
def test_each_wrong_field_is_named(clinic: Clinic, typed: dict[str, str], fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        clinic.run(lambda work: employees.add(work, EmployeeDraft(**(RUTH | typed)), "hash"))
    assert set(refused.value.fields) == fields


@pytest.mark.req("H-2", "H-5")
def test_deactivating_ends_open_sign_ins_at_once_and_keeps_the_rest(clinic: Clinic) -> None:
    nurse = clinic.records.staff["Nurse"]
    token = clinic.database.write(lambda session: sign_in.open_for(session, nurse))
    with clinic.reading() as session:
        assert presence.find(session, token) is not None
    clinic.run(lambda work: employees.deactivate(work, nurse))
    with clinic.reading() as session:
        assert presence.find(session, token) is None
        assert session.get_one(Staff, nurse).full_name == "Nurse Smith"
    clinic.run(lambda work: employees.activate(work, nurse))
    with clinic.reading() as session:
        assert presence.find(session, token) is None  # what has ended stays so
        assert listing.employee(session, nurse, list(clinic.records.sites.values())).roles
    assert [action for action, _ in audited(clinic)] == ["staff.deactivated", "staff.activated"]


@pytest.mark.req("H-2")
def test_nobody_deactivates_themselves_or_the_last_administrator(clinic: Clinic) -> None:
    administrator = clinic.records.staff["Administrator"]
    with pytest.raises(Conflict, match="yourself"):
        clinic.run(lambda work: employees.deactivate(work, administrator))
    system = Actor(staff_id=None, name="Fetlock", unrestricted=True)
    with pytest.raises(Conflict, match="last administrator"):
        clinic.run(lambda work: employees.deactivate(work, administrator), actor=system)
    everywhere: dict[int, list[int]] = {site_id: [] for site_id in clinic.records.sites.values()}
    with pytest.raises(Conflict, match="last administrator"):
        clinic.run(lambda work: assigning.assign(work, administrator, everywhere))
    with clinic.reading() as session:
        assert session.get_one(Staff, administrator).active


@pytest.mark.req("H-2", "H-3")
@pytest.mark.parametrize("deed", ["reset", "deactivate", "rename"])
def test_whoever_may_do_less_cannot_take_over_the_administrator(clinic: Clinic, deed: str) -> None:
    receptionist = give(clinic, "Receptionist", "staff.view", "staff.edit")
    administrator = clinic.records.staff["Administrator"]

    def act(work: Any, staff_id: int) -> None:
        if deed == "reset":
            employees.reset_password(work, staff_id, "mine now")
        elif deed == "deactivate":
            employees.deactivate(work, staff_id)
        else:
            draft = EmployeeDraft(first_name="A", last_name="B", user_name=f"mine.{staff_id}")
            employees.change(work, staff_id, draft)

    with pytest.raises(Conflict, match="may do more than you"):
        clinic.run(lambda work: act(work, administrator), actor=receptionist)
    newcomer = clinic.run(lambda work: employees.add(work, EmployeeDraft(**RUTH), "hash")).id
    clinic.run(lambda work: act(work, newcomer), actor=receptionist)
    with clinic.reading() as session:
        assert session.get_one(Staff, administrator).password_hash != "mine now"


@pytest.mark.req("H-2", "H-3")
def test_roles_are_given_only_where_and_only_as_far_as_the_giver_reaches(clinic: Clinic) -> None:
    receptionist = give(clinic, "Receptionist", "staff.view", "staff.edit")
    records = clinic.records
    north, south = records.sites["north"], records.sites["south"]

    def leave_south(session: Any) -> None:
        key = (records.staff["Receptionist"], south, records.roles["Receptionist"])
        session.delete(session.get_one(StaffRole, key))

    clinic.database.write(leave_south)
    newcomer = clinic.run(lambda work: employees.add(work, EmployeeDraft(**RUTH), "hash")).id
    clinic.run(
        lambda work: assigning.assign(work, newcomer, {north: [records.roles["Receptionist"]]}),
        actor=receptionist,
    )
    for role in ("Administrator", "Veterinarian"):  # these hold what a receptionist doesn't
        too_much = partial(assigning.assign, staff_id=newcomer, wanted={north: [records.roles[role]]})
        with pytest.raises(Invalid) as refused:
            clinic.run(too_much, actor=receptionist)
        assert set(refused.value.fields) == {"roles"}
    with pytest.raises(NotFound):
        clinic.run(lambda work: assigning.assign(work, newcomer, {south: []}), actor=receptionist)
    with pytest.raises(Invalid):
        clinic.run(lambda work: assigning.assign(work, newcomer, {north: [987654]}))
    with clinic.reading() as session:
        held = listing.employee(session, newcomer, [north, south])
        assert held.by_site == {"North Clinic": ["Receptionist"]}


@pytest.mark.req("H-2", "H-3")
def test_every_command_asks_for_its_permission(clinic: Clinic) -> None:
    nobody = Actor(staff_id=clinic.records.staff["Nurse"], name="Nurse")
    nurse = clinic.records.staff["Nurse"]
    draft = EmployeeDraft(**RUTH)
    deeds = [
        lambda work: employees.add(work, draft, "hash"),
        lambda work: employees.change(work, nurse, draft),
        lambda work: employees.deactivate(work, nurse),
        lambda work: employees.activate(work, nurse),
        lambda work: employees.reset_password(work, nurse, "hash"),
        lambda work: assigning.assign(work, nurse, {}),
    ]
    for deed in deeds:
        with pytest.raises(NotPermitted, match=r"staff\.edit"):
            clinic.run(deed, actor=nobody)
    assert audited(clinic) == []


@pytest.mark.req("H-1", "H-2")
def test_a_list_tells_only_of_the_viewers_sites(clinic: Clinic) -> None:
    with clinic.reading() as session:
        rows = listing.employees(session, [clinic.records.sites["north"]], query="smith nurse")
        assert [(row.staff.user_name, row.by_site) for row in rows] == [
            ("nurse", {"North Clinic": ["Nurse"]})
        ]
        assert listing.employees(session, [], query="100%") == []
        assert len(listing.employees(session, [], active=True)) == 4


@pytest.mark.req("H-3")
def test_a_person_has_the_sum_of_their_roles_at_each_site(clinic: Clinic) -> None:
    records = clinic.records
    nurse, south = records.staff["Nurse"], records.sites["south"]
    clinic.database.write(
        lambda session: session.add(
            StaffRole(staff_id=nurse, site_id=south, role_id=records.roles["Receptionist"])
        )
    )
    token = clinic.database.write(lambda session: sign_in.open_for(session, nurse))
    with clinic.reading() as session:
        found = presence.find(session, token)
        assert found is not None
        sites = {site.slug: presence.actor_at(session, found, site) for site in found.sites}
        assert presence.actor_at(session, found, None).permissions == frozenset()
    assert sites["north"].permissions == records.permissions["Nurse"]
    assert sites["south"].permissions == records.permissions["Nurse"] | records.permissions["Receptionist"]
    assert not sites["south"].unrestricted


@pytest.mark.req("H-3")
def test_a_role_that_holds_everything_holds_what_plugins_add_later(clinic: Clinic) -> None:
    administrator = clinic.records.staff["Administrator"]
    token = clinic.database.write(lambda session: sign_in.open_for(session, administrator))
    with clinic.reading() as session:
        found = presence.find(session, token)
        assert found is not None
        assert presence.actor_at(session, found, found.sites[0]).may("some_plugin.not_installed_yet")
        assert session.get_one(Role, clinic.records.roles["Administrator"]).everything
