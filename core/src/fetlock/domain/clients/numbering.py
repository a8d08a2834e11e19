"""The next account number to offer (H-10)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fetlock.domain.clients.models import Client


def next_number(session: Session) -> str:
    """One above the highest account number of digits alone, as wide as that one."""
    row = session.execute(
        select(Client.account_value, Client.account_number)
        .where(Client.account_value.is_not(None))
        .order_by(Client.account_value.desc())
        .limit(1)
    ).first()
    if row is None:
        return "1"
    highest: int = row.account_value
    return str(highest + 1).zfill(len(row.account_number) if row.account_number.startswith("0") else 0)
