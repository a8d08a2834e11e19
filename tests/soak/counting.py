"""What must hold when all is settled: nothing lost, nothing doubled, nothing half (PL-8, H-34, CPX-3)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text

from core.tests.entitlements import books
from tests.soak import witness
from tests.soak.history import History
from tests.soak.mailbox import Mailbox
from tests.soak.preparing import Prepared
from tests.soak.vendor import Vendor


@dataclass(frozen=True, slots=True)
class Counted:
    """Where to look."""

    prepared: Prepared
    vendor: Vendor
    box: Mailbox
    history: History

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        with self.prepared.clinic.reading() as session:
            return [tuple(row) for row in session.execute(text(statement), values)]

    def none(self, what: str, statement: str, **values: Any) -> None:
        """A fault for what a statement finds."""
        found = self.rows(statement, **values)
        if found:
            self.history.fault(f"{what}: {found[:5]} ({len(found)} in all)")

    def same(self, what: str, ours: Any, theirs: Any) -> None:
        """A fault where the two differ."""
        if ours == theirs:
            return
        if isinstance(ours, dict) and isinstance(theirs, dict):
            keys = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
            ours, theirs = {k: ours.get(k) for k in keys[:5]}, {k: theirs.get(k) for k in keys[:5]}
        self.history.fault(f"{what}: {ours} against {theirs}")


def the_database_is_sound(at: Counted) -> None:
    """SQLite's own checks; PostgreSQL keeps its constraints itself."""
    if at.prepared.runtime.database.is_sqlite:
        at.same("integrity_check", at.rows("PRAGMA integrity_check"), [("ok",)])
        at.none("foreign_key_check", "PRAGMA foreign_key_check")


def the_books_are_right(at: Counted) -> None:
    """The ledger's identity, what each line holds, one posting per committed unit, numbers without gaps."""
    try:
        found = books.read(at.prepared.clinic)
        books.check(found)
    except AssertionError as error:
        at.history.fault(f"the books: {error}")
        return
    at.history.note("ledger entries", count=found.entries)
    at.history.note("invoices", count=len(found.invoices))
    at.history.note("invoices closed", count=sum(map(len, found.numbers.values())))
    for key, used in found.used.items():
        if used > found.included[key]:
            at.history.fault(f"entitlement {key}: {used} used of {found.included[key]} included")
    at.none("used elsewhere", "SELECT id, quantity FROM entitlement_entry WHERE kind = 'external'")


def every_invoice_is_whole(at: Counted) -> None:
    """Sums, coverage, trace, payments, history: no half of anything."""
    sums = ("list_amount", "savings", "discount", "amount", "net", "tax", "gross")
    columns = {"list_amount": "list_total"}
    for name in sums:
        at.none(
            f"an invoice's {name} is not the sum of its lines",
            f"SELECT i.id, i.{columns.get(name, name)}, COALESCE(SUM(l.{name}), 0) FROM invoice i "
            "LEFT JOIN invoice_line l ON l.invoice_id = i.id AND l.removed_at IS NULL "
            f"GROUP BY i.id HAVING i.{columns.get(name, name)} <> COALESCE(SUM(l.{name}), 0)",
        )
    at.none(
        "a line's amounts", "SELECT id FROM invoice_line WHERE list_amount - savings - discount <> amount"
    )
    at.none("net and tax are not gross", "SELECT id FROM invoice_line WHERE net + tax <> gross")
    at.none(
        "a line's coverage is not what it says is covered",
        "SELECT l.id, l.covered_quantity, COALESCE(SUM(c.quantity), 0) FROM invoice_line l "
        "LEFT JOIN invoice_line_coverage c ON c.line_id = l.id WHERE l.removed_at IS NULL "
        "GROUP BY l.id HAVING l.covered_quantity <> COALESCE(SUM(c.quantity), 0)",
    )
    at.none(
        "a line without its trace",
        "SELECT l.id FROM invoice_line l WHERE l.removed_at IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM invoice_line_step s WHERE s.line_id = l.id)",
    )
    at.none(
        "a trace that does not begin at its beginning, or has gaps",
        "SELECT line_id FROM invoice_line_step GROUP BY line_id "
        "HAVING MAX(position) - MIN(position) + 1 <> COUNT(*)",
    )
    at.none(
        "paid is not the sum of the payments",
        "SELECT i.id, i.paid, COALESCE(SUM(p.amount), 0) FROM invoice i "
        "LEFT JOIN payment p ON p.invoice_id = i.id GROUP BY i.id "
        "HAVING i.paid <> COALESCE(SUM(p.amount), 0)",
    )
    at.none("closed with a balance", "SELECT id FROM invoice WHERE state = 'closed' AND gross <> paid")
    at.none(
        "a number without a close, or the reverse",
        "SELECT id FROM invoice WHERE (number IS NULL) <> (first_closed_at IS NULL)",
    )
    at.none(
        "an invoice without lines or history",
        "SELECT i.id FROM invoice i WHERE NOT EXISTS (SELECT 1 FROM invoice_history h "
        "WHERE h.invoice_id = i.id AND h.revision = i.revision)",
    )
    at.none(
        "a counter that is not the last number",
        "SELECT c.site_id FROM invoice_counter c WHERE c.last <> "
        "(SELECT COALESCE(MAX(i.number), 0) FROM invoice i WHERE i.site_id = c.site_id)",
    )


