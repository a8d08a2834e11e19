"""H-5: a verification names what somebody changed, inserted or removed with the database in their hands."""

import pytest
from sqlalchemy import text

from core.tests.audit.conftest import Log
from fetlock.database import Database
from fetlock.domain.audit import chain
from fetlock.domain.audit.service import record
from fetlock.domain.audit.signing import OPTION, HeadKeys
from fetlock.domain.audit.verifying import ACCEPTED, verify

ACTIONS = ("a.one", "a.two", "a.three", "a.four", "a.five")


@pytest.fixture
def five(log: Log) -> Log:
    """A log of five entries, whose ids are their numbers."""
    log.write(*ACTIONS)
    return log


def test_an_empty_log_is_whole(log: Log) -> None:
    found = log.verified()
    assert (found.ok, found.total, found.founded_at) == (True, 0, None)


@pytest.mark.req("H-5")
def test_a_whole_chain(five: Log) -> None:
    steps: list[tuple[int, int]] = []
    found = verify(five.database, five.keys, progress=lambda *step: steps.append(step))
    assert (found.ok, found.total, found.seen, found.number) == (True, 5, 5, 5)
    assert found.hash == five.hash_of(5)
    assert steps[-1] == (5, 5)


@pytest.mark.req("H-5")
@pytest.mark.parametrize(
    "change",
    [
        "action = 'a.else'",
        "subject = 'staff:2'",
        "reason = 'because'",
        "detail = '{\"x\": 1}'",
        "at = '2020-01-01 00:00:00.000000'",
    ],
)
def test_a_changed_entry_is_named(five: Log, change: str) -> None:
    five.tamper(f"UPDATE audit_entry SET {change} WHERE id = 3")
    (fault,) = five.verified().faults
    assert (fault.kind, fault.number, fault.entry_id) == ("changed", 3, 3)
    assert fault.text == "Number 3: entry 3 was changed."


@pytest.mark.req("H-5")
def test_swapped_entries_are_named(five: Log) -> None:
    five.tamper(
        "UPDATE audit_link SET entry_id = 99 WHERE number = 2",
        "UPDATE audit_link SET entry_id = 2 WHERE number = 3",
        "UPDATE audit_link SET entry_id = 3 WHERE number = 2",
    )
    assert five.said() == [("changed", 2), ("changed", 3)]


@pytest.mark.req("H-5")
def test_a_changed_hash_is_named_alone(five: Log) -> None:
    five.tamper("UPDATE audit_link SET hash = '" + "f" * 64 + "' WHERE number = 2")
    assert five.said() == [("changed", 2)]


@pytest.mark.req("H-5")
def test_a_removed_entry_is_named(five: Log) -> None:
    five.tamper("DELETE FROM audit_entry WHERE id = 2")
    (fault,) = five.verified().faults
    assert (fault.kind, fault.number, fault.entry_id) == ("removed", 2, 2)


@pytest.mark.req("H-5")
def test_a_removed_entry_is_named_when_its_link_is_gone_too(five: Log) -> None:
    five.tamper("DELETE FROM audit_link WHERE number IN (2, 3)", "DELETE FROM audit_entry WHERE id IN (2, 3)")
    found = five.verified()
    assert [(fault.kind.value, fault.number) for fault in found.faults] == [("removed", 2)]
    assert found.fault_count == 2
    assert "Numbers 2 to 3: removed." in found.faults[0].text


@pytest.mark.req("H-5")
def test_an_inserted_entry_is_named(five: Log) -> None:
    five.tamper(
        "INSERT INTO audit_entry (id, at, action, subject, reason, detail)"
        " VALUES (77, '2026-01-01 00:00:00', 'a.forged', '', '', '{}')"
    )
    (fault,) = five.verified().faults
    assert (fault.kind, fault.number, fault.entry_id) == ("inserted", None, 77)


@pytest.mark.req("H-5")
def test_an_inserted_link_is_named(five: Log) -> None:
    five.tamper(
        "INSERT INTO audit_entry (id, at, action, subject, reason, detail)"
        " VALUES (77, '2026-01-01 00:00:00', 'a.forged', '', '', '{}')",
        "INSERT INTO audit_link (number, entry_id, hash) VALUES (6, 77, '" + "0" * 64 + "')",
    )
    (fault,) = five.verified().faults
    assert (fault.kind, fault.number, fault.entry_id) == ("inserted", 6, 77)


