"""The audit log in a browser: every width and theme, filtered by keyboard, verified while one looks (H-5)."""

from typing import Any

import pytest
from playwright.sync_api import expect

from fetlock.domain.audit.service import record
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.audit.conftest import LIST, tamper
from hostapp.tests.outbox.test_screens import SIGHTS, settle
from tests.support.axe import axe
from tests.support.browser import OpenVisitor, screenshot


def fill(web: WebClinic) -> None:
    """A day of a clinic."""
    clinic, staff = web.clinic, web.clinic.records.staff
    said: list[tuple[str, str, str, str, dict[str, Any]]] = [
        ("staff.signed_in", "Receptionist", f"staff:{staff['Receptionist']}", "", {"address": "10.0.0.7"}),
        ("staff.sign_in_failed", "", f"staff:{staff['Nurse']}", "", {"address": "10.0.0.9"}),
        ("patient.update", "Nurse", f"patient:{clinic.patient_id}", "", {"fields": ["Name"]}),
        ("plugin.switch", "Administrator", "plugin:careplans", "New contract", {"from": "off", "to": "on"}),
        ("invoice.override", "Veterinarian", "", "The vendor was down all morning", {"against": ["x: y"]}),
        ("access.denied", "Nurse", "", "", {"permission": "staff.view", "where": "GET /s/north/x"}),
        ("sample.of_a_plugin", "Nurse", "thing:4", "", {}),
    ]

    def work(session: object) -> None:
        for action, role, subject, reason, detail in said:
            record(
                session,  # type: ignore[arg-type]
                action,
                staff_id=staff[role] if role else None,
                site_id=clinic.records.sites["north"] if role != "Receptionist" else None,
                subject=subject,
                reason=reason,
                detail=detail,
            )

    web.runtime.database.write(work)


@pytest.mark.req("H-5", "UI-1", "UI-2", "UI-5")
def test_the_audit_log_holds_at_every_width_and_theme(signed: WebClinic, open_visitor: OpenVisitor) -> None:
    cookies = signed.signed_in().cookies
    with signed.serve() as address:
        for number, (width, theme) in enumerate(SIGHTS):
            visitor = open_visitor(viewport={"width": width, "height": 900}, color_scheme=theme)
            visitor.context.add_cookies(
                [
                    {"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}
                    for name, value in cookies.items()
                ]
            )
            if not number:
                page = settle(visitor.page, f"{address}{LIST}")
                expect(page.locator("main")).to_contain_text("Nothing has been recorded yet")
                assert axe(page) == []
                screenshot(page, f"audit-empty-{width}-{theme}")
                visitor.script_errors.clear()
                fill(signed)
            page = settle(visitor.page, f"{address}{LIST}")
            page.get_by_role("button", name="Verify now").focus()
            page.keyboard.press("Enter")
            expect(page.locator("#chain")).to_contain_text("Whole", timeout=15_000)
            for seen in ("list", "entry", "broken"):
                if seen == "entry":
                    page.get_by_role("link", name="Switched a plugin").click()
                    expect(page.locator("h1")).to_have_text("Switched a plugin")
                elif seen == "broken" and number == len(SIGHTS) - 1:
                    tamper(signed, "UPDATE audit_entry SET reason = 'It was quiet' WHERE id = 5")
                    page = settle(page, f"{address}{LIST}")
                    page.get_by_role("button", name="Verify now").click()
                    expect(page.locator("#chain")).to_contain_text("entry 5 was changed", timeout=15_000)
                elif seen == "broken":
                    continue
                page.wait_for_selector("html[data-ready]")
                assert visitor.script_errors == []
                assert visitor.foreign_requests(address) == []
                assert axe(page) == []
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
                    f"{seen} at {width}"
                )
                screenshot(page, f"audit-{seen}-{width}-{theme}")
                visitor.script_errors.clear()  # axe and the camera apply styles of their own


@pytest.mark.req("H-5")
def test_a_choice_filters_at_once_and_stands_in_the_address(
    signed: WebClinic, open_visitor: OpenVisitor
) -> None:
    fill(signed)
    visitor = open_visitor()
    visitor.context.add_cookies(
        [
            {"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}
            for name, value in signed.signed_in().cookies.items()
        ]
    )
    with signed.serve() as address:
        page = settle(visitor.page, f"{address}{LIST}")
        page.get_by_label("Action").select_option("access.denied")
        expect(page.locator("tbody tr")).to_have_count(1)
        assert "action=access.denied" in page.url
        page.get_by_role("link", name="Clear").click()
        expect(page.locator("tbody tr")).to_have_count(7)
