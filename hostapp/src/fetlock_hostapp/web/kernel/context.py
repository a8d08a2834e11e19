"""Who asks, where: read once for each request, in one thread hop, before any handler runs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from litestar import Request
from litestar.datastructures import State

from fetlock.contracts.actor import Actor
from fetlock.domain.sites.models import Site
from fetlock_hostapp.web.kernel.access import Access

STATE_KEY = "fetlock_context"


@dataclass(frozen=True, slots=True)
class Person:
    """The signed-in employee, as pages show them."""

    id: int
    full_name: str
    initials: str
    user_name: str


@dataclass(slots=True)
class Context:
    """What the gate found out. `secret`: of the cookie that CSRF token and notices are bound to.

    One of `sign_in_id` and `token_id` names what a signed-in person came by; a token has no secret here.
    """

    access: Access
    secret: str
    actor: Actor
    person: Person | None = None
    site: Site | None = None
    sites: tuple[Site, ...] = ()
    sign_in_id: int | None = None
    token_id: int | None = None
    must_change_password: bool = False
    new_visit: bool = False


class StaffRequest(Request[Any, Any, State]):
    """A request with what the gate found out about it."""

    @cached_property
    def context(self) -> Context:
        """Who asks, where."""
        found: Context = self.scope["state"][STATE_KEY]
        return found

    @property
    def is_htmx(self) -> bool:
        """Whether a part of a page asks, not a whole one."""
        return self.headers.get("hx-request") == "true"

    @property
    def is_api(self) -> bool:
        """Whether a program asks for JSON."""
        return self.scope["path"].startswith("/api/")