@pytest.mark.req("H-5")
def test_a_cut_tail_is_named(five: Log) -> None:
    five.tamper("DELETE FROM audit_link WHERE number > 3", "DELETE FROM audit_entry WHERE id > 3")
    (fault,) = five.verified().faults
    assert (fault.kind, fault.number) == ("cut", 4)
    assert fault.text == "Numbers 4 to 5: cut off at the end."
    five.write("a.later")
    assert five.said() == [("removed", 4)], "what is recorded later does not heal it"


@pytest.mark.req("H-5")
def test_a_cut_tail_is_seen_when_the_head_was_moved_to_fit(five: Log) -> None:
    before = five.hash_of(3)
    proven = {5: five.hash_of(5)}
    five.tamper(
        "DELETE FROM audit_link WHERE number > 3",
        "DELETE FROM audit_entry WHERE id > 3",
        f"UPDATE audit_head SET length = 3, hash = '{before}'",
    )
    (fault,) = five.verified().faults
    assert fault.kind == "head"
    assert "changed outside of Fetlock" in fault.text
    assert "cut off" in fault.text
    assert ("cut", 5) in [(each.kind.value, each.number) for each in five.verified(proven).faults]
    five.write("a.later")
    assert five.actions()[3:] == [chain.DOUBTED, "a.later"], "the next writer does not sign it unseen"
    assert five.said() == [("head", 4)]


@pytest.mark.req("H-5")
def test_a_tail_cut_back_to_an_older_signed_head_is_seen_by_the_last_verification(five: Log) -> None:
    with five.database.reading() as session:
        head = session.execute(text("SELECT length, hash, signature FROM audit_head")).one()
    five.write("a.six")
    proven = {6: five.hash_of(6)}
    five.tamper(
        "DELETE FROM audit_link WHERE number > 5",
        "DELETE FROM audit_entry WHERE id > 5",
        f"UPDATE audit_head SET length = 5, hash = '{head.hash}', signature = '{head.signature}'",
    )
    assert five.said() == [], "the chain alone cannot know"
    (fault,) = five.verified(proven).faults
    assert (fault.kind, fault.number) == ("cut", 6)
    five.write("a.other")
    (fault,) = five.verified(proven).faults
    assert (fault.kind, fault.number) == ("changed", 6)


@pytest.mark.req("H-5")
def test_a_chain_that_was_computed_anew_is_not_signed(five: Log) -> None:
    forger = HeadKeys(lambda: [b"f" * 32])
    five.tamper("UPDATE audit_entry SET action = 'a.else' WHERE id = 3", "DELETE FROM audit_link")
    five.tamper("DELETE FROM audit_head")
    forging = Database(five.database.url, options={OPTION: forger})
    forging.write(lambda session: record(session, "a.six", staff_id=None))
    forging.dispose()
    (fault,) = five.verified().faults
    assert fault.kind == "head"
    assert "a key that this installation does not have" in fault.text


@pytest.mark.req("H-5")
def test_a_head_that_was_taken_away(five: Log) -> None:
    five.tamper("DELETE FROM audit_head")
    assert five.said() == [("head", None)]
    five.write("a.later")
    assert five.said() == [("head", 6)]
    assert five.actions()[5:] == [chain.DOUBTED, "a.later"]


@pytest.mark.req("H-5")
def test_a_doubt_that_was_explained_is_a_fault_no_longer(five: Log) -> None:
    five.tamper("UPDATE audit_head SET signature = ''")
    five.write("a.later")
    assert five.said() == [("head", 6)]
    five.database.write(
        lambda session: record(session, ACCEPTED, staff_id=None, reason="Key lost", detail={"number": 6})
    )
    assert five.said() == []


def test_without_the_keys_the_rest_is_verified(five: Log) -> None:
    assert verify(five.database, None).ok
    five.tamper("UPDATE audit_entry SET action = 'a.else' WHERE id = 3")
    assert not verify(five.database, None).ok
