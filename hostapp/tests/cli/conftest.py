"""The `fetlock` program with a fresh home; `founded` has an organisation, a site and an administrator."""

from pathlib import Path

import pytest

from hostapp.tests.cli.program import FOUNDING, Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture
def founded(program: Program) -> Program:
    program.ok("init", *FOUNDING)
    return program
