"""The pages about plugins: matrix, switching, settings, trying credentials, data (PL-2, PL-3, PL-6, CP-6)."""

import io
import re
import zipfile

import httpx
import pytest
from sqlalchemy import select

from core.tests.platform.sampler.plugin import Sampler
from fetlock.contracts import Ask, AskAnswer
from fetlock.domain.plugins.models import PluginInstalled, PluginSetting
from fetlock.domain.sites.models import Site
from fetlock.outbox.asks_relay import answer_next
from fetlock_hostapp.testing import WebClinic

BASE = "/s/north/administration/plugins"
API = "/api/v1/s/north/plugins"
SECRET = "s3cr3t-that-must-not-be-seen"


def _state(web: WebClinic, slug: str = "north") -> str:
    with web.runtime.database.reading() as session:
        return session.scalars(select(Site).where(Site.slug == slug)).one().plugin_state("sampler")


def _form(**more: str) -> dict[str, str]:
    values = {"address": "https://x", "minutes": "30", "colour": "green", "api_secret": "", "revision": "0"}
    return {**values, **more}


@pytest.mark.req("PL-2")
def test_the_matrix_shows_every_site_and_switches_each(web: WebClinic, admin: httpx.Client) -> None:
    page = admin.get(BASE).text
    assert "Sampler" in page
    assert "North Clinic" in page
    assert "South Clinic" in page
    asked = admin.get(f"{BASE}/sampler/switch/off").text
    assert "3 samples are still being looked at in North Clinic." in asked
    done = admin.post(f"{BASE}/sampler/state", data={"state": "off", "reason": "Trying"})
    assert done.status_code == 303
    assert (_state(web), _state(web, "south")) == ("off", "on")
    done = admin.post(f"{BASE}/sampler/state", data={"state": "setup"})
    assert done.headers["location"] == f"{BASE}/sampler/settings"
    done = admin.post(f"{BASE}/sampler/state", data={"state": "on", "back": "south"})
    assert done.headers["location"] == "/s/south/administration/plugins"
    assert _state(web) == "on"


@pytest.mark.req("PL-2", "H-3")
def test_only_those_with_the_permission_may(web: WebClinic, admin: httpx.Client) -> None:
    desk = web.signed_in("Receptionist")
    assert desk.get(BASE).status_code == 403
    assert desk.post(f"{BASE}/sampler/state", data={"state": "off"}).status_code == 403
    assert desk.get(f"{BASE}/sampler/settings").status_code == 403
    assert desk.put(f"{API}/sampler/state", json={"state": "off"}).status_code == 403
    assert admin.post(f"{BASE}/nothing/state", data={"state": "on"}).status_code == 404
    assert admin.get(f"{BASE}/nothing/settings").status_code == 404
    assert _state(web) == "on"


@pytest.mark.req("PL-3", "CP-4", "CP-5")
def test_settings_are_saved_and_the_secret_never_comes_back(web: WebClinic, admin: httpx.Client) -> None:
    saved = admin.post(f"{BASE}/sampler/settings", data=_form(api_secret=SECRET, _enabled="1"))
    assert saved.status_code == 303
    page = admin.get(f"{BASE}/sampler/settings").text
    assert SECRET not in page
    assert "••••" in page
    assert "Administrator Smith" in page
    assert re.search(r'name="minutes"[^>]*value="30"', page)
    answer = admin.get(f"{API}/sampler/settings")
    assert SECRET not in answer.text
    assert answer.json()["values"]["colour"] == "green"
    assert set(answer.json()["secrets_set"]) == {"api_secret"}
    assert _state(web) == "on"


@pytest.mark.req("PL-3")
def test_faults_stand_beside_their_fields_and_what_was_typed_stays(
    web: WebClinic, admin: httpx.Client
) -> None:
    sent = _form(minutes="1000", address="https://typed", api_secret=SECRET, _enabled="1")
    refused = admin.post(f"{BASE}/sampler/settings", data=sent)
    assert refused.status_code == 422
    assert 'id="f-minutes-error"' in refused.text
    assert "https://typed" in refused.text
    assert SECRET not in refused.text
    with web.runtime.database.reading() as session:
        assert session.scalars(select(PluginSetting)).all() == []


@pytest.mark.req("CP-2")
def test_the_master_switch_is_the_plugins_state(web: WebClinic, admin: httpx.Client) -> None:
    admin.post(f"{BASE}/sampler/state", data={"state": "off"})
    page = admin.get(f"{BASE}/sampler/settings").text
    assert "Sampler is off at North Clinic" in page
    assert 'name="minutes"' not in page
    admin.post(f"{BASE}/sampler/state", data={"state": "setup"})
    assert "Enable Sampler" in admin.get(f"{BASE}/sampler/settings").text
    admin.post(f"{BASE}/sampler/settings", data=_form())
    assert _state(web) == "setup", "saved without the switch, it stays shut"
    admin.post(f"{BASE}/sampler/settings", data=_form(revision="1", _enabled="1"))
    assert _state(web) == "on"
    off = admin.post(f"{BASE}/sampler/settings", data=_form(revision="2"))
    assert off.headers["location"] == f"{BASE}/sampler/switch/off", "what hangs on it is shown first"
    assert _state(web) == "on"


@pytest.mark.req("PL-3")
def test_settings_for_all_sites_stand_beneath(web: WebClinic, admin: httpx.Client) -> None:
    assert "Settings for all sites" in admin.get(f"{BASE}/sampler/settings?where=all").text
    saved = admin.post(f"{BASE}/sampler/settings", data=_form(where="all", address="https://all"))
    assert saved.headers["location"] == f"{BASE}/sampler/settings?where=all"
    page = admin.get("/s/south/administration/plugins/sampler/settings").text
    assert "https://all" in page
    assert "As set for all sites." in page


