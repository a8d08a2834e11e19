"""The way of one invoice line, as docs/house.md tells it, is the way that the running program takes."""

import importlib
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from fetlock.domain.invoices import closing, payments
from fetlock.domain.invoices.models import Invoice
from fetlock.testing import SamplePlans
from fetlock_hostapp.testing import WebClinic
from fetlock_hostapp.worker import Worker

PAGE = Path(__file__).parents[2] / "docs" / "house.md"
STEP = re.compile(r"^(\d+)\. .*?`([a-z_.]+):([A-Za-z_.]+)`", re.MULTILINE | re.DOTALL)


def told() -> list[str]:
    """The steps of the page, in order, as `module:function`."""
    steps = STEP.findall(PAGE.read_text(encoding="utf-8"))
    assert [int(number) for number, _, _ in steps] == list(range(1, len(steps) + 1))
    return [f"{module}:{function}" for _, module, function in steps]


@contextmanager
def followed(steps: set[str]) -> Iterator[list[str]]:
    """The calls of these functions, in any thread that begins inside the block, in their order."""
    codes = {_code_of(step): step for step in steps}
    taken: list[str] = []

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code in codes:
            taken.append(codes[frame.f_code])

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield taken
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def _code_of(step: str) -> Any:
    module, _, path = step.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    found = getattr(found, "fn", found)  # a route handler wraps its function
    return found.__code__


def _is_within(steps: list[str], taken: list[str]) -> bool:
    rest = iter(taken)
    return all(step in rest for step in steps)


@pytest.mark.req("H-30", "H-31")
def test_the_way_of_a_line_is_as_told(sqlite_url: str, tmp_path: Path) -> None:
    steps = told()
    assert len(steps) >= 20
    with followed(set(steps)) as taken, WebClinic.build(sqlite_url, tmp_path, SamplePlans()) as web:
        web.clinic.entitle("NAIL gold", 3)
        taken.clear()
        form = {"row": ["0"], "patient_id": ["1"], "product": ["NAIL"], "product_id": [""], "quantity": ["1"]}
        web.signed_in("Receptionist").post("/s/north/patients/1/quick-invoice", data=form)

        def settle(work: Any) -> None:
            invoice = work.session.query(Invoice).one()
            if invoice.balance:
                payments.take_payment(work, invoice.id, invoice.balance, "card")
            closing.close(work, invoice.id)

        web.clinic.run(settle)
        worker = Worker(web.runtime)
        worker.run_once()
        worker.close()
    missing = [step for step in steps if step not in taken]
    assert missing == [], "the page names steps that were not taken"
    assert _is_within(steps, taken), "the page tells the steps in another order"
