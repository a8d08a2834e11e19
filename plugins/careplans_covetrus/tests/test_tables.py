"""The plugin's tables: their history makes what the models say; answers kept at the same moment."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fetlock import AppliedAnswer, clock
from fetlock.database.tables import tables_of
from fetlock.platform import migrations, revisions
from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock_careplans_covetrus import keeping
from fetlock_careplans_covetrus.naming import NAME, TABLE_PREFIX
from fetlock_careplans_covetrus.plugin import plugin
from fetlock_careplans_covetrus.sandbox.demo import API_KEY
from fetlock_careplans_covetrus.settings import CarePlanSettings
from plugins.careplans_covetrus.tests.practice import Practice


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    """On both databases."""
    return database_url


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    started = Runtime.start(
        Installation(home=tmp_path, database_url=database_url, strict_plugins=True),
        installed={NAME: lambda: plugin},
    )
    yield started
    started.close()


@pytest.mark.req("PL-6")
def test_the_history_makes_what_the_models_say(runtime: Runtime) -> None:
    done = migrations.upgrade(runtime.database, runtime.registry)
    assert [text for text in done if text.startswith(NAME)] == [f"{NAME}: 0001"]
    component = next(each for each in migrations.components(runtime.registry) if each.name == NAME)
    with runtime.database.engine.connect() as connection:
        assert revisions.differences(connection, component, tables_of(TABLE_PREFIX)) == []


def test_answers_kept_at_the_same_moment_count_use_elsewhere_once(practice: Practice) -> None:
    """Each of them alone would find the two units; they take turns, so that one of them does."""
    practice.plan([{"code": "NAIL", "included": 6}])
    practice.refresh()
    practice.vendor.call("PATCH", "/plans/P1/items/P1-T1-NAIL", {"used": 2})
    said = practice.vendor.raw("GET", "/plans?pims_client_id=57&pims_patient_id=57A").json()
    patient = practice.clinic.patient_id
    start = threading.Barrier(4)

    def keep(place: int) -> None:
        asked_at = (clock.now() + timedelta(milliseconds=place)).isoformat()
        answer = {"account_key": API_KEY, "asked_at": asked_at, "plans": said}
        start.wait()
        practice.clinic.run(
            lambda work: keeping.keep(
                AppliedAnswer(
                    work=work,
                    question="refresh",
                    asked={"patient_id": patient},
                    answer=answer,
                    settings=CarePlanSettings(),
                )
            )
        )

    threads = [threading.Thread(target=keep, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert practice.entries() == [("external", 2, 2)]
