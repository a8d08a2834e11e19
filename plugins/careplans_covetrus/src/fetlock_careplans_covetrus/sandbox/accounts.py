"""Practice accounts of the vendor: stored documents, found by credentials."""

import hmac
import sqlite3

from fetlock_careplans_covetrus.sandbox.documents import Account
from fetlock_careplans_covetrus.sandbox.problems import Problem


def save_account(db: sqlite3.Connection, account: Account) -> None:
    """Create or replace an account; its API key must be its own (409)."""
    try:
        db.execute(
            "INSERT INTO account (id, api_key, document) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET api_key = excluded.api_key, document = excluded.document",
            (account.account_id, account.api_key, account.model_dump_json()),
        )
    except sqlite3.IntegrityError:
        raise Problem(409, "api_key_taken", "Another account has this API key.") from None


def all_accounts(db: sqlite3.Connection) -> list[Account]:
    """All accounts, oldest first."""
    rows = db.execute("SELECT document FROM account ORDER BY rowid")
    return [Account.model_validate_json(row["document"]) for row in rows]


def get_account(db: sqlite3.Connection, account_id: str) -> Account:
    """The account; 404 when there is none."""
    row = db.execute("SELECT document FROM account WHERE id = ?", (account_id,)).fetchone()
    if row is None:
        raise Problem(404, "account_not_found", f"There is no account {account_id}.")
    return Account.model_validate_json(row["document"])


def account_by_credentials(db: sqlite3.Connection, api_key: str, api_secret: str) -> Account:
    """The account these credentials open; 401 otherwise, without saying which of the two is wrong."""
    row = db.execute("SELECT document FROM account WHERE api_key = ?", (api_key,)).fetchone()
    if row is not None:
        account = Account.model_validate_json(row["document"])
        if hmac.compare_digest(account.api_secret.encode(), api_secret.encode()):
            return account
    raise Problem(401, "credentials_refused", "The API key and secret do not open an account.")
