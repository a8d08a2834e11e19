"""The declarative base of every table, core's and plugins', with names for every constraint."""

from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from fetlock.database.types import Key


class Base(DeclarativeBase):
    """Base of all tables. A plugin's table names begin with its prefix."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Identified:
    """A row with a number of its own."""

    id: Mapped[int] = mapped_column(Key, primary_key=True)
