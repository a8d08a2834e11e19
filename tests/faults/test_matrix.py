"""PL-5: one fault of each sort in each hook of each kind has the outcome that the matrix declares."""

import re

import pytest
from sqlalchemy import select

from fetlock.domain.patients.models import Patient
from fetlock.hooks.markers import HookInfo, HookKind
from fetlock.platform.registry import Registry
from fetlock_hostapp.web.kernel.plugin_pages import PageHooks
from tests.dummy_plugin.counting import instead
from tests.faults.driving import DRIVERS, Case
from tests.faults.faults import QUOTED, STOLEN, doing
from tests.faults.matrix import EXCEPT, POLICY, Fault, Outcome, outcome_of
from tests.hook_contracts.hosting import Host


def every_hook() -> dict[str, HookInfo]:
    registry = Registry()
    registry.add_specs(PageHooks)
    return registry.hooks


HOOKS = every_hook()
CELLS = [
    pytest.param(hook, fault, id=f"{hook.name}-{fault.name.lower()}")
    for hook in HOOKS.values()
    for fault in Fault
    if hook.kind is not HookKind.REGISTER and outcome_of(hook, fault) is not Outcome.IMPOSSIBLE
]
OF_TRANSACTIONS = [
    cell
    for cell in CELLS
    if cell.values[1]
    in (
        Fault.RAISES,
        Fault.WRITES_CORE,
        Fault.FAILED_STATEMENT,
        Fault.COMMITS,
        Fault.ROLLS_BACK,
        Fault.CLOSES,
    )
]
"""What PostgreSQL might take otherwise than SQLite."""


@pytest.mark.req("PL-5")
def test_the_matrix_has_a_cell_for_every_hook_and_fault() -> None:
    """A new hook without a driver, or of a new kind without a policy, fails here."""
    at_start = {name for name, hook in HOOKS.items() if hook.kind is HookKind.REGISTER}
    assert set(DRIVERS) == set(HOOKS) - at_start
    assert set(POLICY) == set(HookKind)
    assert {kind: set(row) for kind, row in POLICY.items()} == {kind: set(Fault) for kind in HookKind}
    assert set(EXCEPT) <= set(HOOKS)
    assert {outcome_of(hook, fault) for hook in HOOKS.values() for fault in Fault} == set(Outcome)


def play(host: Host, hook: HookInfo, fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    instead[hook.name] = doing(hook, fault)
    outcome = DRIVERS[hook.name](Case(host, hook.name))
    instead.clear()
    assert outcome is outcome_of(hook, fault)
    told = [line for line in caplog.messages if f"plugin dummy failed in {hook.name} at " in line]
    slow = [line for line in caplog.messages if f"plugin dummy was slow in {hook.name} at " in line]
    if outcome is not Outcome.NOTHING:
        assert all(re.match(r"incident [0-9A-Z]{4}-[0-9A-Z]{4}: ", line) for line in told)
        assert told, "every failure is logged"
        known = "no site" if hook.name.endswith("_claim") or hook.name == "claim_declaration" else "site 1"
        assert all(f" at {known} after " in line for line in told), "with the site, where there is one"
    assert bool(slow) is (fault is Fault.SLOW) or slow == []
    assert fault is not Fault.SLOW or slow
    assert QUOTED not in caplog.text
    assert "Biscuit" not in caplog.text
    with host.runtime.database.reading() as session:
        assert STOLEN not in session.scalars(select(Patient.name)).all()


@pytest.mark.req("PL-5", "H-14")
@pytest.mark.parametrize(("hook", "fault"), CELLS)
def test_each_fault_costs_what_the_matrix_says(
    on_sqlite: Host, hook: HookInfo, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    play(on_sqlite, hook, fault, caplog)


@pytest.mark.req("PL-5")
@pytest.mark.parametrize(("hook", "fault"), OF_TRANSACTIONS)
def test_each_fault_costs_the_same_on_postgresql(
    on_postgres: Host, hook: HookInfo, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    play(on_postgres, hook, fault, caplog)
