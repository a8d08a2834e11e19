"""The plan vendor's simulator: its plans, its bad moments, and what it counted in the end."""

from random import Random
from typing import Any

import httpx

FAULTS = (
    "delay",
    "error500",
    "error503",
    "error429",
    "timeout_after_accept",
    "cut_off_after_accept",
    "duplicate_answer",
    "not_json",
    "missing_fields",
    "wrong_credentials",
)
_ITEMS = {
    "57A": (("NAIL", 300), ("EXAM", 60), ("BLOOD", 4)),
    "57B": (("NAIL", 60), ("EXAM", 8)),
    "58A": (("NAIL", 20),),
}


class Vendor:
    """The simulator's switches; it may be killed, then its answers fail with `httpx.TransportError`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx.Client(trust_env=False, timeout=20, base_url=f"{address}/sandbox")

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def bring_plans(self) -> None:
        """Plans of which some run out; 57A's next term is renewed early."""
        self._call("POST", "/reset", {"demo": False})
        for patient, items in _ITEMS.items():
            term = {"items": [{"code": code, "included": count} for code, count in items]}
            terms = [term, term | {"flagged_early": True}] if patient == "57A" else [term]
            plan = {"id": f"P{patient}", "pims_client_id": patient[:2], "pims_patient_id": patient}
            self._call("POST", "/plans", plan | {"name": "Gold", "terms": terms})

    def set_fault(self, random: Random) -> str:
        """Set a fault at random, for a few requests or until the next; answers which."""
        mode = random.choice(FAULTS)
        fault: dict[str, Any] = {"mode": mode, "delay_seconds": random.uniform(0.05, 1.2)}
        if mode in ("error503", "error429"):
            fault["retry_after_seconds"] = random.randint(0, 1)
        if random.random() < 0.7 or mode == "wrong_credentials":
            fault["times"] = random.randint(1, 4)
        self._call("PUT", "/faults", fault)
        return mode

    def mend(self) -> None:
        """All is well again."""
        self._call("PUT", "/faults", {"mode": "none"})

    def give_more(self, random: Random) -> str:
        """The vendor includes more of an item than before; answers what."""
        item, included = random.choice(self._items())
        wanted = included + random.choice((3, 20, 60))
        plan = item.partition("-")[0]
        self._call("PATCH", f"/plans/{plan}/items/{item}", {"included": wanted})
        return f"{item} includes {wanted}"

    def usages(self) -> list[dict[str, Any]]:
        """Every usage that it recorded, oldest first."""
        found: list[dict[str, Any]] = self._call("GET", "/state")["usages"]
        return found

    def counts(self) -> dict[str, int]:
        """What it counts as used, by item."""
        state = self._call("GET", "/state")
        return {
            item["id"]: item["used"]
            for plan in state["plans"]
            for term in plan["terms"]
            for item in term["items"]
        }

    def _items(self) -> list[tuple[str, int]]:
        state = self._call("GET", "/state")
        return [
            (item["id"], item["included"])
            for plan in state["plans"]
            for term in plan["terms"]
            for item in term["items"]
        ]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()
