"""Switching plugins per site: off, set-up, on, at run time, with what hangs on them (PL-2)."""

import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from core.tests.platform.places import Place, place
from core.tests.platform.sampler.plugin import Sampler
from fetlock.contracts import Actor, Receiver
from fetlock.domain.audit.models import AuditEntry
from fetlock.domain.plugins.switching import PluginState, hangs_on, held_count, set_state
from fetlock.errors import Conflict, Invalid, NotFound, NotPermitted
from fetlock.outbox.models import OutboxRow, OutboxState
from fetlock.outbox.store import Posting, enqueue
from fetlock.work import Work

ADMIN = Actor(staff_id=None, name="Admin", permissions=frozenset({"plugins.switch"}))


@pytest.fixture
def here(sqlite_url: str, tmp_path: Path) -> Iterator[Place]:
    def broken() -> object:
        raise ImportError("No module named 'phonegate'")

    with place(sqlite_url, tmp_path, {"sampler": Sampler, "broken": broken}) as made:
        yield made


def _switch(here: Place, state: str, *, site: str = "north", reason: str = "") -> PluginState:
    return here.run(lambda work: set_state(work, "sampler", state, reason), site=site, actor=ADMIN)


def _post(work: Work) -> None:
    posting = Posting(
        key=uuid.uuid4(),
        plugin="sampler",
        topic="sample",
        aggregate="a",
        subject="One sample",
        payload={},
        receiver=Receiver.TAKES_KEYS.value,
        site_id=work.site.id,
    )
    enqueue(work.session, [posting])


def _states(here: Place) -> list[str]:
    with here.runtime.database.reading() as session:
        return [row.state for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))]


@pytest.mark.req("PL-2", "H-5")
def test_each_site_has_its_own_state_at_once(here: Place) -> None:
    assert _switch(here, "on") is PluginState.OFF
    assert here.run(lambda work: work.enabled) == {"sampler"}
    assert here.run(lambda work: work.enabled, site="south") == set()
    assert here.site().plugins["sampler"]["settings"]["minutes"] == 15
    assert _switch(here, "setup", reason="New key") is PluginState.ON
    assert here.run(lambda work: work.enabled) == set()
    with here.runtime.database.reading() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[-1]
    assert (entry.action, entry.reason) == ("plugin.switch", "New key")
    assert entry.detail == {"from": "on", "to": "setup"}


@pytest.mark.req("PL-2")
def test_queued_rows_are_held_and_resumed(here: Place) -> None:
    _switch(here, "on")
    here.run(_post)
    here.run(_post, site="south")
    said = here.run(lambda work: hangs_on(work, "sampler"))
    assert said[0].startswith("1 entry waits to be sent.")
    assert said[1] == "3 samples are still being looked at in North Clinic."
    _switch(here, "off")
    assert _states(here) == [OutboxState.HELD, OutboxState.PENDING], "the other site's stay"
    assert here.run(lambda work: held_count(work, "sampler")) == 1
    _switch(here, "on")
    assert _states(here) == [OutboxState.PENDING, OutboxState.PENDING]


def test_what_cannot_be_switched_says_why(here: Place) -> None:
    for plugin, error, words in (
        ("pricelist", Conflict, "always on"),
        ("broken", Conflict, "quarantine.*phonegate"),
        ("elsewhere", NotFound, "Installed: sampler"),
    ):
        with pytest.raises(error, match=words):
            here.run(partial(set_state, plugin=plugin, state="on"), actor=ADMIN)
    with pytest.raises(Invalid):
        _switch(here, "perhaps")
    with pytest.raises(NotPermitted):
        here.run(lambda work: set_state(work, "sampler", "on"), actor=Actor(staff_id=None, name="Nobody"))


def test_a_plugin_in_quarantine_can_be_switched_off(here: Place) -> None:
    here.switch("broken", "on")
    assert here.run(lambda work: set_state(work, "broken", "off"), actor=ADMIN) is PluginState.ON
    here.switch("gone", "on")
    assert here.run(lambda work: set_state(work, "gone", "off"), actor=ADMIN) is PluginState.ON
