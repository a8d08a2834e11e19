"""The Treatment tab and its API: items with their lines, changed in place, removed and put back."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from httpx import Client, Response

from fetlock.domain.invoices import closing
from fetlock.domain.treatment import service as treatment
from fetlock.domain.treatment import views
from fetlock.testing import SamplePlans
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.invoices.desk import HTMX, read, text_of, value_of

D = Decimal
HERE = "/s/north/patients/1/treatment"
API = "/api/v1/s/north"


@pytest.fixture
def plugins_under_test() -> tuple[object, ...]:
    return (SamplePlans(),)


@pytest.fixture
def client(web: WebClinic) -> Client:
    return web.signed_in("Veterinarian")


def items(web: WebClinic) -> list[views.ItemView]:
    with web.clinic.reading() as session:
        return views.of_patient(session, 1)


def press(client: Client, path: str, **fields: Any) -> Response:
    return client.post(path, data=fields, headers=HTMX)


@pytest.mark.req("H-27", "CP-55")
def test_an_item_is_ordered_with_its_line_and_price(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 2, label="Nails")
    day = (web.clinic.today() - timedelta(days=1)).isoformat()
    answer = press(client, HERE, product="nail", quantity="3", provider_id="2", service_date=day, note="calm")
    assert answer.status_code == 200
    text = text_of(answer)
    assert "Nails: 2 of 3 covered, none left for the other 1, which cost 30.00." in text
    assert "On Draft 1" in text
    assert "calm" in text
    [line] = read(web).lines
    assert (line.amount, line.source, line.service_date.isoformat()) == (D(30), "treatment", day)
    assert value_of(answer, "order-product") == ""
    page = client.get(HERE)
    assert page.status_code == 200
    assert "90.00 30.00 2 by the plan" in text_of(page)


@pytest.mark.parametrize(
    ("product", "quantity", "said"),
    [
        ("NOPE", "1", "No product has the code “NOPE”"),
        ("", "1", "Choose a product by its code or name."),
        ("NAIL", "-1", "Enter a quantity above 0."),
        ("NAIL", "0.5", "whole numbers only"),
        ("NAIL", "1000000", "Enter at most 100,000."),
        ("NAIL", "some", "Quantity must be a number"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    web: WebClinic, client: Client, product: str, quantity: str, said: str
) -> None:
    answer = press(
        client, HERE, product=product, quantity=quantity, note="keep me", service_date="2026-11-01"
    )
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert (value_of(answer, "order-product"), value_of(answer, "order-quantity")) == (product, quantity)
    assert (value_of(answer, "order-note"), value_of(answer, "order-date")) == ("keep me", "2026-11-01")
    assert items(web) == []


@pytest.mark.req("H-27")
def test_changed_in_place_not_charged_charged_removed_and_undone(web: WebClinic, client: Client) -> None:
    press(client, HERE, product="FOOD", quantity="1")
    [item] = items(web)
    press(client, f"/s/north/treatment/{item.id}", quantity="3", seen=item.invoice_revision)
    assert (items(web)[0].quantity, read(web).lines[0].quantity) == (D(3), D(3))
    wrong = press(client, f"/s/north/treatment/{item.id}", quantity="-3")
    assert (wrong.status_code, value_of(wrong, f"qty-{item.id}")) == (422, "-3")
    press(client, f"/s/north/treatment/{item.id}", billable="0")
    assert (items(web)[0].state, read(web).lines) == ("not_charged", ())
    press(client, f"/s/north/treatment/{item.id}", billable="1")
    assert items(web)[0].state == "open"
    removed = press(client, f"/s/north/treatment/{item.id}/remove")
    assert "Kidney diet removed." in text_of(removed)
    assert (items(web), read(web).lines) == ([], ())
    back = press(client, f"/s/north/treatment/{item.id}/restore")
    assert back.status_code == 200
    assert (items(web)[0].state, len(read(web).lines)) == ("open", 1)


@pytest.mark.req("H-27")
def test_a_closed_invoice_locks_the_item_on_the_page_too(web: WebClinic, client: Client) -> None:
    press(client, HERE, product="FREE", quantity="1")
    web.clinic.run(lambda work: closing.close(work, 1))
    [item] = items(web)
    page = client.get(HERE)
    assert "Locked: NC-1 is closed" in text_of(page)
    assert f'id="qty-{item.id}"' not in page.text
    refused = press(client, f"/s/north/treatment/{item.id}", quantity="2")
    assert refused.status_code == 409
    assert "NC-1 is closed, so this item is locked." in text_of(refused)


def test_the_dialog_saves_all_of_an_item_and_keeps_what_was_typed(web: WebClinic, client: Client) -> None:
    press(client, HERE, product="DROPS", quantity="1.5")
    [item] = items(web)
    there = f"/s/north/treatment/{item.id}/edit"
    assert value_of(client.get(there, headers=HTMX), "f-quantity") == "1.5"
    fields = {"quantity": "2.25", "service_date": "2026-11-02", "provider_id": "2", "note": "left ear"}
    assert press(client, there, **fields).status_code == 200
    [item] = items(web)
    assert (str(item.quantity), item.note, item.provider_id) == ("2.2500", "left ear", 2)
    assert read(web).lines[0].service_date.isoformat() == "2026-11-02"
    refused = press(client, there, **(fields | {"quantity": "2.255"}))
    assert refused.status_code == 422
    assert "at most 2 decimals" in text_of(refused)
    assert value_of(refused, "f-quantity") == "2.255"
    assert re.search(r"<textarea[^>]*>\s*left ear</textarea>", refused.text)


def test_items_of_a_sister_site_are_seen_and_not_changed(web: WebClinic, client: Client) -> None:
    made = web.clinic.run(
        lambda work: treatment.order(work, patient_id=1, product_id=1, quantity=D(1)), site="south"
    )
    page = client.get(HERE)
    assert "at South Clinic" in text_of(page)
    assert f'id="qty-{made.item.id}"' not in page.text
    assert press(client, f"/s/north/treatment/{made.item.id}", quantity="2").status_code == 404


def test_earlier_days_are_grouped_and_today_stands_first(web: WebClinic, client: Client) -> None:
    press(client, HERE, product="FOOD", quantity="1", service_date="2026-11-01")
    text = text_of(client.get(HERE))
    assert "Nothing yet today." in text
    assert "Nov 1, 2026 Kidney diet FOOD" in text
    assert "No treatment yet" in text_of(client.get("/s/north/patients/3/treatment"))
    assert "Kidney diet" not in text_of(client.get(f"{HERE}?before=2026-10-01"))
    assert client.get("/s/north/patients/99/treatment").status_code == 404


@pytest.mark.req("H-27")
def test_the_api_orders_changes_removes_and_undoes(web: WebClinic, client: Client) -> None:
    web.clinic.entitle("NAIL gold", 2, label="Nails")
    made = client.post(f"{API}/patients/1/treatment", json={"product_code": "NAIL", "quantity": "3"})
    assert made.status_code == 201
    assert made.json()["told"] == ["Nails: 2 of 3 covered, none left for the other 1, which cost 30.00."]
    item = made.json()["item"]
    assert (item["quantity"], item["net"], item["covered_quantity"], item["state"]) == (
        "3.0000",
        "30.00",
        "2.0000",
        "open",
    )
    changed = client.patch(f"{API}/treatment/{item['id']}", json={"quantity": "1", "note": "calm"})
    assert (changed.json()["item"]["net"], changed.json()["item"]["note"]) == ("0.00", "calm")
    assert client.get(f"{API}/patients/1/treatment").json()["items"] == [changed.json()["item"]]
    assert client.delete(f"{API}/treatment/{item['id']}").status_code == 204
    assert client.get(f"{API}/treatment/{item['id']}").status_code == 404
    assert client.post(f"{API}/treatment/{item['id']}/restore").json()["item"]["state"] == "open"
    assert client.patch(f"{API}/treatment/{item['id']}", json={"quantity": "-1"}).status_code == 422
    assert (
        client.patch(f"{API}/treatment/{item['id']}", json={"billable": False}).json()["item"]["line_id"]
        is None
    )
    web.clinic.run(lambda work: treatment.change(work, item["id"], billable=True))
    web.clinic.run(lambda work: closing.close(work, 1))
    locked = client.patch(f"{API}/treatment/{item['id']}", json={"quantity": "2"})
    assert (locked.status_code, locked.json()["code"]) == (409, "conflict")


def test_who_may_only_look_changes_nothing(web: WebClinic, client: Client) -> None:
    press(client, HERE, product="FOOD", quantity="1")

    def take_away(work: Any) -> None:
        from fetlock.domain.staff.models import RolePermission

        work.session.query(RolePermission).filter_by(permission="treatment.edit").delete()

    web.clinic.run(take_away)
    page = client.get(HERE)
    assert page.status_code == 200
    assert 'id="order-product"' not in page.text
    assert press(client, HERE, product="FOOD", quantity="1").status_code == 403
    assert press(client, f"/s/north/treatment/{items(web)[0].id}", quantity="2").status_code == 403
