"""The database goes away while a plugin reads for a price: no fault of the plugin's, and no half a price."""

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, text
from typing_extensions import override

from fetlock import hookimpl
from fetlock.contracts import LineAdjustment, Quote
from fetlock.database import Database
from fetlock.domain.invoices.lines import add_lines
from fetlock.testing import Clinic, SamplePlans


class Unlucky(SamplePlans):
    """Its connection is ended once while it proposes."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.calls = url, 0

    @hookimpl
    @override
    def propose_line_adjustments(self, quote: Quote) -> Sequence[LineAdjustment]:
        self.calls += 1
        if self.calls == 1:
            [row] = quote.reading.rows(select(func.pg_backend_pid().label("pid")))
            other = Database(self.url, pool_size=1)
            with other.engine.connect() as connection:
                connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": row.pid})
            other.dispose()
            quote.reading.rows(select(func.now()))
        return super().propose_line_adjustments(quote)


@pytest.mark.postgres
@pytest.mark.req("PL-8", "OP-3", "H-33")
def test_pricing_is_run_again_and_whole(postgres_url: str) -> None:
    plugin = Unlucky(postgres_url)
    clinic = Clinic.build(postgres_url, plugin)
    clinic.entitle("NAIL gold", 2)
    changed = clinic.run(lambda work: add_lines(work, clinic.client_id, [clinic.line("NAIL", 3)]))
    assert plugin.calls == 2
    assert changed.invoice.incomplete == [], "the plugin is not blamed"
    assert changed.invoice.savings == 60
    clinic.close()