def the_vendor_has_each_once(at: Counted) -> None:
    """Each committed or restored unit, once, under its own key; and the sums by entitlement."""
    usages = at.vendor.usages()
    keys = Counter(usage["key"] for usage in usages)
    if keys and max(keys.values()) > 1:
        at.history.fault(f"the vendor counted twice: {keys.most_common(3)}")
    theirs = {usage["key"].replace("-", ""): usage["quantity"] for usage in usages}
    ours = {
        str(key).replace("-", ""): int(quantity)
        for key, quantity in at.rows("SELECT key, payload ->> 'quantity' FROM outbox WHERE state = 'sent'")
    }
    at.same("usages at the vendor against parcels sent", ours, theirs)
    at.none(
        "parcels that were not sent",
        "SELECT id, state, problem FROM outbox WHERE state NOT IN ('sent', 'dropped')",
    )
    committed: Counter[str] = Counter()
    for source, kind, quantity, effect in at.rows(
        "SELECT e.source_key, n.kind, n.quantity, n.effect FROM entitlement_entry n "
        "JOIN entitlement e ON e.id = n.entitlement_id WHERE n.kind IN ('commit', 'reverse')"
    ):
        if kind == "commit" or effect:
            committed[_item_of(source)] += (1 if kind == "commit" else -1) * quantity // books.UNIT
    counted = at.vendor.counts()
    at.same(
        "the vendor's counters against the ledger",
        {item: units for item, units in committed.items() if units},
        {item: units for item, units in counted.items() if units},
    )
    at.history.note("usages at the vendor", count=len(usages))
    at.history.note("usages that the vendor was sent again", count=sum(u["replays"] for u in usages))
    attempts = at.rows("SELECT outcome, COUNT(*) FROM outbox_attempt GROUP BY outcome")
    for outcome, count in attempts:
        at.history.note(f"attempts {outcome or 'without an end'}", count=count)


def _item_of(source_key: str) -> str:
    from fetlock_careplans_covetrus.naming import vendor_ids

    return vendor_ids(source_key)[2]


def no_letter_went_twice(at: Counted) -> None:
    """Each at most once; sent: exactly once; in doubt: a person decides; refused or dropped: never."""
    letters = at.rows("SELECT key, state, next_attempt_at FROM message")
    for key, state, again in letters:
        arrived = at.box.arrivals[_dashed(str(key))]
        allowed = {"sent": {1}, "in_doubt": {0, 1}, "failed": {0}, "dropped": {0}}.get(state, {0})
        if arrived not in allowed or (state == "failed" and again is not None):
            at.history.fault(f"letter {key} is {state} and arrived {arrived} times, next {again}")
        at.history.note(f"letters {state}")
    at.none("a letter written twice", "SELECT body FROM message GROUP BY body HAVING COUNT(*) > 1")
    known = {_dashed(str(key)) for key, _, _ in letters}
    if strange := at.box.arrivals.keys() - known:
        at.history.fault(f"letters that nobody wrote: {strange}")


def _dashed(key: str) -> str:
    plain = key.replace("-", "")
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


def every_event_was_told(at: Counted) -> None:
    """Each once, and their sequences have no gaps."""
    at.none("events not yet told", "SELECT event_id, plugin, problem FROM event_pending")
    kinds = ", ".join(f"'{kind}'" for kind in witness.TOLD)
    events = {_dashed(str(key)) for (key,) in at.rows(f"SELECT key FROM event WHERE kind IN ({kinds})")}
    heard = {_dashed(str(key)) for (key,) in at.rows("SELECT event_id FROM dummy_heard")}
    at.same("events never heard, and heard of nothing", events - heard, heard - events)
    at.none(
        "gaps in the sequence of events",
        "SELECT aggregate FROM event GROUP BY aggregate HAVING MAX(sequence) - MIN(sequence) + 1 <> COUNT(*)",
    )
    at.history.note("events told", count=len(events))


def what_was_promised_is_there(at: Counted) -> None:
    """Whatever was answered with "done" is there after all the kills."""
    promises = at.history.promises
    lines = {str(key) for (key,) in at.rows("SELECT id FROM invoice_line")}
    payments = Counter(_dashed(str(key)) for (key,) in at.rows("SELECT key FROM payment"))
    letters = {body for (body,) in at.rows("SELECT body FROM message")}
    numbers = {f"{key}:{number}" for key, number in at.rows("SELECT id, number FROM invoice")}
    for kind, there in (
        ("line", lines),
        ("payment", set(payments)),
        ("letter", letters),
        ("number", numbers),
    ):
        if lost := promises.get(kind, set()) - there:
            at.history.fault(f"promised and lost: {kind} {sorted(lost)[:5]} ({len(lost)})")
        at.history.note(f"promises kept, {kind}", count=len(promises.get(kind, ())))
    if payments and max(payments.values()) > 1:
        at.history.fault("a payment counted twice")


LOOKS: Final[tuple[Callable[[Counted], None], ...]] = (
    the_database_is_sound,
    the_books_are_right,
    every_invoice_is_whole,
    the_vendor_has_each_once,
    no_letter_went_twice,
    every_event_was_told,
    what_was_promised_is_there,
)
