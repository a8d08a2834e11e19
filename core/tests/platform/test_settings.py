"""Settings: validated per field, the organisation's beneath the site's, secrets never in the open (PL-3)."""

import logging
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select, text

from core.tests.platform.places import Place, place
from core.tests.platform.sampler.plugin import Sampler, SamplerSettings
from fetlock.contracts import SYSTEM, Actor, Ask, AskAnswer
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.plugins.exporting import export
from fetlock.domain.plugins.models import PluginSetting
from fetlock.domain.plugins.settings import reseal_all, save
from fetlock.errors import Conflict, Invalid, NotFound, NotPermitted
from fetlock.outbox.asks import ask
from fetlock.outbox.asks_relay import answer_next
from fetlock.platform import secrets, settings
from fetlock.platform.installation import Installation
from fetlock.platform.secrets import KeyUnreadable, secrets_of

SECRET = "s3cr3t-that-must-not-be-seen-anywhere"
LENA = Actor(staff_id=None, name="Lena Marchetti", permissions=frozenset({"plugins.settings"}))


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Place]:
    with place(database_url, tmp_path / "home", {"sampler": Sampler}, on=("sampler",)) as made:
        yield made


def _save(
    here: Place,
    typed: dict[str, object],
    *,
    site: str = "north",
    for_organisation: bool = False,
    clear: frozenset[str] = frozenset(),
    revision: int | None = None,
) -> PluginSetting:
    return here.run(
        lambda work: save(
            work,
            here.runtime.secrets,
            "sampler",
            typed,
            for_organisation=for_organisation,
            clear=clear,
            revision=revision,
        ),
        site=site,
        actor=LENA,
    )


def _load(here: Place, site: str = "north") -> SamplerSettings:
    runtime = here.runtime
    with runtime.database.reading() as session:
        model, _ = settings.load(
            session, runtime.secrets, runtime.registry, "sampler", here.records.sites[site]
        )
    assert isinstance(model, SamplerSettings)
    return model


@pytest.mark.req("PL-3", "CP-4")
def test_what_is_saved_is_used(here: Place) -> None:
    _save(here, {"address": "https://x", "minutes": "30", "eager": True, "api_secret": SECRET})
    found = _load(here)
    assert (found.address, found.minutes, found.eager) == ("https://x", 30, True)
    assert found.api_secret.get_secret_value() == SECRET
    _save(here, {"address": "https://y", "api_secret": ""})
    assert _load(here).api_secret.get_secret_value() == SECRET, "an empty secret keeps the secret"
    _save(here, {}, clear=frozenset({"api_secret"}))
    assert _load(here).api_secret.get_secret_value() == ""


@pytest.mark.req("PL-3")
def test_the_organisations_settings_stand_beneath_the_sites(here: Place) -> None:
    _save(here, {"address": "https://all", "minutes": 20, "api_secret": SECRET}, for_organisation=True)
    _save(here, {"minutes": 5}, site="south")
    assert (_load(here).address, _load(here).minutes) == ("https://all", 20)
    assert (_load(here, "south").address, _load(here, "south").minutes) == ("https://all", 5)
    assert _load(here, "south").api_secret.get_secret_value() == SECRET
    _save(here, {"address": "https://changed"}, for_organisation=True)
    assert _load(here, "south").address == "https://changed", "what the site did not change is inherited"
    assert here.site("south").plugins["sampler"]["settings"]["address"] == "https://changed"


@pytest.mark.req("PL-3")
def test_faults_are_told_per_field_and_nothing_is_saved(here: Place) -> None:
    with pytest.raises(Invalid) as caught:
        _save(here, {"minutes": "many", "colour": "blue", "address": "x" * 61, "api_secret": SECRET})
    assert caught.value.fields["minutes"] == "Enter a whole number."
    assert caught.value.fields["colour"] == "Choose one of the list."
    assert "60" in caught.value.fields["address"]
    assert SECRET not in str(caught.value)
    with here.runtime.database.reading() as session:
        assert session.scalars(select(PluginSetting)).all() == []


def test_the_later_save_is_told(here: Place) -> None:
    first = _save(here, {"minutes": 20})
    _save(here, {"minutes": 21}, revision=first.revision)
    with pytest.raises(Conflict, match="meanwhile"):
        _save(here, {"minutes": 22}, revision=first.revision)


def test_saving_needs_its_permission_and_a_known_plugin(here: Place) -> None:
    runtime = here.runtime
    nobody = Actor(staff_id=None, name="Nobody")
    with pytest.raises(NotPermitted):
        here.run(lambda work: save(work, runtime.secrets, "sampler", {}), actor=nobody)
    with pytest.raises(NotFound):
        here.run(lambda work: save(work, runtime.secrets, "pricelist", {}))
    with pytest.raises(NotFound):
        here.run(lambda work: save(work, runtime.secrets, "elsewhere", {}))


