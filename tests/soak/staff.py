"""Staff at work over HTTP: whatever process answers, killed or not, they go on with the next thing."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import httpx

from fetlock_hostapp.testing import PASSWORD
from tests.soak.history import History

PRODUCTS = ("NAIL", "NAIL", "NAIL", "EXAM", "FOOD", "BLOOD", "DROPS")
PATIENTS = ("57A", "57A", "57A", "57B", "58A")
SITES = ("north", "south")
_REFUSALS = frozenset({404, 409, 412, 422, 428})
"""Answers by which the clinic says no: somebody else was faster, or it makes no sense (any more)."""


class Unclear(Exception):
    """The process ended before it answered, or it was too busy."""


class Member:
    """One person with one sign-in, which every web process knows."""

    def __init__(self, name: str, addresses: Sequence[str], ids: dict[str, Any], history: History, seed: str):
        self.name = name
        self.random = Random(f"{seed}:{name}")
        self._addresses = addresses
        self._ids = ids
        self._history = history
        self._http = httpx.Client(trust_env=False, timeout=15)
        self._actions: list[tuple[int, Callable[[str], None]]] = [
            (30, self.add),
            (20, self.on_open),
            (24, self.settle_and_close),
            (14, self.on_closed),
            (6, self.write_letter),
            (4, self.refresh_plans),
            (2, self.send_again),
        ]

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def sign_in(self) -> None:
        """Sign in, at whatever process answers."""
        answer = self._http.post(
            f"{self.random.choice(self._addresses)}/api/v1/sign-in",
            json={"user_name": "administrator", "password": PASSWORD},
        )
        answer.raise_for_status()
        self._http.headers["x-csrf-token"] = answer.json()["csrf_token"]

    def act(self) -> None:
        """Do one thing, whatever comes of it."""
        action = self.random.choices([a for _, a in self._actions], [w for w, _ in self._actions])[0]
        try:
            action(self.random.choice(SITES))
            self._history.note("http done")
        except Unclear as error:
            told = "" if "ConnectError" in str(error) else f"{self.name} {action.__name__}: {error}"
            self._history.note("http unclear" if told else "http nobody there", told)
            time.sleep(0.05)

    # ---- what they do

    def add(self, site: str) -> None:
        patient = self.random.choice(PATIENTS)
        lines = [
            {
                "patient_id": self._ids["patients"][patient],
                "product_code": self.random.choice(PRODUCTS),
                "quantity": str(self.random.randint(1, 3)),
            }
            for _ in range(self.random.choice((1, 1, 2, 3)))
        ]
        client = self._ids["clients"][patient[:2]]
        done = self._call("POST", site, f"clients/{client}/invoice-lines", {"lines": lines})
        if done:
            for line_id in done["line_ids"]:
                self._history.promise("line", line_id)

    def on_open(self, site: str) -> None:
        """Change, remove or put back a line of an open invoice, price it afresh, or void it."""
        invoice = self._invoice(site, ("open", "reopened"))
        if not invoice or not invoice["lines"]:
            return
        path = f"invoices/{invoice['id']}"
        line = self.random.choice(invoice["lines"])["id"]
        match self.random.choices(("change", "remove", "reprice", "void"), (10, 8, 3, 2))[0]:
            case "change":
                quantity = str(self.random.randint(1, 4))
                self._call("PATCH", site, f"{path}/lines/{line}", {"quantity": quantity})
            case "remove":
                if self._call("DELETE", site, f"{path}/lines/{line}") and self.random.random() < 0.4:
                    self._call("POST", site, f"{path}/lines/{line}/restore", {})
            case "reprice":
                self._call("POST", site, f"{path}/reprice", {})
            case _:
                self._call("POST", site, f"{path}/void", {"reason": "A mistake"})

    def settle_and_close(self, site: str) -> None:
        """Pay with a key of our own; where nobody answered, the same payment again counts once."""
        invoice = self._invoice(site, ("open", "reopened"))
        if not invoice:
            return
        path = f"invoices/{invoice['id']}"
        if Decimal(invoice["balance"]):
            key = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
            payment = {"amount": invoice["balance"], "method": "card", "key": key}
            try:
                done = self._call("POST", site, f"{path}/payments", payment)
            except Unclear:
                self._history.note("http payment repeated")
                done = self._call("POST", site, f"{path}/payments", payment)
            if done:
                self._history.promise("payment", key)
        done = self._call("POST", site, f"{path}/close", {})
        if done:
            self._history.promise("number", f"{done['id']}:{done['number']}")

    def on_closed(self, site: str) -> None:
        """Reopen, return from, or void a closed invoice."""
        invoice = self._invoice(site, ("closed",))
        if not invoice:
            return
        path = f"invoices/{invoice['id']}"
        sold = [line for line in invoice["lines"] if line["returns_line_id"] is None]
        if sold and self.random.random() < 0.5:
            line = self.random.choice(sold)
            back = {"lines": [{"line_id": line["id"], "quantity": "1"}], "reason": "Not needed"}
            self._call("POST", site, f"{path}/returns", back)
        elif self.random.random() < 0.7:
            self._call("POST", site, f"{path}/reopen", {"reason": "A mistake"})
        else:
            self._call("POST", site, f"{path}/void", {"reason": "A mistake"})

    def write_letter(self, site: str) -> None:
        """With a key of the letter or of the request: where nobody answered, once more is still once."""
        key = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        letter = {
            "client_id": self.random.choice(list(self._ids["clients"].values())),
            "channel": "email",
            "subject": "Results",
            "body": f"Letter {key}.",
        }
        headers = {}
        if self.random.random() < 0.5:
            letter["key"] = key
        else:
            headers["idempotency-key"] = key
        try:
            done = self._call("POST", site, "messages", letter, headers)
        except Unclear:
            self._history.note("http letter repeated")
            done = self._call("POST", site, "messages", letter, headers)
        if done:
            self._history.promise("letter", f"Letter {key}.")

    def refresh_plans(self, site: str) -> None:
        self.ask_for_plans(site, self._ids["patients"][self.random.choice(PATIENTS)])

    def ask_for_plans(self, site: str, patient_id: int) -> None:
        """Have a worker look up a patient's plans at the vendor."""
        self._call("POST", site, f"careplans/patients/{patient_id}/refresh", {})

    def send_again(self, site: str) -> None:
        """What failed, and what is left alone for a while because it failed often (PL-5)."""
        self._call("POST", site, "plugins/careplans_covetrus/breakers/reset", {})
        self._call("POST", site, "outbox/send-failed", {})
        self._call("POST", site, "messages/send-failed", {"channel": "email"})

    # ---- asking

    def _invoice(self, site: str, states: tuple[str, ...]) -> Any:
        found = self._call("GET", site, f"invoices?which={self.random.choice(states)}")
        rows = found["items"] if found else []
        if not rows:
            return None
        return self._call("GET", site, f"invoices/{self.random.choice(rows[:12])['id']}")

    def _call(
        self,
        method: str,
        site: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer; None where the clinic says no. Raises `Unclear`."""
        first = self.random.choice(self._addresses)
        for address in (first, *(each for each in self._addresses if each != first)):
            try:
                answer = self._http.request(
                    method, f"{address}/api/v1/s/{site}/{path}", json=body, headers=headers
                )
                break
            except httpx.ConnectError:
                continue  # nobody there, nothing sent: the next, as a balancer would do
            except httpx.TransportError as error:
                raise Unclear(f"{method} {path}: {type(error).__name__}") from error
        else:
            raise Unclear(f"{method} {path}: ConnectError")
        self._history.note(f"http {answer.status_code}")
        if answer.is_success:
            return answer.json()
        if answer.status_code == 503:
            raise Unclear(f"{method} {path}: busy")
        if answer.status_code not in _REFUSALS:
            self._history.fault(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return None
