"""`fetlock init`: a fresh installation, once, without any default password (OP-6)."""

import re
import stat

import httpx
import pytest
from sqlalchemy import select

from fetlock.database import Database
from fetlock.domain.sites.models import Organisation, Site
from fetlock.domain.staff.models import Role, RolePermission, Staff
from fetlock_hostapp.simulators import free_port
from hostapp.tests.cli.program import FOUNDING, Program
from hostapp.tests.cli.serving import serving


@pytest.mark.req("OP-6")
def test_it_makes_organisation_site_and_administrator_once(database_url: str, program: Program) -> None:
    program.environment["FETLOCK_DATABASE_URL"] = database_url
    said = program.ok("init", *FOUNDING)
    password = re.search(r"First password of lena, shown only now: (\S{14})", said)
    assert password is not None
    assert stat.S_IMODE((program.home / "secret.key").stat().st_mode) == 0o600
    assert "set up already" in program.refused("init", *FOUNDING)

    database = Database(database_url)
    with database.reading() as session:
        assert session.scalars(select(Organisation.name)).all() == ["Elm Street Veterinary Group"]
        assert session.scalars(select(Site.slug)).all() == ["elm-north"]
        person = session.scalars(select(Staff)).one()
        assert person.must_change_password
        assert password[1] not in person.password_hash
        roles = session.scalars(select(Role.name).order_by(Role.name)).all()
        assert roles == ["Administrator", "Nurse", "Receptionist", "Veterinarian"]
        assert "invoices.view" in session.scalars(select(RolePermission.permission)).all()
    database.dispose()


@pytest.mark.req("OP-6")
def test_the_first_sign_in_forces_a_change(program: Program) -> None:
    said = program.ok("init", *FOUNDING)
    password = said.partition("shown only now: ")[2].split()[0]
    with serving(program, free_port()) as address, httpx.Client(base_url=address) as client:
        signed_in = client.post("/api/v1/sign-in", json={"user_name": "lena", "password": password})
        assert signed_in.status_code < 300, signed_in.text
        page = client.get("/s/elm-north/patients", follow_redirects=True)
        assert "password" in str(page.url)


@pytest.mark.req("OP-6")
def test_a_chosen_first_password_must_be_a_good_one(program: Program) -> None:
    refused = program.refused("init", *FOUNDING, "--password-stdin", stdin="lena\n")
    assert "at least 10 characters" in refused
    said = program.ok("init", *FOUNDING, "--password-stdin", stdin="seven quiet otters\n")
    assert "shown only now" not in said


def test_what_is_missing_or_wrong_is_named(program: Program) -> None:
    assert "Give --organisation" in program.refused("init")
    wrong = [each for each in FOUNDING if not each.startswith("--time-zone")]
    assert "time zone" in program.refused("init", *wrong, "--time-zone=Mars/Base")
