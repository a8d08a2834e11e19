"""H-4: the second factor in the core: sealed to its owner, rotated with the key, each code used once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.actor import Actor
from fetlock.domain.access import attempts, half_way, passwords, recovery_codes, second_factor, sign_in
from fetlock.domain.access.attempts import FAILURES_OF_CODES, Counted
from fetlock.domain.access.models import SecondFactor, SignIn, SignInAttempt
from fetlock.domain.access.sign_in import Caller, CodeNeeded
from fetlock.domain.plugins.settings import reseal_all
from fetlock.domain.staff.models import Staff
from fetlock.errors import Conflict, FetlockError
from fetlock.platform.secrets import KeyUnreadable, Secrets
from fetlock.testing import Clinic

CODES = recovery_codes.make()


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


@pytest.fixture
def keys() -> list[str]:
    return [Fernet.generate_key().decode()]


@pytest.fixture
def secrets(keys: list[str]) -> Secrets:
    return Secrets(lambda: keys)


def nurse(clinic: Clinic) -> Actor:
    return Actor(staff_id=clinic.records.staff["Nurse"], name="Nurse")


def switch_on(clinic: Clinic, secrets: Secrets) -> pyotp.TOTP:
    """The nurse's, confirmed a minute ago."""
    actor = nurse(clinic)
    assert actor.staff_id is not None
    clinic.run(lambda work: second_factor.begin(work, secrets), actor=actor)
    with clinic.reading() as session:
        totp = pyotp.TOTP(second_factor.key_to_show(session, secrets, actor.staff_id))
    with clock.set_to(clock.now() - timedelta(minutes=1)):
        code = totp.at(clock.now())
        clinic.run(lambda work: second_factor.confirm(work, secrets, code, CODES), actor=actor)
    return totp


def needed(clinic: Clinic) -> CodeNeeded:
    with clinic.reading() as session:
        staff = session.get_one(Staff, nurse(clinic).staff_id)
        return CodeNeeded(staff.id, sign_in.password_mark(staff))


def outcome(clinic: Clinic, secrets: Secrets, code: str) -> str:
    try:
        half_way.finish(clinic.database, secrets, needed(clinic), code, Caller("192.0.2.1"))
    except FetlockError as error:
        return error.code
    return "in"


@pytest.mark.req("H-4")
def test_of_many_who_send_one_code_at_once_one_gets_in(clinic: Clinic, secrets: Secrets) -> None:
    totp = switch_on(clinic, secrets)

    def forget_failures(session: Session) -> None:
        attempts.clear(session, Counted.codes(nurse(clinic).staff_id or 0))

    for code in (totp.at(clock.now()), CODES[0]):
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _, sent=code: outcome(clinic, secrets, sent), range(4)))
        assert found.count("in") == 1
        assert set(found) <= {"in", "code_refused", "busy"}
        # those who came after the one that got in have failed: the next four begin from nothing
        clinic.database.write(forget_failures)
    with clinic.reading() as session:
        assert len(session.scalars(select(SignIn)).all()) == 2


@pytest.mark.req("H-4")
def test_guesses_sent_at_once_are_counted_like_guesses_in_a_row(clinic: Clinic, secrets: Secrets) -> None:
    switch_on(clinic, secrets)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda n: outcome(clinic, secrets, f"wrong{n}"), range(12)))
    assert set(found) <= {"code_refused", "too_many_attempts", "busy"}
    assert found.count("code_refused") <= FAILURES_OF_CODES


@pytest.mark.req("H-4", "PL-3")
def test_rotating_the_installations_key_covers_the_second_factors(
    clinic: Clinic, secrets: Secrets, keys: list[str]
) -> None:
    totp = switch_on(clinic, secrets)
    old = keys[0]
    keys.insert(0, Fernet.generate_key().decode())
    assert clinic.database.write(lambda session: reseal_all(session, secrets)) == 1
    keys.remove(old)
    assert outcome(clinic, Secrets(lambda: keys), totp.at(clock.now())) == "in"
    with clinic.reading() as session:
        sealed = session.scalars(select(SecondFactor.sealed)).one()
    with pytest.raises(KeyUnreadable):
        Secrets(lambda: [old]).open(sealed)


@pytest.mark.req("H-4")
def test_without_the_key_recovery_codes_still_open(clinic: Clinic, secrets: Secrets) -> None:
    totp = switch_on(clinic, secrets)
    other = Secrets(lambda: [Fernet.generate_key().decode()])
    assert outcome(clinic, other, totp.at(clock.now())) == "key_unreadable"
    assert outcome(clinic, other, CODES[1]) == "in"


@pytest.mark.req("H-4")
def test_a_key_copied_to_another_employee_opens_nothing(clinic: Clinic, secrets: Secrets) -> None:
    totp = switch_on(clinic, secrets)
    other = clinic.records.staff["Receptionist"]

    def copy(session: Session) -> None:
        row = session.get_one(SecondFactor, nurse(clinic).staff_id)
        copied = SecondFactor(staff_id=other, sealed=row.sealed, begun_at=row.begun_at)
        copied.confirmed_at = row.confirmed_at
        session.add(copied)

    clinic.database.write(copy)
    with pytest.raises(KeyUnreadable, match="belongs to somebody else"):
        clinic.database.write(
            lambda session: second_factor.accept(session, secrets, other, totp.at(clock.now()))
        )


@pytest.mark.req("H-4")
def test_recovery_codes_of_one_are_worth_nothing_to_another(clinic: Clinic, secrets: Secrets) -> None:
    switch_on(clinic, secrets)
    other = clinic.records.staff["Receptionist"]
    assert clinic.database.write(lambda session: recovery_codes.use(session, other, CODES[2])) is False
    with clinic.reading() as session:
        assert recovery_codes.left(session, clinic.records.staff["Nurse"]) == 10
    assert len({code for _ in range(20) for code in recovery_codes.make()}) == 200


@pytest.mark.req("H-4")
def test_the_system_itself_has_none(clinic: Clinic, secrets: Secrets) -> None:
    with pytest.raises(Conflict):
        clinic.run(
            lambda work: second_factor.begin(work, secrets),
            actor=Actor(staff_id=None, name="Fetlock", unrestricted=True),
        )


@pytest.mark.req("H-4")
def test_the_passwords_step_alone_forgives_no_failed_code(clinic: Clinic, secrets: Secrets) -> None:
    before = passwords.use(PasswordHasher.from_parameters(CHEAPEST))
    try:
        switch_on(clinic, secrets)
        known = passwords.hashed("seven quiet otters")
        staff_id = nurse(clinic).staff_id
        clinic.database.write(lambda s: setattr(s.get_one(Staff, staff_id), "password_hash", known))
        assert outcome(clinic, secrets, "wrong") == "code_refused"
        sign_in_as = (clinic.database, "nurse", "seven quiet otters", Caller("192.0.2.1"))
        assert isinstance(sign_in.sign_in(*sign_in_as), CodeNeeded)
        with clinic.reading() as session:
            assert len(session.scalars(select(SignInAttempt)).all()) == 1
            assert session.scalars(select(SignIn)).all() == []
    finally:
        passwords.use(before)
