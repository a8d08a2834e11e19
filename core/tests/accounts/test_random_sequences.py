"""H-38: whatever is done in whatever order, invoices less payments are the balance, of everybody."""

from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.tests.accounts import books
from core.tests.accounts.till import Till
from fetlock.testing import Clinic

COMMANDS = 150
EXAMPLES = 12
_done: Counter[str] = Counter()


@pytest.mark.req("H-38", "H-34")
@pytest.mark.timeout(900)
@settings(
    max_examples=EXAMPLES,
    # a seed does not shrink: what failed is told with its command instead
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.integers(min_value=0, max_value=2**32))
def test_any_sequence_of_commands_keeps_the_balance(seed: int) -> None:
    with TemporaryDirectory() as folder:
        clinic = Clinic.build(f"sqlite:///{Path(folder) / 'clinic.sqlite3'}")
        till = Till(clinic, Random(seed))
        before = books.read(clinic)
        for number in range(COMMANDS):
            try:
                till.step()
                after = books.read(clinic)
                books.check(after)
                books.compare(before, after)
            except AssertionError as error:
                error.add_note(f"after command {number}, {till.last} {till.refused}")
                raise
            before = after
        _done.update(till.done)
        clinic.close()


def test_the_sequences_did_all_that_they_could() -> None:
    """Runs after the test above: a till at which everything is refused would prove nothing."""
    if not _done:
        pytest.skip("the sequences were not run")
    least = dict.fromkeys(["sell", "settle", "pay_account", "return_some"], 40)
    least |= dict.fromkeys(["reopen_and_change", "deposit", "give_back", "pay_insurer", "void"], 10)
    least |= dict.fromkeys(["bill_client", "write_off", "spend", "release", "goodwill", "again"], 2)
    assert {name: _done[name] for name, count in least.items() if _done[name] < count} == {}
