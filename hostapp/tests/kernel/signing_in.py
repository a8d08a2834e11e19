"""What the tests of signing in share: the form, hashes that are counted, codes of the second factor."""

import re
from datetime import timedelta

import pyotp
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from httpx import Client, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.actor import Actor
from fetlock.domain.access import recovery_codes, second_factor
from fetlock.domain.access.models import SignInAttempt
from fetlock.platform import secrets
from fetlock_hostapp.testing import WebClinic


class CountingHasher:
    """Counts every argon2 computation."""

    def __init__(self) -> None:
        self._real = PasswordHasher.from_parameters(CHEAPEST)
        self.computed = 0

    def hash(self, password: str) -> str:
        self.computed += 1
        return self._real.hash(password)

    def verify(self, hash: str, password: str) -> bool:
        self.computed += 1
        return self._real.verify(hash, password)

    def check_needs_rehash(self, hash: str) -> bool:
        return self._real.check_needs_rehash(hash)


def token_in(page: Response) -> str:
    found = re.search(r'name="_csrf_token" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found[1]


def send(client: Client, user_name: str, password: str, **more: str) -> Response:
    token = token_in(client.get("/sign-in"))
    fields = {"user_name": user_name, "password": password, "_csrf_token": token} | more
    return client.post("/sign-in", data=fields)


def attempts(web: WebClinic) -> int:
    with web.runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(SignInAttempt)) or 0


class Phone:
    """Somebody's second factor as their phone and their paper have it."""

    def __init__(self, key: str, codes: tuple[str, ...]) -> None:
        self._totp = pyotp.TOTP(key)
        self.key = key
        self.codes = codes

    def code(self, steps: int = 0) -> str:
        """What it shows now, or so many half minutes later."""
        return self._totp.at(clock.now() + steps * timedelta(seconds=second_factor.STEP))

    def wrong(self) -> str:
        """Six digits that it shows neither now nor soon."""
        shown = {self.code(steps) for steps in range(-3, 4)}
        return next(f"{number:06}" for number in range(10) if f"{number:06}" not in shown)


def give_phone(web: WebClinic, role: str) -> Phone:
    """Switch a second factor on for the employee with this role; its last code was that of a minute ago."""
    runtime = web.runtime
    secrets.ensure_key(runtime.installation)
    staff_id = web.clinic.records.staff[role]
    codes = recovery_codes.make()

    def switch_on(session: Session) -> str:
        work = runtime.work_at(
            session, web.clinic.records.sites["north"], Actor(staff_id=staff_id, name=role)
        )
        second_factor.begin(work, runtime.secrets)
        key = second_factor.key_to_show(session, runtime.secrets, staff_id)
        with clock.set_to(clock.now() - timedelta(minutes=1)):
            second_factor.confirm(work, runtime.secrets, pyotp.TOTP(key).at(clock.now()), codes)
        return key

    return Phone(runtime.database.write(switch_on), codes)


def send_code(client: Client, code: str, **more: str) -> Response:
    page = client.get("/sign-in/code")
    return client.post("/sign-in/code", data={"code": code, "_csrf_token": token_in(page)} | more)
