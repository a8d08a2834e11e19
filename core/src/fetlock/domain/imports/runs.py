"""Uploaded files to import: kept, tried, run, and dropped again (H-15).

Whoever runs one notes its progress and a sign of life: a run whose signs of life have stopped was
interrupted, and may simply be run again, since an import that is repeated changes nothing twice.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, undefer

from fetlock import clock
from fetlock.domain.imports.models import ImportRun, ImportState
from fetlock.errors import Conflict, NotFound
from fetlock.work import Work

KEPT: Final = timedelta(days=30)
SILENT: Final = timedelta(seconds=60)
UNDER_WAY: Final = (ImportState.TRYING.value, ImportState.RUNNING.value)
INTERRUPTED: Final = "It was interrupted. Run it again: what is there already is not imported twice."


def add(work: Work, kind: str, file_name: str, content: bytes, encoding: str) -> ImportRun:
    """Keep an uploaded file; files older than `KEPT` go, since they hold people's data."""
    work.require("imports.run")
    now = clock.now()
    work.session.execute(
        delete(ImportRun).where(ImportRun.created_at < now - KEPT, ImportRun.state.not_in(UNDER_WAY))
    )
    run = ImportRun(
        site_id=work.site.id,
        kind=kind,
        file_name=file_name[-200:] or "file.csv",
        content=zlib.compress(content),
        encoding=encoding,
        created_at=now,
        created_by=work.actor.staff_id,
    )
    work.session.add(run)
    work.session.flush()
    return run


def listed(session: Session, site_id: int, limit: int = 20) -> Sequence[ImportRun]:
    """The files of a site, the newest first."""
    return session.scalars(
        select(ImportRun).where(ImportRun.site_id == site_id).order_by(ImportRun.id.desc()).limit(limit)
    ).all()


def get(session: Session, site_id: int, run_id: int) -> ImportRun:
    """A file of this site. Raises `NotFound`."""
    run = session.get(ImportRun, run_id)
    if run is None or run.site_id != site_id:
        raise NotFound("There is no such file here.")
    return run


def content_of(session: Session, run_id: int) -> bytes:
    """The file as it was uploaded."""
    run = session.scalars(
        select(ImportRun).where(ImportRun.id == run_id).options(undefer(ImportRun.content))
    ).one()
    return zlib.decompress(run.content)


def is_under_way(run: ImportRun) -> bool:
    """Whether somebody runs it now and has given a sign of life lately."""
    return run.state in UNDER_WAY and run.beat_at is not None and clock.now() - run.beat_at < SILENT


def begin(
    work: Work, run_id: int, *, mapping: Mapping[str, str], options: Mapping[str, Any], dry_run: bool
) -> ImportRun:
    """Mark a file as being run with this mapping. Raises `Conflict` while it already is."""
    work.require("imports.run")
    run = get(work.session, work.site.id, run_id)
    work.session.refresh(run, with_for_update=True)
    if is_under_way(run):
        raise Conflict("This file is being read just now. Wait until it is through.")
    run.mapping, run.options = dict(mapping), dict(options)
    run.state = (ImportState.TRYING if dry_run else ImportState.RUNNING).value
    run.done, run.total, run.problem, run.report = 0, 0, "", None
    run.beat_at = clock.now()
    work.session.flush()
    return run


def beat(session: Session, run_id: int, done: int, total: int) -> None:
    """Note progress and a sign of life."""
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id)
        .values(done=done, total=total, beat_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def finish(
    session: Session, run_id: int, report: Mapping[str, Any] | None, *, dry_run: bool, problem: str = ""
) -> None:
    """Note how it ended: with a report, or with what stopped it."""
    state = ImportState.STOPPED
    if report is not None:
        state = ImportState.TRIED if dry_run else ImportState.DONE
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id)
        .values(state=state.value, report=report, problem=problem[:500], beat_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def remove(work: Work, run_id: int) -> None:
    """Drop a file with its report; what was imported stays."""
    work.require("imports.run")
    run = get(work.session, work.site.id, run_id)
    if is_under_way(run):
        raise Conflict("This file is being read just now. Wait until it is through.")
    work.session.delete(run)
    work.session.flush()
