"""Importing clients, patients, products and prices from CSV files (H-15).

A run reads the whole file, plans what each row would do, and only then writes, in transactions of a few
hundred rows: `created + updated + unchanged + rejected` are the rows, and a second run changes nothing.
An empty cell leaves what the record holds.
"""

from fetlock.imports.columns import FIELDS, Field, Kind, guess_mapping
from fetlock.imports.report import Noted, Report
from fetlock.imports.service import run, settings_at
from fetlock.imports.sheet import Sheet, UnreadableFile, read_sheet
from fetlock.imports.steps import Settings

__all__ = [
    "FIELDS",
    "Field",
    "Kind",
    "Noted",
    "Report",
    "Settings",
    "Sheet",
    "UnreadableFile",
    "guess_mapping",
    "read_sheet",
    "run",
    "settings_at",
]
