"""A clinic with something of everything in it, whose administrator stays signed in whatever is sent."""

from contextlib import ExitStack
from importlib.metadata import entry_points
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
from sqlalchemy.orm import Session

from fetlock.domain.staff.models import Role, Staff, StaffRole
from fetlock.platform.registry import ENTRY_POINT_GROUP
from fetlock.platform.secrets import ensure_key
from fetlock_hostapp.testing import PASSWORD, WebClinic

API: Final = "/api/v1/s/north"


class FuzzedClinic:
    """The sample clinic with every installed plugin on, behind the real application."""

    def __init__(self, web: WebClinic) -> None:
        self.web = web
        self._admin = web.signed_in()
        self._open = ExitStack()
        self._open.callback(web.close)

    @classmethod
    def build(cls, url: str, home: Path) -> Self:
        """Build it, and let a day pass in it."""
        plugins = tuple(found.load() for found in entry_points(group=ENTRY_POINT_GROUP))
        web = cls.plain(url, home, *plugins)
        made = cls(web)
        for plugin in web.runtime.registry.plugins:
            made._admin.put(f"{API}/plugins/{plugin}/state", json={"state": "on"})
        made._spend_a_day()
        return made

    @staticmethod
    def plain(url: str, home: Path, *plugins: object) -> WebClinic:
        """The sample clinic alone, with a key to seal what is kept."""
        web = WebClinic.build(url, home, *plugins)
        ensure_key(web.runtime.installation)
        return web

    def description(self) -> dict[str, Any]:
        """The description that the application itself gives."""
        found: dict[str, Any] = self.web.visitor().get("/api/v1/openapi.json").json()
        return found

    def client(self) -> httpx.Client:
        """The administrator, put in office again where what was sent has ended that."""
        if self._admin.get(f"{API}/sites").status_code != 200:
            self.web.clinic.database.write(self._reinstate)
            self._admin = self.web.signed_in()
        return self._admin

    def _reinstate(self, session: Session) -> None:
        records = self.web.clinic.records
        staff = session.get_one(Staff, records.staff["Administrator"])
        staff.active, staff.must_change_password = True, False
        role = records.roles["Administrator"]
        session.get_one(Role, role).everything = True
        for site_id in records.sites.values():
            if session.get(StaffRole, (staff.id, site_id, role)) is None:
                session.add(StaffRole(staff_id=staff.id, site_id=site_id, role_id=role))

    def known(self) -> dict[str, list[Any]]:
        """Values that stand in the clinic, by the names that parameters and members have for them."""
        records = self.web.clinic.records
        staff = list(records.staff.values())
        ids = {
            name: list(range(1, 4)) for name in ("line_id", "message_id", "entry_id", "item_id", "weight_id")
        }
        return ids | {
            "site_slug": ["north"],
            "slug": ["north", "south"],
            "site_id": list(records.sites.values()),
            "client_id": list(records.clients.values()),
            "client": list(records.clients.values()),
            "patient_id": list(records.patients.values()),
            "product_id": list(records.products.values()),
            "product_code": list(records.products),
            "code": [*records.patients, *records.products],
            "invoice_id": [1, 2, 3],
            "alert_id": [1],
            "employee_id": staff[1:],
            "provider_id": [*staff, None],
            "role_id": list(records.roles.values()),
            "name": list(self.web.runtime.registry.plugins),
            "tax_rate_id": [records.tax_rate_id],
            "quantity": ["1", "0.5", "2.0000"],
            "amount": ["10.00", "0"],
            "revision": [1, 2],
            "seen_revision": [1, 2, 3],
            "password": [PASSWORD],
            "user_name": ["nurse"],
            "country": ["US"],
            "time_zone": ["America/New_York"],
            "currency": ["USD"],
            "locale": ["en_US"],
            "If-Match": ["*"],
            "party_id": list(records.clients.values()),
            "task_id": [1, 2],
            "unit_decimals": [0, 2],
            "unit": ["each"],
            "weight": ["12.5"],
            "percent": ["6.35"],
            "price": ["12.00"],
            "organisation_price": ["12.00"],
            "site_price": ["13.00"],
            "email": ["moss@example.org"],
            "number": ["+1 203 555 0157"],
            "sex": ["F"],
            "age": ["2 y"],
            "birth_date": ["2020-02-02"],
            "service_date": ["2026-11-20"],
            "preferred_channel": ["email"],
            "account_number": ["", "57"],
            "emails": [["moss@example.org"]],
            "like": [None],
            "permissions": [["invoices.view"]],
            "values": [{}],
            "clear": [[]],
            "kinds": ["clients", "insurers"],
            "insurer_id": [1],
            "cursor": [""],
        }

    def _spend_a_day(self) -> None:
        records = self.web.clinic.records
        dog, owner = records.patients["57A"], records.clients["57"]
        for owner_id, patient in ((owner, dog), (records.clients["58"], records.patients["58A"])):
            line = {"patient_id": patient, "product_code": "NAIL"}
            self._post(
                f"clients/{owner_id}/invoice-lines", {"lines": [line, line | {"product_code": "FOOD"}]}
            )
        balance = self._admin.get(f"{API}/invoices/2").json()["balance"]
        self._post("invoices/2/payments", {"amount": balance, "method": "cash", "close": True})
        self._post(f"patients/{dog}/weights", {"weight": "12.5"})
        self._post(f"patients/{dog}/alerts", {"text": "Bites"})
        self._post("tasks", {"text": "Call Dana"})
        self._post("insurers", {"name": "Hartwell Mutual"})
        for how in ({"how": "account"}, {"how": "insurer", "insurer_id": 1}):
            self._post("invoices/1/settlements", {"amount": "10.00"} | how)
        self._post(f"accounts/clients/{owner}/deposits", {"amount": "20.00", "method": "cash"})
        self._post(f"patients/{dog}/treatment", {"product_code": "EXAM"})
        for channel in ("email", "email", "email"):
            self._post(
                "messages", {"client_id": owner, "channel": channel, "subject": "Hello", "body": "Well."}
            )

    def _post(self, path: str, sent: dict[str, Any]) -> None:
        answer = self._admin.post(f"{API}/{path}", json=sent)
        assert answer.status_code in (200, 201), answer.text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
