"""Accounts for programs: the same commands, exact amounts, cursors, keys that count once (H-38, PL-11)."""

import uuid
from typing import Any

import pytest
from httpx import Client

from core.tests.accounts.ledger import Ledger

API = "/api/v1/s/north"


def sent(client: Client, path: str, status: int = 201, **data: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/{path}", json=data)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def got(client: Client, path: str) -> Any:
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.req("H-38", "H-34")
def test_an_invoice_is_settled_and_paid_over_its_account(book: Ledger, boss: Client) -> None:
    first, second = book.invoice(2), None
    insurer = sent(boss, "insurers", name="Hartwell Mutual")["id"]
    sent(boss, f"invoices/{first}/settlements", 422, how="insurer", amount="20")
    part = sent(boss, f"invoices/{first}/settlements", how="insurer", amount="20", insurer_id=insurer)
    assert (part["balance"], part["gross"]) == ("40.00", "60.00")
    key = str(uuid.uuid4())
    for _ in range(2):
        done = sent(boss, f"invoices/{first}/settlements", how="account", amount="40", key=key, close=True)
        assert (done["state"], done["balance"]) == ("closed", "0.00")
    second = book.invoice(1)
    account = got(boss, "accounts/clients/1")
    assert (account["balance"], account["due"], account["credit"]) == ("40.00", "40.00", "0.00")
    assert account["debts"][0]["invoice_title"] == "NC-1"
    entry = account["debts"][0]["entry_id"]
    shares: dict[str, Any] = {
        "debts": [{"entry_id": entry, "amount": "40.00"}],
        "invoices": [{"invoice_id": second, "amount": "30"}],
    }
    paid = sent(boss, "accounts/clients/1/payments", amount="80", method="card", **shares)
    assert (paid["balance"], paid["credit"]) == ("-10.00", "10.00")
    listed = got(boss, "accounts?limit=1")
    assert (listed["count"], listed["owing"], listed["owed"]) == (2, "20.00", "10.00")
    rest = boss.get(listed["next"]).json()
    assert [each["party"]["kind"] for each in listed["items"] + rest["items"]] == ["insurer", "client"]
    assert rest["next"] is None


@pytest.mark.req("H-38")
def test_entries_and_statement(book: Ledger, boss: Client) -> None:
    for _ in range(3):
        book.charge(1)
    page = got(boss, "accounts/clients/1/entries?limit=2")
    assert [each["balance"] for each in page["items"]] == ["90.00", "60.00"]
    assert [each["balance"] for each in boss.get(page["next"]).json()["items"]] == ["30.00"]
    assert got(boss, "accounts/clients/1/entries?which=money")["items"] == []
    found = got(boss, "accounts/clients/1/statement?first=2020-01-01&last=2999-12-31")
    assert (found["opening"], found["closing"], len(found["entries"])) == ("0.00", "90.00", 3)
    none = got(boss, "accounts/clients/1/statement?first=2999-02-01&last=2999-01-01")
    assert (none["opening"], none["closing"], none["entries"]) == ("90.00", "90.00", [])
    assert boss.get(f"{API}/accounts/pets/1").status_code == 404
    assert boss.get(f"{API}/accounts/clients/77").status_code == 404


@pytest.mark.req("H-38")
def test_corrections(book: Ledger, boss: Client) -> None:
    here = "accounts/clients/1"
    paid = sent(boss, f"{here}/deposits", amount="50", method="cash", key=str(uuid.uuid4()))
    assert paid["credit"] == "50.00"
    sent(boss, f"{here}/entries/1/refunds", 422, amount="50.01", method="cash", reason="Back")
    sent(boss, f"{here}/entries/1/refunds", amount="20", method="cash", reason="Back")
    book.charge(1)
    debt = got(boss, here)["debts"][0]["entry_id"]
    used = sent(boss, f"{here}/credit-uses", debts=[{"entry_id": debt, "amount": "30"}])
    assert (used["due"], used["credit"]) == ("0.00", "0.00")
    freed = sent(boss, f"{here}/entries/1/release", 200, reason="Bounced")
    assert (freed["due"], freed["credit"]) == ("30.00", "30.00")
    assert sent(boss, f"{here}/entries/{debt}/write-offs", amount="10", reason="Gone")["due"] == "20.00"
    assert sent(boss, f"{here}/credit-notes", amount="5", reason="A wait")["credit"] == "35.00"
    twice = [{"entry_id": debt, "amount": "1"}] * 2
    sent(boss, f"{here}/credit-uses", 422, debts=twice)
    sent(boss, f"{here}/entries/999/write-offs", 404, amount="1", reason="x")
    insurer = book.insurer()
    book.charge(2, insurer=insurer)
    claim = got(boss, f"accounts/insurers/{insurer}")["debts"][0]["entry_id"]
    billed = sent(
        boss, f"accounts/insurers/{insurer}/entries/{claim}/client-bills", amount="15", reason="Excess"
    )
    assert billed["due"] == "45.00"
    sent(boss, f"accounts/insurers/{insurer}/credit-notes", 404, amount="1", reason="x")


def test_roles_hold_for_programs_too(book: Ledger, desk: Client) -> None:
    book.charge(1)
    sent(desk, "accounts/clients/1/entries/1/write-offs", 403, amount="1", reason="x")
    sent(desk, "accounts/clients/1/credit-notes", 403, amount="1", reason="x")
