"""CPX-3: whatever two hundred commands do in whatever order, the ledger's sums are what is used."""

from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.tests.entitlements import books
from core.tests.entitlements.desk import Desk
from fetlock.testing import Clinic, SamplePlans

COMMANDS = 200
EXAMPLES = 12
_done: Counter[str] = Counter()


@pytest.mark.req("CPX-3", "CP-67", "CP-69", "CP-70")
@pytest.mark.timeout(900)
@settings(
    max_examples=EXAMPLES,
    # a seed does not shrink: what failed is told with its command instead
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.integers(min_value=0, max_value=2**32), st.booleans())
def test_any_two_hundred_commands_keep_the_books(seed: int, keeps_held: bool) -> None:
    with TemporaryDirectory() as folder:
        plans = SamplePlans(keeps_held=keeps_held)
        clinic = Clinic.build(f"sqlite:///{Path(folder) / 'clinic.sqlite3'}", plans)
        desk = Desk(clinic, Random(seed))
        before = books.read(clinic)
        for number in range(COMMANDS):
            desk.step()
            after = books.read(clinic)
            try:
                books.check(after)
                books.compare(before, after, desk.last, desk.touched)
            except AssertionError as error:
                error.add_note(f"after command {number}, {desk.last} of {desk.touched} {desk.refused}")
                raise
            before = after
        _done.update(desk.done)
        clinic.close()


def test_the_sequences_did_all_that_they_could() -> None:
    """Runs after the test above: a desk at which everything is refused would prove nothing."""
    if not _done:
        pytest.skip("the sequences were not run")
    least = {"add": 200, "settle_and_close": 200, "reopen": 50, "give_back": 50, "void": 20, "restore": 20}
    assert {name: _done[name] for name, count in least.items() if _done[name] < count} == {}
