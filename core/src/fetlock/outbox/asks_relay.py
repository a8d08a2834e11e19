"""Answering asks: the question goes out in no transaction, the answer is applied and stored in one (UI-3)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.contracts.http import Http
from fetlock.contracts.outside import Ask, AskAnswer
from fetlock.errors import FetlockError, Invalid
from fetlock.outbox.asks import tell_of
from fetlock.outbox.contained import call_contained
from fetlock.outbox.models import AskRow
from fetlock.platform import settings
from fetlock.platform.dispatch import Cause
from fetlock.platform.gate import Gate, gate, words_of
from fetlock.work import AppliedAnswer

if TYPE_CHECKING:
    from fetlock.platform.runtime import Runtime

LEASE: Final = timedelta(minutes=1)
KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An ask taken by this worker; `lease` is its proof. `fault`: why it can't even be asked."""

    id: int
    lease: datetime
    plugin: str
    key: str
    question: str
    site_id: int
    data: dict[str, Any] = field(repr=False)
    settings: Any = field(repr=False)
    fault: str = ""


def answer_next(runtime: "Runtime", http: Http) -> bool:
    """Take one ask, put the question, apply and store the answer; False where none waits."""
    with runtime.database.reading() as session:
        if session.scalar(waiting_asks().with_only_columns(AskRow.id).limit(1)) is None:
            return False
    asked = runtime.database.write(lambda session: _take(session, runtime))
    if asked is None:
        return False
    answer = _put(runtime, http, asked)
    runtime.database.write(lambda session: _store(session, runtime, asked, answer))
    return True


def forget_old(session: Session) -> int:
    """Delete asks answered long ago; answers how many."""
    old = session.scalars(
        select(AskRow).where(AskRow.state == "answered", AskRow.answered_at < clock.now() - KEPT).limit(500)
    ).all()
    for row in old:
        session.delete(row)
    session.flush()
    return len(old)


def waiting_asks() -> Any:
    """The asks that could be taken now, as a SELECT."""
    return select(AskRow).where(
        AskRow.state == "pending",
        or_(AskRow.lease_until.is_(None), AskRow.lease_until < clock.now()),
    )


def _take(session: Session, runtime: "Runtime") -> Asked | None:
    row = session.scalar(waiting_asks().order_by(AskRow.id).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    row.lease_until = clock.now() + LEASE
    session.flush()
    fault, model, data = "", None, dict(row.data)
    state = gate(session, runtime.registry, row.plugin, row.site_id)
    known = runtime.registry.plugins.get(row.plugin)
    try:
        if state not in (Gate.ON, Gate.SETUP):
            fault = words_of(state, known.manifest.label if known else row.plugin)
        else:
            data |= runtime.secrets.open(row.sealed)
            model = _settings(session, runtime, row, lenient=row.sealed is not None)
    except Invalid as error:
        fields = ", ".join(name for name in error.fields if name)
        fault = f"The settings are not complete: {fields or error.message}"
    except FetlockError as error:
        fault = error.message
    return Asked(
        id=row.id,
        lease=row.lease_until,
        plugin=row.plugin,
        key=str(row.key),
        question=row.question,
        site_id=row.site_id,
        data=data,
        settings=model,
        fault=fault,
    )


def _settings(session: Session, runtime: "Runtime", row: AskRow, *, lenient: bool) -> BaseModel | None:
    """The settings in force; with what was typed sealed beside, also while they are not complete yet."""
    try:
        model, _ = settings.load(session, runtime.secrets, runtime.registry, row.plugin, row.site_id)
    except Invalid:
        form = settings.model_of(runtime.registry, row.plugin)
        if not lenient or form is None:
            raise
        found = settings.stored(session, row.plugin, row.site_id)
        known = {name: value for name, value in found.values.items() if name in form.model_fields}
        return form.model_construct(**known)
    return model


def _put(runtime: "Runtime", http: Http, asked: Asked) -> AskAnswer:
    if asked.fault:
        return AskAnswer(ok=False, message=asked.fault)
    ask = Ask(
        ask_id=asked.key,
        question=asked.question,
        data=asked.data,
        settings=asked.settings,
        site_id=asked.site_id,
        http=http,
    )
    # what somebody typed is tried even while the plugin is left alone, and may be wrong as often as it likes
    counts = asked.question != "test_credentials"
    answer = runtime.hooks.call_plugin("answer_ask", ask, asked.plugin, counts=counts)
    if answer is None:
        return AskAnswer(ok=False, message="The plugin answers no questions.")
    if answer.failure is not None and answer.failure.cause is Cause.PAUSED:
        label = runtime.registry.plugins[asked.plugin].manifest.label
        message = f"{label} is left alone for a moment after several failures in a row. Try again later."
        return AskAnswer(ok=False, message=message)
    if answer.failure is not None:
        return AskAnswer(
            ok=False,
            message=f"Something went wrong in the plugin. Please try again; if it stays, report incident "
            f"{answer.failure.incident}.",
        )
    value: AskAnswer = answer.value
    return value


def _store(session: Session, runtime: "Runtime", asked: Asked, answer: AskAnswer) -> None:
    row = session.scalar(
        select(AskRow)
        .where(AskRow.id == asked.id, AskRow.state == "pending", AskRow.lease_until == asked.lease)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:  # it took longer than the lease, and another worker answered it
        return
    message = answer.message
    ok = answer.ok and _applied(session, runtime, row, asked, answer)
    if answer.ok and not ok:
        message = "The answer came, but could not be stored. Please try again."
    row.state = "answered"
    row.ok = ok
    row.message = message[:1000]
    row.answer = dict(answer.data)
    row.sealed = None
    row.lease_until = None
    row.answered_at = clock.now()
    tell_of(session, row)


def _applied(session: Session, runtime: "Runtime", row: AskRow, asked: Asked, answer: AskAnswer) -> bool:
    """Let the plugin keep the answer, in a savepoint of the transaction that stores it."""
    applied = AppliedAnswer(
        work=runtime.work_at(session, row.site_id),
        question=row.question,
        asked=dict(row.data),
        answer=dict(answer.data),
        settings=asked.settings,
    )
    return call_contained(session, runtime.hooks, "apply_ask", applied, row.plugin) is None
