"""A plugin whose own pages do what none may: each address one fault."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from litestar import Router, get, post
from sqlalchemy import text, update
from typing_extensions import override

from fetlock import Manifest, hookimpl
from fetlock.hooks import RegistrationHooks
from fetlock.services import record_audit
from fetlock.tables import Patient
from fetlock_hostapp.plugin import (
    Desk,
    FromPath,
    Html,
    PageHooks,
    StaffRequest,
    reading,
    staff_router,
    writing,
)

STOLEN: Final = "Stolen"


class Trespassing(RegistrationHooks):
    """Has pages, and no tables."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        web = f"{__name__}:pages"
        return Manifest(name="trespassing", label="Trespassing", version="1", hook_api=">=0.1,<0.2", web=web)


def raises(desk: Desk) -> None:
    raise LookupError("Biscuit of Dana Whitfield")


def ends_program(desk: Desk) -> None:
    sys.exit("Biscuit of Dana Whitfield")


def writes_core_by_statement(desk: Desk) -> None:
    desk.session.execute(update(Patient).values(name=STOLEN))


def writes_core_by_object(desk: Desk) -> None:
    desk.session.get_one(Patient, 1).name = STOLEN


def writes_core_by_text(desk: Desk) -> None:
    desk.session.execute(text(f"WITH a AS (SELECT 1) UPDATE patient SET name = '{STOLEN}'"))


def writes_core_and_swallows_it(desk: Desk) -> None:
    with suppress(Exception):
        desk.session.execute(text(f"UPDATE patient SET name = '{STOLEN}'"))


def commits(desk: Desk) -> None:
    with suppress(Exception):
        desk.session.commit()


def commits_underneath(desk: Desk) -> None:
    with suppress(Exception):
        desk.session.connection().commit()


def rolls_back(desk: Desk) -> None:
    desk.session.rollback()


def fails_a_statement(desk: Desk) -> None:
    with suppress(Exception):
        desk.session.execute(text("SELECT no_such_column FROM patient"))
    desk.session.get_one(Patient, 1)
    raise LookupError


def drops_a_table(desk: Desk) -> None:
    desk.session.execute(text("DROP TABLE patient"))


FAULTS: Final[dict[str, Callable[[Desk], None]]] = {
    act.__name__: act
    for act in (
        raises,
        ends_program,
        writes_core_by_statement,
        writes_core_by_object,
        writes_core_by_text,
        writes_core_and_swallows_it,
        commits,
        commits_underneath,
        rolls_back,
        fails_a_statement,
        drops_a_table,
    )
}
"""What a route of a plugin does wrong. Each costs its own answer: 500, with an incident."""


@get("/{fault:str}", permission="patients.view", sync_to_thread=True)
def look(request: StaffRequest, fault: FromPath[str]) -> Html:
    """The fault, where nothing may be written."""
    with reading(request) as desk:
        FAULTS[fault](desk)
        return desk.redirect("patients")


@post("/{fault:str}", permission="patients.view", sync_to_thread=True)
def change(request: StaffRequest, fault: FromPath[str]) -> Html:
    """The fault, in a transaction that writes; or what is allowed."""

    def work(desk: Desk) -> Html:
        if fault == "uses_a_service":
            record_audit(desk.session, "trespassing.nothing", staff_id=desk.person.id, site_id=desk.site.id)
        else:
            FAULTS[fault](desk)
        return desk.redirect("patients", ok="Done.")

    return writing(request, work)


class Pages(PageHooks):
    """Both."""

    @hookimpl
    @override
    def routers(self) -> Sequence[Router]:
        return [staff_router("trespassing", [look, change])]


pages: Any = Pages()
