"""Finding every table of core: each area keeps its own in `domain/<area>/models.py`."""

import importlib
import pkgutil

from sqlalchemy import MetaData, Table

from fetlock.database.base import Base


def load_core_tables() -> MetaData:
    """Import the models of every area, and answer the metadata that then holds them."""
    from fetlock import domain

    importlib.import_module("fetlock.jobs.models")
    importlib.import_module("fetlock.outbox.models")
    importlib.import_module("fetlock.signals.models")
    importlib.import_module("fetlock.domain.entitlements.ledger")  # hangs triggers on its table
    for area in pkgutil.iter_modules(domain.__path__):
        if area.ispkg:
            for module in pkgutil.iter_modules([f"{domain.__path__[0]}/{area.name}"]):
                if module.name == "models":
                    importlib.import_module(f"fetlock.domain.{area.name}.models")
    return Base.metadata


def tables_of(prefix: str) -> list[Table]:
    """A plugin's tables, those whose names begin with its prefix, parents before children."""
    return [table for table in Base.metadata.sorted_tables if table.name.startswith(f"{prefix}_")]


def core_tables() -> list[Table]:
    """Core's own tables, parents before children: those defined in a module of `fetlock`."""
    load_core_tables()
    ours = {
        mapper.local_table
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith("fetlock.")
    }
    return [table for table in Base.metadata.sorted_tables if table in ours]
