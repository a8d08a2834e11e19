"""Whose account it is: clients, and insurers by the key that a plugin gave them. Finding and locking."""

import re
from collections.abc import Collection, Iterable
from typing import Final, cast

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.accounts.models import Account, AccountEntry, Insurer
from fetlock.domain.audit import service as audit
from fetlock.domain.clients.models import Client
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.work import Work

_ACCOUNT: Final = cast("Table", Account.__table__)
_MAKE: Final = {
    "sqlite": sqlite_insert(_ACCOUNT).on_conflict_do_nothing(),
    "postgresql": postgresql_insert(_ACCOUNT).on_conflict_do_nothing(),
}


def keep_insurer(work: Work, name: str, *, key: str = "") -> Insurer:
    """The insurer with this key, made where there is none; its name is brought up to date.

    `key`: a plugin's own, such as "trupanion"; made of the name where none is given, and then a second
    insurer of that name is refused. Needs `accounts.take_payment`. Raises `Invalid` beside "name".
    """
    work.require("accounts.take_payment")
    name = " ".join(name.split())
    if not name or len(name) > 200:
        raise Invalid({"name": "Enter the insurer's name, at most 200 letters."})
    wanted = key or "by-hand:" + (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:100] or "insurer")
    found = work.session.scalar(select(Insurer).where(Insurer.key == wanted))
    if found is not None and not key:
        raise Invalid({"name": f"There is an insurer of that name already: {found.name}."})
    if found is not None:
        found.name = name
        return found
    made = Insurer(key=wanted, name=name, active=True, created_at=clock.now())
    work.session.add(made)
    work.session.flush()
    audit.record(
        work.session,
        "account.insurer",
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"insurer:{made.id}",
        detail={"name": name, "key": wanted},
    )
    return made


def insurers(session: Session) -> list[Insurer]:
    """Those that a debt may be moved to, by name."""
    return list(session.scalars(select(Insurer).where(Insurer.active).order_by(Insurer.name, Insurer.id)))


def insurer(session: Session, insurer_id: int) -> Insurer:
    """An insurer by its id. Raises `NotFound`."""
    found = session.get(Insurer, insurer_id)
    if found is None:
        raise NotFound("There is no such insurer.")
    return found


def insurer_by_key(session: Session, key: str) -> Insurer:
    """An insurer by the key that `keep_insurer` was given. Raises `NotFound`."""
    found = session.scalar(select(Insurer).where(Insurer.key == key))
    if found is None:
        raise NotFound(f"There is no insurer with the key “{key}”.")
    return found


def find_account(
    session: Session, currency: str, *, client_id: int | None = None, insurer_id: int | None = None
) -> Account | None:
    """The party's account in a currency, None where nothing was ever put on it."""
    return session.scalar(
        select(Account).where(
            Account.client_id == client_id if client_id is not None else Account.insurer_id == insurer_id,
            Account.currency == currency,
        )
    )


def account_of(
    work: Work, currency: str, *, client_id: int | None = None, insurer_id: int | None = None
) -> Account:
    """The party's account, made where there is none; not locked. Raises `NotFound` for an unknown party."""
    session = work.session
    if client_id is not None and session.get(Client, client_id) is None:
        raise NotFound("There is no such client.")
    if insurer_id is not None:
        insurer(session, insurer_id)
    found = find_account(session, currency, client_id=client_id, insurer_id=insurer_id)
    if found is None:
        connection = session.connection()
        party = {"client_id": client_id, "insurer_id": insurer_id}
        values = party | {"currency": currency, "created_at": clock.now()}
        # two people may be the first at the same moment: one of them makes it, both use it
        connection.execute(_MAKE[connection.dialect.name], values)
        found = find_account(session, currency, client_id=client_id, insurer_id=insurer_id)
    if found is None:
        raise Conflict("The account was opened at this very moment. Please try again.")
    return found


def lock(work: Work, account_ids: Iterable[int]) -> dict[int, Account]:
    """Accounts by id, locked until the transaction ends, in the order of their ids.

    Locks of accounts come after those of invoices and before those of entitlements.
    """
    statement = (
        select(Account)
        .where(Account.id.in_(set(account_ids)))
        .order_by(Account.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {found.id: found for found in work.session.scalars(statement)}


def touched_by(session: Session, invoice_ids: Collection[int]) -> set[int]:
    """The accounts on which something of these invoices stands."""
    touched = select(AccountEntry.account_id).where(AccountEntry.invoice_id.in_(invoice_ids)).distinct()
    return set(session.scalars(touched))
