"""The read-only window on the database that hooks which must look something up are given."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Row, Select


class Reading(Protocol):
    """Runs one SELECT over `fetlock.tables` and the plugin's own tables; refuses anything else."""

    def rows(
        self, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows of `statement`; `parameters` fill its `bindparam`s, where it was built once for all."""
        ...


class NoReading:
    """A window with nothing behind it: for pricing in memory, where no plugin may look anything up."""

    def rows(
        self, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Always empty."""
        return ()
