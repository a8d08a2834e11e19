"""How employees get in, for programs: their tokens and second factor (H-4, H-6)."""

from datetime import datetime

from litestar import delete, get
from pydantic import BaseModel, Field

from fetlock.domain.access import second_factor, second_factor_change, tokens
from fetlock.domain.access.tokens import ListedToken
from fetlock.domain.staff.models import Staff
from fetlock.errors import NotFound
from fetlock_hostapp.plugin import Desk, FromPath, StaffRequest, reading, writing


class TokenAnswer(BaseModel):
    """An API token. `site_id` null: it reaches every site of its owner."""

    id: int
    name: str
    begins_with: str
    scope: str = Field(description="read or write")
    site_id: int | None
    state: str = Field(description="active, expired or revoked")
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class AccessAnswer(BaseModel):
    """How an employee gets in."""

    second_factor: bool
    second_factor_asked: bool = Field(description="Whether a role of theirs asks for one")
    recovery_codes_left: int
    tokens: list[TokenAnswer]


@get("/employees/{employee_id:int}/access", permission="staff.view", sync_to_thread=True, tags=["Employees"])
def employee_access_api(request: StaffRequest, employee_id: FromPath[int]) -> AccessAnswer:
    """Whether an employee has a second factor, and their API tokens."""
    with reading(request) as desk:
        if desk.session.get(Staff, employee_id) is None:
            raise NotFound("There is no such employee.")
        state = second_factor.state(desk.session, employee_id)
        return AccessAnswer(
            second_factor=state.on,
            second_factor_asked=second_factor.is_asked_of(desk.session, employee_id),
            recovery_codes_left=state.codes_left,
            tokens=[_shown(token) for token in tokens.tokens_of(desk.session, employee_id)],
        )


@delete(
    "/employees/{employee_id:int}/second-factor",
    permission="staff.edit",
    sync_to_thread=True,
    tags=["Employees"],
)
def reset_second_factor_api(request: StaffRequest, employee_id: FromPath[int]) -> None:
    """Take the second factor of somebody away who has lost it; they are signed out everywhere."""

    def work(desk: Desk) -> None:
        second_factor_change.reset(desk.work, employee_id)

    writing(request, work)


@delete(
    "/employees/{employee_id:int}/tokens/{token_id:int}",
    permission="staff.edit",
    sync_to_thread=True,
    tags=["Employees"],
)
def revoke_token_api(request: StaffRequest, employee_id: FromPath[int], token_id: FromPath[int]) -> None:
    """End a token of an employee."""

    def work(desk: Desk) -> None:
        tokens.revoke(desk.work, employee_id, token_id)

    writing(request, work)


def _shown(token: ListedToken) -> TokenAnswer:
    row = token.row
    return TokenAnswer(
        id=row.id,
        name=row.name,
        begins_with=row.shown,
        scope=row.scope,
        site_id=row.site_id,
        state=token.state,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )


HANDLERS = [employee_access_api, reset_second_factor_api, revoke_token_api]
