"""Running prepared statements without the ORM's share of the work, where every pricing passes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session


def run(
    session: Session, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """All rows of a SELECT that was built once, in the session's transaction.

    Nothing is flushed: whoever changed what it reads through the ORM flushes that first.
    """
    return session.connection().execute(statement, parameters).all()
