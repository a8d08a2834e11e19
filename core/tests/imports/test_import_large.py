"""A large file, an awkward one, and others at work meanwhile (H-15)."""

import random
import time

import pytest

from core.tests.imports.running import counts, csv_of, imported
from fetlock.domain.patients import service as patients
from fetlock.domain.patients.draft import PatientDraft
from fetlock.imports import Kind, read_sheet, run, settings_at
from fetlock.testing import Clinic

ROWS = 50_000
NAMES = [
    "Bella",
    "Max",
    "",
    "D’Artagnan",
    "O'Malley",
    "NA",
    "None",
    "Zoë 🐾",
    "Söckchen",
    "Rex, the 2nd",
    'Mr "B"',
]


@pytest.mark.req("H-15")
@pytest.mark.serial
def test_fifty_thousand_rows_come_in_within_a_minute_and_again_change_nothing(clinic: Clinic) -> None:
    rng = random.Random(57)
    clients = [
        [str(1000 + n), f"First {n}", rng.choice(["Smith", "O’Hara", "NA"]), f"860 55{n:05d}"]
        for n in range(9_000)
    ]
    header = ["Account No", "First", "Surname", "Phone"]
    assert counts(imported(clinic, Kind.CLIENTS, csv_of(header, clients)))[0] == 9_000
    rows = [
        [
            str(1000 + rng.randrange(9_100)),
            rng.choice(NAMES),
            rng.choice(["Dog", "Cat"]),
            rng.choice("MF"),
            f"C{n}" if n % 3 else "",
        ]
        for n in range(ROWS - 100)
    ]
    rows += rows[:100]
    content = csv_of(["Client ID", "Pet name", "Species", "Sex", "Chip"], rows)
    started = time.monotonic()
    first = imported(clinic, Kind.PATIENTS, content)
    seconds = time.monotonic() - started
    assert first.rows == ROWS
    unknown = sum(int(row[0]) >= 10_000 for row in rows)
    assert first.rejected == unknown
    assert first.created >= ROWS - unknown - 5_000
    assert first.unchanged > 0, "rows that say the same again"
    assert seconds < 60
    second = imported(clinic, Kind.PATIENTS, content)
    assert counts(second) == (0, 0, first.created + first.unchanged, unknown)


@pytest.mark.req("H-15")
def test_what_somebody_saves_meanwhile_costs_its_own_row_only(clinic: Clinic) -> None:
    content = csv_of(["account", "name"], [["58", f"Pup {n}"] for n in range(3)])
    with clinic.reading() as session:
        settings = settings_at(clinic.work(session))
    sheet = read_sheet(content)

    told: list[int] = []

    def progress(done: int, total: int) -> None:
        # after the plan, before the first portion is written, somebody takes the next id
        told.append(done)
        if len(told) == 2:
            draft = PatientDraft(name="Quick")
            clinic.run(lambda work: patients.create(work, clinic.records.clients["58"], draft))

    report = run(clinic.database, Kind.PATIENTS, sheet, settings, progress=progress)
    assert counts(report) == (2, 0, 0, 1)
    assert "just now" in report.errors[0].text
    assert counts(imported(clinic, Kind.PATIENTS, content)) == (1, 0, 2, 0)