@pytest.mark.req("PL-3", "CP-4", "H-5")
def test_the_secret_is_found_nowhere(here: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the database (files or dump), nor in the log, an export, a repr, or the audit log."""
    caplog.set_level(logging.DEBUG)
    _save(here, {"api_secret": SECRET, "api_key": SECRET}, for_organisation=True)
    _save(here, {"api_secret": SECRET, "address": "https://x"})
    sealed = here.runtime.secrets.seal({"api_secret": SECRET})

    def answer(asked: Ask) -> AskAnswer:
        assert asked.data["api_secret"] == SECRET
        raise RuntimeError(f"the vendor refused {asked.data['api_secret']}")

    sampler = here.runtime.registry.plugins["sampler"].instance
    assert isinstance(sampler, Sampler)
    sampler.answer = answer
    here.run(lambda work: ask(work, "sampler", "test_credentials", {}, sealed=sealed))
    assert answer_next(here.runtime, http=None)  # type: ignore[arg-type]  # the plugin asks nobody
    export(here.runtime.database, "sampler", tmp_path / "export.zip", SYSTEM)

    assert SECRET not in repr(_load(here))
    assert SECRET not in repr(here.runtime)
    assert SECRET not in caplog.text
    needle = SECRET.encode()
    assert all(needle not in path.read_bytes() for path in (tmp_path / "home").iterdir())
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        assert "settings.jsonl" in archive.namelist()
        assert all(needle not in archive.read(name) for name in archive.namelist())
    with here.runtime.database.reading() as session:
        for table in ("plugin_setting", "ask", "audit_entry", "site", "outbox"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()
            assert SECRET not in repr([[_shown(value) for value in row] for row in rows])
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plugin.settings")).all()[-1]
        assert entry.detail["secrets"] == ["api_secret"]
        marks = settings.stored(session, "sampler", here.records.sites["north"]).secrets_set
        assert marks["api_secret"]["by_name"] == "Lena Marchetti"


def _shown(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


@pytest.mark.req("PL-3")
def test_keys_rotate(here: Place, tmp_path: Path) -> None:
    installation = here.runtime.installation
    running = secrets_of(installation)
    _save(here, {"api_secret": SECRET})
    old_key = installation.key_file.read_text()
    secrets.add_key(installation)
    assert here.runtime.database.write(lambda session: reseal_all(session, here.runtime.secrets)) == 1
    assert secrets.drop_old_keys(installation) == 1
    assert old_key not in installation.key_file.read_text()
    with here.runtime.database.reading() as session:
        sealed = session.scalars(select(PluginSetting)).one().secrets
    assert running.open(sealed) == {"api_secret": SECRET}, "a process that runs already finds the new key"
    with pytest.raises(KeyUnreadable, match="no longer has"):
        secrets_of(
            Installation(home=tmp_path, secret_keys=(SecretStr(Fernet.generate_key().decode()),))
        ).open(sealed)


@pytest.mark.req("PL-3")
def test_the_key_file_is_the_owners_alone(tmp_path: Path) -> None:
    installation = Installation(home=tmp_path / "new")
    assert secrets.ensure_key(installation)
    assert stat.S_IMODE(installation.key_file.stat().st_mode) == 0o600
    assert not secrets.ensure_key(installation), "a key is never replaced"
    with pytest.raises(KeyUnreadable, match="no key file"):
        secrets_of(Installation(home=tmp_path / "other")).check()
    installation.key_file.write_text("nonsense\n")
    with pytest.raises(KeyUnreadable, match="damaged"):
        secrets_of(installation).check()


def test_without_the_key_new_credentials_can_be_entered(here: Place) -> None:
    _save(here, {"api_secret": SECRET, "api_key": "old"})
    here.runtime.installation.key_file.unlink()
    secrets.ensure_key(here.runtime.installation)
    here.runtime.secrets.check()  # as in a process that starts now
    with pytest.raises(KeyUnreadable):
        _load(here)
    _save(here, {"api_secret": "fresh"})
    assert _load(here).api_secret.get_secret_value() == "fresh"
    with here.runtime.database.reading() as session:
        marks = settings.stored(session, "sampler", here.records.sites["north"]).secrets_set
    assert set(marks) == {"api_secret"}, "what can't be opened any more is not shown as set"


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    found = Installation.from_environment(
        {
            "FETLOCK_HOME": str(tmp_path),
            "FETLOCK_DATABASE_URL": "postgresql+psycopg://u:pw@h/d",
            "FETLOCK_SECRET_KEYS": "a, b",
            "FETLOCK_STRICT_PLUGINS": "1",
        }
    )
    assert found.home == tmp_path
    assert found.strict_plugins
    assert [key.get_secret_value() for key in found.secret_keys] == ["a", "b"]
    assert "pw" not in repr(found)
    assert Installation(home=tmp_path).url == f"sqlite:///{tmp_path / 'fetlock.sqlite3'}"
