"""The simulator as a whole: its store, its clock, how it starts and starts over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fetlock_careplans_covetrus.sandbox.accounts import all_accounts, save_account
from fetlock_careplans_covetrus.sandbox.demo import demo_account, demo_plans
from fetlock_careplans_covetrus.sandbox.plan_book import save_plan, shift_demo
from fetlock_careplans_covetrus.sandbox.store import Store

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Simulator:
    """What the request handlers share."""

    store: Store
    clock: Clock

    @property
    def today(self) -> date:
        """Today in UTC; the vendor's terms begin and end by it."""
        return self.clock().astimezone(UTC).date()

    def start(self, *, demo: bool) -> None:
        """Seed a new store; in a kept one only move the demo's dates to today."""
        with self.store.transaction() as db:
            if all_accounts(db):
                shift_demo(db, self.today)
                return
            save_account(db, demo_account())
            if demo:
                for plan in demo_plans(self.today):
                    save_plan(db, plan, demo_day=self.today)

    def reset(self, *, demo: bool) -> None:
        """Forget everything and seed again."""
        self.store.clear()
        self.start(demo=demo)
