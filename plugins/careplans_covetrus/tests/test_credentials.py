"""Key and secret: saved sealed, tried before they are saved, and every failure told apart (CP-4 to CP-7)."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from fetlock.domain.plugins.exporting import export
from fetlock.domain.plugins.models import PluginInstalled, PluginSetting
from fetlock.domain.sites.models import Site
from fetlock.outbox.models import AskRow
from fetlock.platform import settings
from fetlock.services import ask
from fetlock_careplans_covetrus.naming import NAME, TABLE_PREFIX, TEST_CREDENTIALS
from fetlock_careplans_covetrus.plugin import plugin
from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_hostapp.testing import WebClinic
from plugins.careplans_covetrus.tests.practice import Practice

CONTACT = "Lena Marchetti, ext. 204"


def tried(practice: Practice, *, timeout: float = 10, **typed: str) -> AskRow:
    """Test credentials as typed on the settings page, not saved, and look at the answer."""
    sealed = practice.runtime.secrets.seal(typed)
    row = practice.clinic.run(lambda work: ask(work, NAME, TEST_CREDENTIALS, sealed=sealed))
    practice.work_off(timeout=timeout)
    with practice.clinic.reading() as session:
        return session.get_one(AskRow, row.id)


@pytest.mark.req("CP-4")
def test_what_is_saved_is_used_by_the_next_call(practice: Practice) -> None:
    practice.plan([{"code": "NAIL"}])
    practice.vendor.call("PATCH", "/accounts/NORTHGATE", {"api_secret": "brand-new-secret-77"})
    practice.refresh()
    assert practice.plans() == []
    practice.settings(api_secret="brand-new-secret-77")
    practice.refresh()
    assert len(practice.plans()) == 1


@pytest.mark.req("CP-4")
def test_the_secret_stands_nowhere_in_plain(
    practice: Practice, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "s3cr3t-that-nobody-may-see"
    practice.plan([{"code": "NAIL"}])
    practice.settings(api_secret=secret)
    practice.refresh()  # refused: errors must not quote it either
    tried(practice, base_url=practice.vendor.address, api_key=API_KEY, api_secret=secret + "-typed")
    with practice.clinic.reading() as session:
        site = session.get_one(Site, practice.clinic.records.sites["north"])
        shown = json.dumps(site.plugins) + repr(site.facts())
        for row in session.query(PluginSetting):
            shown += json.dumps([row.values, row.secrets_set])
        for ask_row in session.query(AskRow):
            shown += json.dumps([ask_row.data, ask_row.answer]) + ask_row.message
            assert ask_row.sealed is None  # answered: what was typed is forgotten
        model, _ = settings.load(session, practice.runtime.secrets, practice.runtime.registry, NAME, site.id)
    shown += repr(model)
    practice.clinic.database.write(
        lambda session: session.add(
            PluginInstalled(name=NAME, label="x", version="1", table_prefix=TABLE_PREFIX, tables=[])
        )
    )
    archive = tmp_path / "export.zip"
    export(practice.clinic.database, NAME, archive, practice.clinic.actor())
    database = b"".join(path.read_bytes() for path in tmp_path.glob("clinic.sqlite3*"))
    assert secret not in shown + caplog.text
    assert secret.encode() not in database + archive.read_bytes()


@pytest.mark.req("CP-6")
def test_good_credentials_name_the_account_and_change_nothing(practice: Practice) -> None:
    practice.settings(api_key="", api_secret="something-else")
    before = _stored(practice)
    row = tried(practice, base_url=practice.vendor.address, api_key=API_KEY, api_secret=API_SECRET)
    assert (row.state, row.ok) == ("answered", True)
    assert "Northgate Animal Hospital" in row.message
    assert row.answered_at is not None
    assert _stored(practice) == before
    assert [attempt["method"] for attempt in practice.vendor.state()["attempts"]] == ["GET"]


@pytest.mark.req("CP-6")
def test_fields_left_as_they_are_are_tried_as_saved(practice: Practice) -> None:
    assert tried(practice, base_url="", api_key="", api_secret="").ok is True


@pytest.mark.req("CP-7")
def test_each_failure_is_told_apart_and_names_the_contact(practice: Practice) -> None:
    practice.settings(support_contact=CONTACT)
    here = practice.vendor.address
    good: dict[str, Any] = {"base_url": here, "api_key": API_KEY, "api_secret": API_SECRET}
    messages = {
        "refused": tried(practice, **good | {"api_secret": "wrong"}).message,
        "key": tried(practice, **good | {"api_key": "WRONG"}).message,
        "dns": tried(practice, **good | {"base_url": "https://plans.no-such-host.invalid"}).message,
        "nobody": tried(practice, **good | {"base_url": "http://127.0.0.1:9"}).message,
        "address": tried(practice, **good | {"base_url": "ftp://plans.example"}).message,
        "typed": tried(practice, **good | {"api_secret": "with a blank"}).message,
    }
    practice.vendor.fault("delay", times=1, delay_seconds=20)
    messages["late"] = tried(practice, timeout=0.5, **good).message
    practice.vendor.fault("error500", times=1)
    messages["down"] = tried(practice, **good).message
    assert messages["refused"] == messages["key"]
    for words, name in {
        "key and secret": "refused",
        "address": "dns",
        "not found": "dns",
        "Nothing answers": "nobody",
        "https://": "address",
        "holds a space": "typed",
        "in time": "late",
        "answer 500": "down",
    }.items():
        assert words in messages[name], messages[name]
    assert len(set(messages.values())) == len(messages) - 1
    assert all(CONTACT in message for message in messages.values())


@pytest.mark.req("CP-7")
def test_the_contact_as_typed_is_named_before_it_is_saved(practice: Practice) -> None:
    typed: dict[str, Any] = {"base_url": practice.vendor.address, "api_key": "X", "api_secret": "Y"}
    assert "Ruth, ext. 7" in tried(practice, **typed, support_contact="Ruth, ext. 7").message


@pytest.mark.req("CP-7")
def test_without_a_contact_the_plan_systems_support_is_named(practice: Practice) -> None:
    typed: dict[str, Any] = {"base_url": practice.vendor.address, "api_key": "X", "api_secret": "Y"}
    assert "contact the plan system’s support" in tried(practice, **typed).message


def test_the_manifest_names_no_vendor_default() -> None:
    """QA25."""
    empty = plugin.settings_model()()
    assert empty.model_dump(exclude={"api_secret"}) == {
        "base_url": "",
        "api_key": "",
        "support_contact": "",
        "discount_beyond_allotment": False,
        "refresh_minutes": 15,
    }


def _stored(practice: Practice) -> list[Any]:
    with practice.clinic.reading() as session:
        rows = [[row.values, row.secrets, row.revision] for row in session.query(PluginSetting)]
        return [*rows, *[site.plugins for site in session.query(Site)]]


@pytest.mark.req("CP-4", "CP-5")
def test_neither_page_nor_interface_gives_the_secret_back(web: WebClinic, web_practice: Practice) -> None:
    secret = "s3cr3t-that-nobody-may-see"
    web_practice.settings(api_secret=secret)
    administrator = web.signed_in("Administrator")
    for path in (
        f"/s/north/administration/plugins/{NAME}/settings",
        f"/api/v1/s/north/plugins/{NAME}/settings",
        "/s/north/administration/plugins",
        "/api/v1/s/north/plugins",
    ):
        answer = administrator.get(path)
        assert answer.status_code == 200, answer.text
        assert secret not in answer.text
    assert "••••" in administrator.get(f"/s/north/administration/plugins/{NAME}/settings").text


@pytest.mark.req("CP-6", "CP-7")
def test_trying_from_the_interface(web: WebClinic, web_practice: Practice) -> None:
    administrator = web.signed_in("Administrator")
    tests = f"/api/v1/s/north/plugins/{NAME}/tests"
    for typed, ok in (({}, True), ({"api_secret": "wrong"}, False)):
        asked = administrator.post(tests, json={"values": typed})
        assert asked.status_code in (200, 201, 202), asked.text
        web_practice.work_off()
        answer = administrator.get(f"{tests}/{asked.json()['key']}").json()
        assert answer["ok"] is ok
        assert ("Northgate Animal Hospital" in answer["message"]) is ok
