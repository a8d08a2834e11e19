"""The fault matrix: what each fault of a plugin costs, by the kind of hook that it happens in (PL-5).

Read it as a table: `POLICY[kind][fault]`. `EXCEPT` names the hooks that differ from their kind, and why.
A new hook of a known kind has its row here at once; how the host comes to call it stands in `driving.py`, and
a test fails for a hook that has no driver there.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fetlock.hooks.markers import HookInfo, HookKind


class Fault(StrEnum):
    """What the plugin does wrong. How it does so stands in `faults.py`."""

    RAISES = "raises an exception"
    ENDS_PROGRAM = "raises SystemExit"
    WRONG_TYPE = "answers something else than it should"
    WRONG_WITHIN = "answers the right class with wrong values in it"
    SLOW = "takes too long"
    WRITES_CORE = "writes a table of core past the services"
    FAILED_STATEMENT = "runs a statement that fails, and goes on"
    COMMITS = "commits the host's transaction, and swallows the refusal"
    ROLLS_BACK = "rolls the host's transaction back, and swallows the refusal"
    CLOSES = "closes the host's session, and swallows the refusal"
    EATS_MEMORY = "answers without end"
    HUGE_TEXT = "answers a text larger than any page"


class Outcome(StrEnum):
    """What it costs."""

    NOTHING = "the answer is used as ever"
    QUARANTINE = "the plugin is quarantined, with its reason; the host is up"
    OWN_PLACE = "its own card or line on the page; the rest of the page is complete"
    INCOMPLETE = "the invoice is marked incomplete; it closes with a permission and a reason"
    BLOCKED = "what was to be checked is blocked; where it may, somebody goes on with a reason"
    LATER = "the worker tells the event again, in order; what happened stands"
    VISIBLE = "a state that people see; it is tried again, by itself or by a person; nothing is lost"
    IMPOSSIBLE = "cannot happen: the hook is handed nothing, or answers nothing, to do it with"


F, To = Fault, Outcome

_ALWAYS: Final = (F.RAISES, F.ENDS_PROGRAM, F.WRONG_TYPE, F.WRONG_WITHIN, F.EATS_MEMORY, F.HUGE_TEXT)
_SESSION: Final = (F.COMMITS, F.ROLLS_BACK, F.CLOSES)


def _costs(
    cost: Outcome, *, writes_core: Outcome, failed_statement: Outcome, session: Outcome
) -> dict[Fault, Outcome]:
    return {
        **dict.fromkeys(_ALWAYS, cost),
        F.SLOW: To.NOTHING,
        F.WRITES_CORE: writes_core,
        F.FAILED_STATEMENT: failed_statement,
        **dict.fromkeys(_SESSION, session),
    }


POLICY: Final[Mapping[HookKind, Mapping[Fault, Outcome]]] = {
    # asked at start, handed nothing
    HookKind.REGISTER: _costs(
        To.QUARANTINE, writes_core=To.IMPOSSIBLE, failed_statement=To.IMPOSSIBLE, session=To.IMPOSSIBLE
    ),
    # handed a window that only reads: a failed query in it spoils nothing
    HookKind.CONTRIBUTE: _costs(
        To.OWN_PLACE, writes_core=To.OWN_PLACE, failed_statement=To.NOTHING, session=To.IMPOSSIBLE
    ),
    HookKind.PROPOSE: _costs(
        To.INCOMPLETE, writes_core=To.INCOMPLETE, failed_statement=To.NOTHING, session=To.IMPOSSIBLE
    ),
    HookKind.CHECK: _costs(
        To.BLOCKED, writes_core=To.BLOCKED, failed_statement=To.NOTHING, session=To.IMPOSSIBLE
    ),
    # handed the host's own session; what it answers is ignored
    HookKind.NOTIFY: _costs(To.LATER, writes_core=To.LATER, failed_statement=To.LATER, session=To.LATER)
    | dict.fromkeys((F.WRONG_TYPE, F.WRONG_WITHIN, F.EATS_MEMORY, F.HUGE_TEXT), To.NOTHING),
    # called by the worker in no transaction
    HookKind.SELECT: _costs(
        To.VISIBLE, writes_core=To.IMPOSSIBLE, failed_statement=To.IMPOSSIBLE, session=To.IMPOSSIBLE
    )
    | {F.EATS_MEMORY: To.IMPOSSIBLE},  # one value, not a sequence
}

_IN_A_TRANSACTION: Final = {  # of the worker's, with its session; what they answer is ignored
    **dict.fromkeys((F.WRITES_CORE, F.FAILED_STATEMENT, *_SESSION), To.VISIBLE),
    **dict.fromkeys((F.WRONG_TYPE, F.WRONG_WITHIN, F.HUGE_TEXT), To.NOTHING),
}

EXCEPT: Final[Mapping[str, Mapping[Fault, Outcome]]] = {
    # one value, not a sequence
    "manifest": {F.EATS_MEMORY: To.IMPOSSIBLE},
    # a class, or objects of the web framework: nothing within that could be wrong or large
    "settings_model": dict.fromkeys((F.EATS_MEMORY, F.HUGE_TEXT, F.WRONG_WITHIN), To.IMPOSSIBLE),
    "routers": dict.fromkeys((F.HUGE_TEXT, F.WRONG_WITHIN), To.IMPOSSIBLE),
    # handed a unit of work, to count what hangs on the plugin; its items are plain texts
    "open_work": {
        **dict.fromkeys((F.WRITES_CORE, F.FAILED_STATEMENT, *_SESSION), To.OWN_PLACE),
        F.WRONG_WITHIN: To.IMPOSSIBLE,
    },
    # the claim is all that it is handed
    "validate_claim": dict.fromkeys((F.WRITES_CORE, F.FAILED_STATEMENT), To.IMPOSSIBLE),
    "deliver": {F.WRITES_CORE: To.VISIBLE, F.FAILED_STATEMENT: To.NOTHING},  # has a window that only reads
    "run_job": _IN_A_TRANSACTION,
    "apply_ask": _IN_A_TRANSACTION,
}


def outcome_of(hook: HookInfo, fault: Fault) -> Outcome:
    """The cell of the matrix."""
    return EXCEPT.get(hook.name, {}).get(fault, POLICY[hook.kind][fault])
