"""H-3: the catalogue of permissions, the default roles, and the matrix that administrators edit."""

from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import select
from typing_extensions import override

from fetlock.contracts import HOOK_API, Manifest, Permission
from fetlock.contracts.actor import Actor
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.staff import catalogue, roles
from fetlock.domain.staff.models import Role, RolePermission
from fetlock.errors import Conflict, Invalid, NotFound, NotPermitted
from fetlock.hooks import RegistrationHooks, hookimpl
from fetlock.testing import Clinic


class Grooming(RegistrationHooks):
    """Adds a permission of its own."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(name="grooming", label="Grooming", version="1.0", hook_api=f"=={HOOK_API}")

    @hookimpl
    @override
    def permissions(self) -> Sequence[Permission]:
        return [
            Permission(key="grooming.cut", label="Cut hair", roles=frozenset({"Nurse"})),
            Permission(key="grooming.dye", label="Dye hair"),
        ]


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (Grooming(),)


def held(clinic: Clinic, role: str) -> frozenset[str]:
    with clinic.reading() as session:
        return roles.held_by(session).get(clinic.records.roles[role], frozenset())


@pytest.mark.req("H-3")
def test_the_catalogue_walks_the_areas_and_the_plugins(clinic: Clinic) -> None:
    groups = catalogue.catalogue(clinic.hooks.registry)
    keys = [permission.key for group in groups for permission in group.permissions]
    assert {"staff.roles", "sites.edit", "invoices.void", "grooming.cut"} <= set(keys)
    assert len(keys) == len(set(keys))
    assert [group.label for group in groups if group.plugin] == ["Grooming"]
    for group in groups:
        for permission in group.permissions:
            assert permission.key.startswith(f"{group.key}."), permission
            assert permission.label
            assert permission.roles <= set(roles.DEFAULT_ROLES), permission


@pytest.mark.req("H-3")
def test_default_roles_hold_what_permissions_say_of_themselves(clinic: Clinic) -> None:
    def again(session: object) -> dict[str, frozenset[str]]:
        for row in session.scalars(select(Role)):  # type: ignore[attr-defined]
            row.name = f"Old {row.name}"
        session.flush()  # type: ignore[attr-defined]
        made = roles.make_default_roles(session, clinic.hooks.registry)  # type: ignore[arg-type]
        assert made["Administrator"].everything
        stored = roles.held_by(session)  # type: ignore[arg-type]
        return {name: stored.get(role.id, frozenset()) for name, role in made.items()}

    found = clinic.database.write(again)
    assert "grooming.cut" in found["Nurse"]
    assert "grooming.cut" not in found["Veterinarian"]
    assert "invoices.take_payment" in found["Receptionist"]
    assert "invoices.take_payment" not in found["Nurse"]
    assert found["Administrator"] == frozenset()  # it needs no list


@pytest.mark.req("H-3", "H-5")
def test_the_matrix_is_changed_and_audited(clinic: Clinic) -> None:
    nurse = clinic.records.roles["Nurse"]
    wanted = (held(clinic, "Nurse") | {"invoices.void"}) - {"invoices.edit"}
    changed = clinic.run(lambda work: roles.set_permissions(work, {nurse: wanted}))
    assert [role.name for role in changed] == ["Nurse"]
    assert held(clinic, "Nurse") == wanted
    assert clinic.run(lambda work: roles.set_permissions(work, {nurse: wanted})) == []
    with clinic.reading() as session:
        entries = session.scalars(select(AuditEntry)).all()
        assert [(e.action, e.subject, e.detail) for e in entries] == [
            (
                "roles.permissions_changed",
                f"role:{nurse}",
                {"granted": ["invoices.void"], "revoked": ["invoices.edit"]},
            )
        ]


@pytest.mark.req("H-3")
def test_permissions_of_a_plugin_that_is_not_installed_now_are_kept(clinic: Clinic) -> None:
    nurse = clinic.records.roles["Nurse"]
    clinic.database.write(lambda s: s.add(RolePermission(role_id=nurse, permission="gone.use")))
    clinic.run(lambda work: roles.set_permissions(work, {nurse: ["grooming.dye"]}))
    assert held(clinic, "Nurse") == {"gone.use", "grooming.dye"}


@pytest.mark.req("H-3")
def test_what_cannot_be_set_is_refused(clinic: Clinic) -> None:
    records = clinic.records
    with pytest.raises(Invalid, match="Nobody declares"):
        clinic.run(lambda work: roles.set_permissions(work, {records.roles["Nurse"]: ["made.up"]}))
    with pytest.raises(Conflict, match="holds every permission"):
        clinic.run(lambda work: roles.set_permissions(work, {records.roles["Administrator"]: []}))
    with pytest.raises(NotFound):
        clinic.run(lambda work: roles.set_permissions(work, {987654: []}))
    nurse = Actor(staff_id=records.staff["Nurse"], name="Nurse", permissions=frozenset({"staff.roles"}))
    wanted = {records.roles["Nurse"]: held(clinic, "Nurse") | {"invoices.void"}}
    with pytest.raises(Invalid, match="what you may do yourself"):
        clinic.run(lambda work: roles.set_permissions(work, wanted), actor=nurse)
    nobody = Actor(staff_id=records.staff["Nurse"], name="Nurse")
    for deed in (
        lambda work: roles.set_permissions(work, {}),
        lambda work: roles.add(work, "X"),
        lambda work: roles.rename(work, records.roles["Nurse"], "X", ""),
        lambda work: roles.remove(work, records.roles["Nurse"]),
    ):
        with pytest.raises(NotPermitted):
            clinic.run(deed, actor=nobody)


@pytest.mark.req("H-3")
def test_a_role_is_added_like_another_renamed_and_removed(clinic: Clinic) -> None:
    records = clinic.records
    role = clinic.run(lambda work: roles.add(work, " Night  nurse ", like=records.roles["Nurse"]))
    records.roles[role.name] = role.id
    assert role.name == "Night nurse"
    assert held(clinic, "Night nurse") == held(clinic, "Nurse")
    everything = clinic.run(lambda work: roles.add(work, "Deputy", like=records.roles["Administrator"]))
    records.roles["Deputy"] = everything.id
    assert held(clinic, "Deputy") == catalogue.keys(catalogue.catalogue(clinic.hooks.registry))
    for name in ("", "x" * 81, "nurse"):
        with pytest.raises(Invalid) as refused:
            clinic.run(partial(roles.add, name=name))
        assert set(refused.value.fields) == {"name"}
    clinic.run(lambda work: roles.rename(work, role.id, "Night shift", "From ten to six"))
    with pytest.raises(Conflict, match="still given"):
        clinic.run(lambda work: roles.remove(work, records.roles["Nurse"]))
    with pytest.raises(Conflict, match="has to stay"):
        clinic.run(lambda work: roles.remove(work, records.roles["Administrator"]))
    clinic.run(lambda work: roles.remove(work, role.id))
    with clinic.reading() as session:
        assert session.get(Role, role.id) is None
        assert role.id not in roles.held_by(session)
