"""Migrations: each component its own history, none in another's way (PL-6)."""

import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from core.tests.platform.places import place
from core.tests.platform.sampler.models import Sample
from core.tests.platform.sampler.plugin import Sampler
from fetlock import Work, clock
from fetlock.contracts import SYSTEM
from fetlock.database import Database
from fetlock.database.tables import core_tables
from fetlock.domain.entitlements import service
from fetlock.domain.plugins.exporting import export
from fetlock.domain.plugins.models import PluginInstalled
from fetlock.domain.plugins.purging import purge
from fetlock.errors import Conflict
from fetlock.platform import migrations, revisions
from fetlock.platform.installation import Installation
from fetlock.platform.registry import Registry
from fetlock.platform.runtime import Runtime

SAMPLER = {"sampler": Sampler}


def _started(url: str, home: Path, *, with_plugin: bool) -> Runtime:
    installed = SAMPLER if with_plugin else {}
    return Runtime.start(Installation(home=home, database_url=url), installed=installed)


def _tables(database: Database) -> set[str]:
    with database.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_history_gives_the_tables_in_the_code(database_url: str, tmp_path: Path) -> None:
    """When this fails: fetlock db revision core -m "..." (with --rewrite while the newest is unreleased)."""
    runtime = _started(database_url, tmp_path, with_plugin=False)
    migrations.upgrade(runtime.database, runtime.registry)
    core = migrations.components(runtime.registry)[0]
    with runtime.database.engine.connect() as connection:
        assert revisions.differences(connection, core, core_tables()) == []
    assert migrations.pending(runtime.database, runtime.registry) == []
    runtime.close()


@pytest.mark.req("PL-6")
def test_up_down_up(database_url: str, tmp_path: Path) -> None:
    """Installed, its package removed while core goes on, back with its data, purged, and up again."""
    with place(database_url, tmp_path, SAMPLER, on=("sampler",)) as here:
        site_id = here.records.sites["north"]
        here.run(lambda work: work.session.add(Sample(site_id=site_id, text="a", amount=12)))

    removed = _started(database_url, tmp_path, with_plugin=False)
    assert migrations.pending(removed.database, removed.registry) == []
    assert migrations.upgrade(removed.database, removed.registry) == []
    assert "sampler_sample" in _tables(removed.database)
    with removed.database.reading() as session:
        assert session.get_one(PluginInstalled, "sampler").tables == ["sampler_sample"]
    removed.close()

    back = _started(database_url, tmp_path, with_plugin=True)
    assert migrations.pending(back.database, back.registry) == []
    with back.database.reading() as session:
        assert session.query(Sample).one().text == "a"
    back.close()

    removed = _started(database_url, tmp_path, with_plugin=False)
    _switch_off(removed)
    export(removed.database, "sampler", tmp_path / "kept.zip", SYSTEM)
    gone = purge(removed.database, removed.registry, "sampler", SYSTEM)
    assert gone.tables == {"sampler_sample": 1}
    assert not {"sampler_sample", "alembic_version_sampler"} & _tables(removed.database)
    removed.close()

    again = _started(database_url, tmp_path, with_plugin=True)
    assert [str(each) for each in migrations.pending(again.database, again.registry)] == [
        "sampler: at nothing, needs sampler_0001"
    ]
    assert migrations.upgrade(again.database, again.registry) == ["sampler: sampler_0001"]
    with again.database.reading() as session:
        assert session.query(Sample).count() == 0
    again.close()


def _switch_off(runtime: Runtime) -> None:
    runtime.database.write(lambda session: session.execute(text("UPDATE site SET plugins = '{}'")))


@pytest.mark.req("PL-6")
def test_an_installed_plugin_is_emptied_by_a_purge(sqlite_url: str, tmp_path: Path) -> None:
    with place(sqlite_url, tmp_path, SAMPLER) as here:
        site_id = here.records.sites["north"]
        here.run(lambda work: work.session.add(Sample(site_id=site_id, text="a", amount=12)))
        with pytest.raises(Conflict, match="Export"):
            purge(here.runtime.database, here.runtime.registry, "sampler", SYSTEM)
        export(here.runtime.database, "sampler", tmp_path / "kept.zip", SYSTEM)
        purge(here.runtime.database, here.runtime.registry, "sampler", SYSTEM)
        assert migrations.pending(here.runtime.database, here.runtime.registry) == []
        with here.runtime.database.reading() as session:
            assert session.query(Sample).count() == 0


@pytest.mark.req("PL-6")
def test_a_failing_revision_changes_nothing(database_url: str, tmp_path: Path) -> None:
    runtime = _started(database_url, tmp_path, with_plugin=False)
    migrations.upgrade(runtime.database, runtime.registry)
    before = _tables(runtime.database)
    folder = tmp_path / "broken"
    folder.mkdir()
    _revision(folder, "b1", None, "op.execute('CREATE TABLE broken_one (id INTEGER PRIMARY KEY)')")
    _revision(folder, "b2", "b1", "op.execute('CREATE TABLE nonsense (')")
    component = migrations.Component("broken", folder)
    with (
        pytest.raises(migrations.MigrationFailed, match="broken failed at b2"),
        migrations.schema_change(runtime.database) as connection,
    ):
        migrations.run_to_head(connection, component)
    assert _tables(runtime.database) == before
    runtime.close()


