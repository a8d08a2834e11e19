"""Asks: a page's questions, answered by the worker, with typed secrets, each failure in words (UI-3)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.tests.outbox.household import NO_HTTP, sampler_of
from core.tests.platform.places import Place
from core.tests.platform.sampler.models import Sample
from fetlock import AppliedAnswer, clock
from fetlock.contracts import Ask, AskAnswer
from fetlock.outbox import asks, asks_relay
from fetlock.outbox.models import AskRow


def _answer_all(here: Place) -> int:
    count = 0
    while asks_relay.answer_next(here.runtime, NO_HTTP):
        count += 1
    return count


def _rows(here: Place) -> list[AskRow]:
    with here.runtime.database.reading() as session:
        return list(session.scalars(select(AskRow).order_by(AskRow.id)))


def _ask(here: Place, question: str = "refresh", *, site: str = "north", sealed: bytes | None = None) -> None:
    here.run(
        lambda work: asks.ask(
            work, "sampler", question, {"patient": 12}, subject="patient:12", sealed=sealed
        ),
        site=site,
    )


@pytest.mark.req("UI-3")
def test_an_answer_is_applied_and_stored_together(here: Place) -> None:
    def apply(answered: AppliedAnswer) -> None:
        sample = Sample(site_id=answered.work.site.id, text=answered.answer["text"], amount=3)
        answered.work.session.add(sample)

    sampler_of(here).answer = lambda ask: AskAnswer(
        ok=True, message="Fresh.", data={"text": str(ask.data["patient"])}
    )
    sampler_of(here).apply = apply
    _ask(here)
    assert _answer_all(here) == 1
    (row,) = _rows(here)
    assert (row.state, row.ok, row.message, row.answer) == ("answered", True, "Fresh.", {"text": "12"})
    with here.runtime.database.reading() as session:
        assert session.scalars(select(Sample.text)).all() == ["12"]


def test_an_answer_that_cannot_be_kept_undoes_its_own_part_alone(here: Place) -> None:
    def apply(answered: AppliedAnswer) -> None:
        answered.work.session.add(Sample(site_id=999, text="an orphan", amount=3))

    sampler_of(here).apply = apply
    _ask(here)
    assert _answer_all(here) == 1
    (row,) = _rows(here)
    assert (row.ok, row.message) == (False, "The answer came, but could not be stored. Please try again.")
    with here.runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Sample)) == 0


@pytest.mark.req("CP-6", "PL-3")
def test_a_typed_secret_reaches_the_plugin_and_is_forgotten(here: Place) -> None:
    seen: list[object] = []

    def answer(ask: Ask) -> AskAnswer:
        seen.append((ask.data["api_secret"], ask.settings.minutes))
        return AskAnswer(ok=True, message="Valid.")

    sampler_of(here).answer = answer
    here.switch("sampler", "setup")
    _ask(here, "test_credentials", sealed=here.runtime.secrets.seal({"api_secret": "typed"}))
    assert _answer_all(here) == 1
    (row,) = _rows(here)
    assert seen == [("typed", 15)]
    assert row.sealed is None


def test_each_failure_is_said_in_words(here: Place) -> None:
    def fail(_: Ask) -> AskAnswer:
        raise RuntimeError("secret detail")

    _ask(here, site="south")
    sampler_of(here).answer = fail
    _ask(here, "broken")
    assert _answer_all(here) == 2
    off, broken = _rows(here)
    assert (off.ok, off.message) == (False, "Sampler is off here.")
    assert broken.message.startswith("Something went wrong in the plugin.")
    assert "secret detail" not in broken.message


def test_an_equal_question_that_waits_is_not_asked_twice(here: Place) -> None:
    _ask(here)
    _ask(here)
    assert len(_rows(here)) == 1
    _answer_all(here)
    _ask(here)
    assert len(_rows(here)) == 2


@pytest.mark.req("PL-8")
def test_a_lost_workers_ask_is_answered_by_another(here: Place) -> None:
    _ask(here)
    here.runtime.database.write(lambda session: asks_relay._take(session, here.runtime))
    assert _answer_all(here) == 0
    with clock.set_to(clock.now() + asks_relay.LEASE + timedelta(seconds=1)):
        assert _answer_all(here) == 1


def test_old_answers_are_forgotten(here: Place) -> None:
    _ask(here)
    _answer_all(here)
    assert here.runtime.database.write(asks_relay.forget_old) == 0
    with clock.set_to(clock.now() + asks_relay.KEPT + timedelta(days=1)):
        assert here.runtime.database.write(asks_relay.forget_old) == 1
