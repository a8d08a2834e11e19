"""What the tests of API tokens share: making one on the page, and calling with it."""

import re

from httpx import Client
from sqlalchemy import select

from fetlock.domain.access.models import ApiToken
from fetlock_hostapp.testing import WebClinic

PAGE = "/s/north/account"
ME = "/api/v1/me"


def make(client: Client, **values: str) -> str:
    """Make a token as a person does, and answer its plain text."""
    typed = {"name": "Reports", "scope": "read", "site_id": "", "days": "90"} | values
    made = client.post(f"{PAGE}/tokens", data=typed)
    assert made.status_code == 200, made.text
    found = re.search(r'id="made-token">([^<]+)<', made.text)
    assert found
    return found[1]


def program(web: WebClinic, token: str) -> Client:
    """A program that sends this token, and neither a cookie nor a CSRF token."""
    client = web.visitor()
    client.headers["authorization"] = f"Bearer {token}"
    return client


def token_id(web: WebClinic, role: str, number: int = 0) -> int:
    """The id of one of this employee's tokens, in the order in which they were made."""
    with web.runtime.database.reading() as session:
        owner = ApiToken.staff_id == web.clinic.records.staff[role]
        return session.scalars(select(ApiToken.id).where(owner).order_by(ApiToken.id)).all()[number]
