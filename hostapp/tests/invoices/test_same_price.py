"""The same input by every path gives the same price trace and the same ledger (H-30, CP-57)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from fetlock.domain.entitlements.models import EntitlementEntry
from fetlock.services import LineSource, NewLine, add_invoice_lines
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.desk import press, read

INPUT = [("NAIL", "3"), ("FOOD", "2"), ("DROPS", "1.11"), ("BLOOD", "1"), ("NAIL", "1")]

Path = Callable[[WebClinic], None]


def by_treatment(web: WebClinic) -> None:
    client = web.signed_in("Nurse")
    for code, quantity in INPUT:
        sent = client.post("/s/north/patients/1/treatment", data={"product": code, "quantity": quantity})
        assert sent.status_code == 303


def by_quick_invoice(web: WebClinic) -> None:
    form = {
        "row": [str(n) for n in range(len(INPUT))],
        "patient_id": ["1"] * len(INPUT),
        "product": [code for code, _ in INPUT],
        "product_id": [""] * len(INPUT),
        "quantity": [quantity for _, quantity in INPUT],
    }
    sent = web.signed_in("Receptionist").post("/s/north/patients/1/quick-invoice", data=form)
    assert (sent.status_code, sent.headers["location"]) == (303, "/s/north/invoices/1")


def by_the_invoice_page(web: WebClinic) -> None:
    by_quick = {"product": INPUT[0][0], "quantity": INPUT[0][1]}
    client = web.signed_in("Receptionist")
    client.post("/s/north/patients/1/treatment", data=by_quick)
    for code, quantity in INPUT[1:]:
        assert press(client, "1/lines", product=code, quantity=quantity, patient_id=1).status_code == 200


def by_the_api(web: WebClinic) -> None:
    lines = [{"patient_id": 1, "product_code": code, "quantity": quantity} for code, quantity in INPUT]
    sent = web.signed_in("Receptionist").post(
        "/api/v1/s/north/clients/1/invoice-lines", json={"lines": lines}
    )
    assert sent.status_code == 201


def by_treatment_over_the_api(web: WebClinic) -> None:
    client = web.signed_in("Veterinarian")
    for code, quantity in INPUT:
        item = {"product_code": code, "quantity": quantity}
        assert client.post("/api/v1/s/north/patients/1/treatment", json=item).status_code == 201


def by_a_plugin(web: WebClinic) -> None:
    clinic = web.clinic
    new = [clinic.line(code, quantity, source=LineSource.PLUGIN) for code, quantity in INPUT]
    assert all(isinstance(line, NewLine) for line in new)
    clinic.run(lambda work: add_invoice_lines(work, clinic.client_id, new))


def outcome(web: WebClinic) -> tuple[Any, ...]:
    view = read(web)
    lines = [
        (
            line.product_code,
            line.quantity,
            line.amount,
            line.net,
            line.tax,
            line.gross,
            line.sum_text,
            line.steps,
            [(part.entitlement_id, part.quantity, part.amount, part.explanation) for part in line.coverage],
        )
        for line in view.lines
    ]
    with web.clinic.reading() as session:
        ledger = [
            (entry.entitlement_id, entry.kind, entry.quantity, entry.effect, entry.invoice_line_id)
            for entry in session.scalars(select(EntitlementEntry).order_by(EntitlementEntry.id))
        ]
    return lines, ledger, view.gross, view.savings, view.discount, view.priced_by


@pytest.mark.req("H-30", "CP-55", "CP-56", "CP-57", "CP-62")
@pytest.mark.parametrize(
    ("path", "source"),
    [
        (by_treatment, "treatment"),
        (by_treatment_over_the_api, "treatment"),
        (by_quick_invoice, "quick"),
        (by_the_invoice_page, None),
        (by_the_api, "api"),
    ],
)
def test_every_path_gives_the_same_price_trace_and_ledger(
    web: WebClinic, tmp_path: Any, plugins_under_test: tuple[object, ...], path: Path, source: str | None
) -> None:
    def prepared(clinic_web: WebClinic) -> WebClinic:
        clinic_web.clinic.entitle("NAIL now", 2, label="Nails", chain="gold")
        clinic_web.clinic.entitle(
            "NAIL next", 1, label="Nails", days=(336, 700), usable_from=-1, chain="gold", term=2
        )
        return clinic_web

    path(prepared(web))
    other = WebClinic.build(
        f"sqlite:///{tmp_path / 'other.sqlite3'}", tmp_path / "other", *plugins_under_test
    )
    with other as by_plugin:
        by_a_plugin(prepared(by_plugin))
        assert outcome(web) == outcome(by_plugin)
    if source:
        assert {line.source for line in read(web).lines} == {source}
    assert read(web).lines[0].sum_text == "2 × 0.00 + 1 × 0.00"
