"""The counting itself: whatever is wrong in the end is seen, each thing by its own look."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from tests.soak import counting, witness
from tests.soak.counting import Counted
from tests.soak.direct import SoakDesk
from tests.soak.history import History
from tests.soak.mailbox import Mailbox
from tests.soak.preparing import Prepared, prepare


class NoVendor:
    """A vendor that recorded nothing."""

    def usages(self) -> list[dict[str, Any]]:
        return []

    def counts(self) -> dict[str, int]:
        return {}


@pytest.fixture
def prepared(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Prepared]:
    monkeypatch.setattr(witness, "_STUMBLES", 0.0)
    made = prepare(tmp_path / "home", sqlite_url, "http://127.0.0.1:9", 9)
    made.clinic.entitle("P1/T1/P1-T1-NAIL", 3, plugin="careplans_covetrus")
    desk = SoakDesk(made.clinic, Random("counting"))
    for _ in range(40):
        desk.step()
    yield made
    made.runtime.close()


def _counted(prepared: Prepared) -> Counted:
    vendor: Any = NoVendor()
    return Counted(prepared, vendor, Mailbox(Random(1), lambda: None), History())


def _spoil(prepared: Prepared, *statements: str) -> None:
    def run(session: Any) -> None:
        for statement in statements:
            session.execute(text(statement))

    prepared.runtime.database.write(run)


@pytest.mark.parametrize(
    ("look", "statement", "words"),
    [
        (counting.every_invoice_is_whole, "UPDATE invoice SET gross = gross + 1 WHERE id = 1", "gross"),
        (counting.every_invoice_is_whole, "UPDATE invoice_line SET amount = amount + 1", "amount"),
        (counting.every_invoice_is_whole, "DELETE FROM payment WHERE id = 1", "paid is not the sum"),
        (counting.every_invoice_is_whole, "DELETE FROM invoice_line_step WHERE position = 0", "trace"),
        (counting.every_invoice_is_whole, "DELETE FROM invoice_history", "history"),
        (counting.the_books_are_right, "UPDATE invoice SET number = number + 100 WHERE number > 1", "gaps"),
        (counting.every_event_was_told, "DELETE FROM dummy_heard", "never heard"),
    ],
)
def test_what_is_wrong_is_seen(
    prepared: Prepared, look: Callable[[Counted], None], statement: str, words: str
) -> None:
    sound = _counted(prepared)
    look(sound)
    assert sound.history.faults == []
    _spoil(prepared, statement)
    spoilt = _counted(prepared)
    look(spoilt)
    assert any(words in fault for fault in spoilt.history.faults), spoilt.history.faults


def test_what_was_promised_and_is_not_there_is_seen(prepared: Prepared) -> None:
    at = _counted(prepared)
    at.history.promise("line", 1)
    counting.what_was_promised_is_there(at)
    assert at.history.faults == []
    at.history.promise("line", 999_999)
    at.history.promise("payment", "0b1e7c0e-0000-4000-8000-000000000000")
    counting.what_was_promised_is_there(at)
    assert len(at.history.faults) == 2


def test_a_letter_that_came_twice_or_from_nowhere_is_seen(prepared: Prepared) -> None:
    at = _counted(prepared)
    at.box.arrivals["0b1e7c0e-0000-4000-8000-000000000000"] += 1
    counting.no_letter_went_twice(at)
    assert any("nobody wrote" in fault for fault in at.history.faults)
