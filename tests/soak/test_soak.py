"""The short soak of `make test`: everything is killed for a while, and nothing is lost, doubled or half.

`make soak` is the long one; `SOAK_SEED=...` does a failed run again.
"""

import os
import secrets
from pathlib import Path

import pytest

from tests.soak.run import Soak, run

pytestmark = [pytest.mark.serial, pytest.mark.timeout(300)]

SECONDS = 22


@pytest.mark.req("PL-8", "H-34", "CPX-3", "CP-67", "H-41", "OP-3")
def test_killed_at_random_nothing_is_lost_doubled_or_half(database_url: str, tmp_path: Path) -> None:
    seed = os.environ.get("SOAK_SEED") or secrets.token_hex(4)
    history = run(Soak(database_url, tmp_path / "home", seed, SECONDS))
    for kind in ("web", "worker", "simulator", "direct client"):
        assert history.total(f"kill {kind}"), f"seed {seed}: no {kind} was killed: {history.counts}"
    for kind in ("usages at the vendor", "invoices closed", "events told", "promises kept, line"):
        assert history.counts[kind], f"seed {seed}: nothing was done: {history.counts}"