def test_the_later_save_is_told(admin: httpx.Client) -> None:
    admin.post(f"{BASE}/sampler/settings", data=_form(_enabled="1"))
    late = admin.post(f"{BASE}/sampler/settings", data=_form(_enabled="1", address="https://late"))
    assert late.status_code == 409
    assert "Somebody else saved these settings meanwhile" in late.text
    assert "https://late" in late.text


@pytest.mark.req("CP-6", "CP-7", "UI-3")
def test_credentials_are_tried_as_typed(web: WebClinic, admin: httpx.Client, sampler: Sampler) -> None:
    def answer(ask: Ask) -> AskAnswer:
        good = ask.data["api_secret"] == SECRET and ask.data["address"] == "https://x"
        return AskAnswer(ok=good, message="Account “North”." if good else "Check the key and the secret.")

    sampler.answer = answer
    for typed, told in ((SECRET, "Account “North”."), ("wrong", "Check the key and the secret.")):
        asked = admin.post(
            f"{BASE}/sampler/settings/test", data=_form(api_secret=typed), headers={"HX-Request": "true"}
        )
        assert "<progress" in asked.text
        poll = re.search(r'hx-get="([^"]+)"', asked.text)
        assert poll is not None
        assert "<progress" in admin.get(poll[1]).text
        assert answer_next(web.runtime, http=None)  # type: ignore[arg-type]  # the plugin asks nobody
        assert told in admin.get(poll[1]).text
    assert admin.post(f"{BASE}/sampler/settings/test", data=_form()).status_code == 303
    with web.runtime.database.reading() as session:
        assert session.scalars(select(PluginSetting)).all() == [], "nothing was changed"
    assert admin.post(f"{BASE}/email/settings/test", data={}).status_code == 404


@pytest.mark.req("H-42")
def test_the_mail_server_is_set_like_any_plugin(admin: httpx.Client) -> None:
    page = admin.get(f"{BASE}/email/settings").text
    assert "Mail server" in page
    sent = {"host": "mail.example", "port": "x", "security": "starttls", "sender": "nobody", "revision": "0"}
    refused = admin.post(f"{BASE}/email/settings", data=sent)
    assert "Enter a whole number." in refused.text
    assert "Enter an e-mail address" in refused.text
    good = {**sent, "port": "587", "sender": "desk@north.example", "password": SECRET}
    assert admin.post(f"{BASE}/email/settings", data=good).status_code == 303
    assert SECRET not in admin.get(f"{BASE}/email/settings").text


@pytest.mark.req("PL-6")
def test_data_is_exported_and_then_purged(web: WebClinic, admin: httpx.Client) -> None:
    row = PluginInstalled(
        name="gone", label="Gone", version="2.0", table_prefix="gone", tables=["gone_thing"]
    )

    def make(session: object) -> None:
        session.add(row)  # type: ignore[attr-defined]
        session.connection().exec_driver_sql("CREATE TABLE gone_thing (id INTEGER PRIMARY KEY)")  # type: ignore[attr-defined]

    web.runtime.database.write(make)
    assert "Removed, with their data kept" in admin.get(BASE).text
    assert "gone_thing" in admin.get(f"{BASE}/gone/purge").text
    early = admin.post(f"{BASE}/gone/purge", data={"name": "gone"})
    assert early.status_code == 409
    assert "Export the data" in early.text
    archive = admin.post(f"{BASE}/gone/export")
    assert archive.headers["content-disposition"].startswith('attachment; filename="gone-')
    with zipfile.ZipFile(io.BytesIO(archive.content)) as found:
        assert {"gone_thing.jsonl", "dictionary.json", "settings.jsonl"} == set(found.namelist())
    assert "Type gone" in admin.post(f"{BASE}/gone/purge", data={"name": "oops"}).text
    assert admin.post(f"{BASE}/gone/purge", data={"name": "gone"}).status_code == 303
    assert "Gone" not in admin.get(BASE).text


@pytest.mark.req("PL-2", "PL-3")
def test_programs_can_do_the_same(web: WebClinic, admin: httpx.Client) -> None:
    (plugin,) = admin.get(API).json()
    assert plugin["sites"] == {"north": "on", "south": "on"}
    assert admin.get(f"{API}/sampler/hanging").json() == [
        "3 samples are still being looked at in North Clinic."
    ]
    switched = admin.put(f"{API}/sampler/state", json={"state": "off", "reason": "x"})
    assert switched.json() == {"before": "on", "state": "off"}
    assert admin.put(f"{API}/sampler/state", json={"state": "perhaps"}).status_code == 422
    wrong = admin.put(f"{API}/sampler/settings", json={"values": {"minutes": 0}})
    assert wrong.status_code == 422
    assert "minutes" in wrong.text
    saved = admin.put(f"{API}/sampler/settings", json={"values": {"minutes": 9, "api_secret": SECRET}})
    assert saved.json()["values"]["minutes"] == 9
    assert SECRET not in saved.text
    asked = admin.post(f"{API}/sampler/tests", json={"values": {"api_secret": "typed"}})
    assert asked.json()["ok"] is None
    answer_next(web.runtime, http=None)  # type: ignore[arg-type]  # the plugin is off, so nobody is asked
    answered = admin.get(f"{API}/sampler/tests/{asked.json()['key']}").json()
    assert answered["message"] == "Sampler is off here."
