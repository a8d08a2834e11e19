"""Quick Invoice: several products in one go, with their prices while typing, all saved or none."""

from decimal import Decimal
from typing import Any

import pytest
from httpx import Client, Response

from fetlock.domain.invoices.models import InvoiceLine
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.desk import HTMX, begin, read, text_of, value_of

D = Decimal
HERE = "/s/north/patients/1/quick-invoice"


@pytest.fixture
def client(web: WebClinic) -> Client:
    return web.signed_in("Receptionist")


def rows(*typed: tuple[str, str], **more: Any) -> dict[str, Any]:
    """The form with these products and quantities."""
    return {
        "row": [str(n) for n in range(len(typed))],
        "patient_id": ["1"] * len(typed),
        "product": [product for product, _ in typed],
        "product_id": [""] * len(typed),
        "quantity": [quantity for _, quantity in typed],
    } | more


@pytest.mark.req("H-30", "CP-56", "CP-96", "CP-99")
def test_rows_go_to_the_open_invoice_at_once(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 3)
    begin(web, ("EXAM", 1))
    form = rows(
        ("NAIL", "1"), ("", "1"), ("FOOD", "2"), ("BLOOD", "1"), provider_id="2", service_date="2026-11-03"
    )
    sent = client.post(HERE, data=form)
    assert (sent.status_code, sent.headers["location"]) == (303, "/s/north/invoices/1")
    view = read(web)
    assert [(line.product_code, line.amount) for line in view.lines[1:]] == [
        ("NAIL", D(0)),
        ("FOOD", D(90)),
        ("BLOOD", D(84)),
    ]
    assert {line.provider_id for line in view.lines[1:]} == {2}
    assert {line.service_date.isoformat() for line in view.lines[1:]} == {"2026-11-03"}
    assert "3 lines added." in text_of(client.get("/s/north/invoices/1"))


def test_what_must_be_told_stands_on_the_invoice(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 1, label="Nails")
    begin(web, ("FOOD", 1))
    nurse = web.signed_in("Nurse")
    nurse.post("/s/north/invoices/1/lines/1", data={"quantity": "2"})
    client.post(HERE, data=rows(("NAIL", "2"), seen="2"))
    text = text_of(client.get("/s/north/invoices/1"))
    assert "Nails: 1 of 2 covered, none left for the other 1, which cost 30.00." in text
    assert "Nurse Smith meanwhile: Line 1: quantity 1 → 2" in text


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        (("NOPE", "1"), "product-1", "No product has the code “NOPE”"),
        (("FOOD", "-2"), "quantity-1", "Enter a quantity above 0."),
        (("FOOD", "1.5"), "quantity-1", "FOOD is counted in each: whole numbers only."),
        (("FOOD", "much"), "quantity-1", "Quantity must be a number"),
        (("FOOD", "999999999"), "quantity-1", "Enter at most 100,000."),
    ],
)
def test_one_wrong_row_saves_none_and_keeps_what_was_typed(
    web: WebClinic, client: Client, typed: tuple[str, str], field: str, said: str
) -> None:
    sent = client.post(HERE, data=rows(("NAIL", "2"), typed, ("BLOOD", "1")))
    assert sent.status_code == 422
    assert said in text_of(sent)
    assert f'id="{field}-error"' in sent.text
    assert [value_of(sent, f"product-{n}") for n in range(3)] == ["NAIL", typed[0], "BLOOD"]
    assert [value_of(sent, f"quantity-{n}") for n in range(3)] == ["2", typed[1], "1"]
    with web.clinic.reading() as session:
        assert session.query(InvoiceLine).count() == 0


def test_nothing_chosen_asks_for_a_product(client: Client) -> None:
    sent = client.post(HERE, data=rows(("", "1"), ("", "")))
    assert (sent.status_code, "Choose at least one product." in text_of(sent)) == (422, True)
    assert client.post(HERE, data={}).status_code == 422
    strange = rows(("NAIL", "1")) | {"patient_id": ["3"]}
    answer = client.post(HERE, data=strange)
    assert "Choose a patient of the client" in text_of(answer)


@pytest.mark.req("CPX-30", "H-30")
def test_prices_and_savings_appear_while_typing_and_nothing_is_saved(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 2)
    begin(web, ("NAIL", 1))
    form = rows(("NAIL", "2"), ("FOOD", "x"), ("half a na", "1"), ("BLOOD", "1"))
    answer: Response = client.post(f"{HERE}/preview", data=form, headers=HTMX)
    assert answer.status_code == 200
    assert 'id="price-0" for="product-0 quantity-0" hx-swap-oob="true"' in answer.text
    text = text_of(answer)
    assert "1 covered, 1 × 30.00 60.00 30.00 0 left" in text
    assert "Quantity must be a number" in text
    assert "List price 144.00 Care plan savings −30.00 With tax $114.00" in text
    assert len(read(web).lines) == 1


def test_the_page_begins_with_the_patient_and_the_open_invoice(web: WebClinic, client: Client) -> None:
    begin(web, ("NAIL", 1))
    text = text_of(client.get(HERE))
    assert "Quick Invoice Biscuit 57A · Dana Whitfield 57" in text
    assert "On Draft 1 already: 30.00, 30.00 to pay." in text
    assert client.get("/s/north/patients/99/quick-invoice").status_code == 404
    assert client.get("/s/north/quick-invoice?q=nobody").status_code == 200