def test_a_history_with_two_ends_is_refused(tmp_path: Path) -> None:
    for name, below in (("a", None), ("b", "a"), ("c", "a")):
        _revision(tmp_path, name, below, "pass")
    with pytest.raises(migrations.MigrationFailed, match="2 ends"):
        migrations.Component("forked", tmp_path).script()


def test_a_newer_database_is_named(sqlite_url: str, tmp_path: Path) -> None:
    runtime = _started(sqlite_url, tmp_path, with_plugin=False)
    migrations.upgrade(runtime.database, runtime.registry)
    runtime.database.write(lambda s: s.execute(text("UPDATE alembic_version_core SET version_num = '9999'")))
    (found,) = migrations.pending(runtime.database, runtime.registry)
    assert found.newer
    with pytest.raises(migrations.MigrationFailed, match="newer version"):
        migrations.upgrade(runtime.database, runtime.registry)
    runtime.close()


def test_sqlite_rebuilds_a_table_without_losing_its_children(sqlite_url: str, tmp_path: Path) -> None:
    """With foreign keys on, a batch migration deletes what cascades from the rebuilt table."""
    with place(sqlite_url, tmp_path, {}) as here:
        database = here.runtime.database
        phones = "SELECT count(*) FROM client_phone"
        with database.reading() as session:
            before = session.scalar(text(phones))
        folder = tmp_path / "rebuild"
        folder.mkdir()
        body = (
            "with op.batch_alter_table('client', recreate='always') as batch:\n"
            "        batch.add_column(sa.Column('colour', sa.String(length=8)))"
        )
        _revision(folder, "r1", None, body)
        with migrations.schema_change(database) as connection:
            migrations.run_to_head(connection, migrations.Component("rebuild", folder))
        with database.reading() as session:
            assert before
            assert session.scalar(text(phones)) == before


def test_a_migration_that_orphans_rows_is_undone(sqlite_url: str, tmp_path: Path) -> None:
    with place(sqlite_url, tmp_path, {}) as here:
        _revision(tmp_path, "o1", None, "op.execute('DELETE FROM organisation')")
        with (
            pytest.raises(migrations.MigrationFailed, match="point to nothing in site"),
            migrations.schema_change(here.runtime.database) as connection,
        ):
            migrations.run_to_head(connection, migrations.Component("orphan", tmp_path))
        with here.runtime.database.reading() as session:
            assert session.scalar(text("SELECT count(*) FROM organisation")) == 1


@pytest.mark.req("CPX-3")
def test_the_ledger_refuses_changes_in_a_migrated_database(database_url: str, tmp_path: Path) -> None:
    with place(database_url, tmp_path, {}) as here:
        here.run(_one_entry)
        for statement in ("UPDATE entitlement_entry SET quantity = 1", "DELETE FROM entitlement_entry"):
            with (
                pytest.raises(DBAPIError, match="append-only"),
                here.runtime.database.writing_once() as session,
            ):
                session.execute(text(statement))


def _one_entry(work: Work) -> None:
    session, day = work.session, clock.now().date()
    patient = session.execute(text("SELECT min(id) FROM patient")).scalar_one()
    terms = service.EntitlementTerms(
        source_key="x",
        patient_id=patient,
        label="x",
        included=Decimal(1),
        valid_from=day,
        valid_to=day + timedelta(days=9),
        usable_from=day,
        chain="x",
        term=1,
    )
    row = service.keep(session, "sampler", [terms])["x"]
    service.record_external(session, row, Decimal(1), "seen")


def test_a_written_revision_holds_only_what_changed(tmp_path: Path) -> None:
    source = migrations.components(Registry())[0].folder
    folder = tmp_path / "versions"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    component = migrations.Component("core", folder)
    assert revisions.write(component, core_tables(), "Nothing") is None


def _revision(folder: Path, name: str, below: str | None, body: str) -> None:
    (folder / f"{name}.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {name!r}\ndown_revision = {below!r}\n"
        f"branch_labels = None\ndepends_on = None\n\n\ndef upgrade() -> None:\n    {body}\n",
        encoding="utf-8",
    )


def test_a_rewritten_revision_replaces_the_newest_alone(tmp_path: Path) -> None:
    """What has been released stays as it is, whatever is found out about the revision after it."""
    history = migrations.Component("core", tmp_path)
    tables = {table.name: table for table in core_tables()}
    one, two, three = (tables[name] for name in ("organisation", "worker_heartbeat", "sign_in_attempt"))

    first = revisions.write(history, [one], "The first")
    assert first is not None
    released = first.read_text()
    revisions.write(history, [one, two], "The second")
    again = revisions.write(history, [one, two, three], "The second, again", rewrite=True)

    assert again is not None
    assert sorted(path.name for path in tmp_path.glob("0*.py")) == [first.name, "0002_the_second_again.py"]
    assert first.read_text() == released
    assert "worker_heartbeat" in again.read_text()
    assert "sign_in_attempt" in again.read_text()
    assert revisions.write(history, [one, two, three], "Nothing new") is None
