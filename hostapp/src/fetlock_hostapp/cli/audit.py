"""`fetlock audit`: verify the chain of the audit log, export the log, explain a doubt (H-5)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import SQLAlchemyError

from fetlock.contracts import SYSTEM
from fetlock.domain.audit import accepting, checks, exporting, signing
from fetlock.domain.audit.verifying import Verified, verify
from fetlock.errors import FetlockError, Invalid
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.cli.opening import opened
from fetlock_hostapp.cli.terminal import complain, emit_json, err, say

HEX = 64
SHOWN = 20
"""So many faults at most are listed for people; JSON has the first hundred."""


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    group = typer.Typer(help="The audit log: verify its chain, export it.", no_args_is_help=True)
    app.add_typer(group, name="audit")
    group.command("verify")(verify_chain)
    group.command("export")(export)
    group.command("accept")(accept)


def verify_chain(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    expect: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER:HASH", help="A place of the chain as you noted it earlier."),
    ] = None,
) -> None:
    """Walk the whole chain and name what was changed, inserted, removed or cut off; exit code 1 if anything.

    Keep number and hash that this prints somewhere else: with --expect a later verification proves that the
    log was not exchanged as a whole.
    """
    noted = _noted(expect or [])
    with opened(context) as runtime:
        with runtime.database.reading() as session:
            expected = checks.proven(session) | noted
        with _progress("Verifying", quiet=as_json) as bar:
            found = verify(
                runtime.database, signing.keys_of(runtime.secrets), progress=bar, expected=expected
            )
        _keep(runtime, found)
    if as_json:
        emit_json(_plain(found))
    else:
        _tell(found)
    if not found.ok:
        raise typer.Exit(1)


def export(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(help="The file to write: .csv, or .jsonl for JSON Lines.")],
) -> None:
    """Write every entry of the log, of all sites, to a file."""
    with opened(context) as runtime, _progress("Exporting", quiet=False) as bar:
        count = exporting.export(
            runtime.database, target, SYSTEM, progress=None if bar is None else lambda done: bar(done, None)
        )
    say(f"{count} entries were written to {target}.")


def accept(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The number at which the head was doubted.")],
    reason: Annotated[str, typer.Option(help="What happened; kept in the audit log.")],
) -> None:
    """Explain a head that could not be believed, such as after a lost key file."""
    with opened(context) as runtime:
        runtime.database.write(lambda session: accepting.accept(session, number, reason, staff_id=None))
    say(f"Recorded. Verifications do not name number {number} any longer.")


def _noted(given: list[str]) -> dict[int, str]:
    noted = {}
    for text in given:
        number, _, digest = text.partition(":")
        if not number.isdecimal() or len(digest) != HEX:
            raise Invalid(f"--expect takes NUMBER:HASH, as a verification prints them, not “{text}”.")
        noted[int(number)] = digest.lower()
    return noted


def _keep(runtime: Runtime, found: Verified) -> None:
    """Note that it was verified; where that fails, what was found is told all the same."""
    try:
        check_id = runtime.database.write(lambda session: checks.begin(session, None))
        runtime.database.write(lambda session: checks.finish(session, check_id, found))
    except (FetlockError, SQLAlchemyError) as error:
        complain(f"That it was verified could not be noted: {type(error).__name__}.")


def _plain(found: Verified) -> dict[str, object]:
    return {
        "ok": found.ok,
        "links": found.total,
        "verified": found.seen,
        "number": found.number,
        "hash": found.hash,
        "older": found.older,
        "founded_at": found.founded_at.isoformat() if found.founded_at else None,
        "fault_count": found.fault_count,
        "faults": [fault.as_json() for fault in found.faults],
    }


def _tell(found: Verified) -> None:
    if found.ok and not found.total:
        say("Nothing has been recorded yet.")
        return
    if found.ok:
        say(f"The chain is whole: {found.total} entries, signed by this installation.")
    else:
        faults = "1 fault" if found.fault_count == 1 else f"{found.fault_count} faults"
        say(f"The chain is NOT whole: {faults} in {found.total} entries.")
    if found.older:
        say(f"{found.older} of them are from before the chain, taken in on {found.founded_at:%Y-%m-%d}.")
    for fault in found.faults[:SHOWN]:
        say(f"{fault.kind.value.upper():9} {fault.text}")
    if len(found.faults) > SHOWN:
        say(f"{found.fault_count - SHOWN} more; --json lists the first hundred.")
    if found.seen:
        say(f"Its end, to be noted elsewhere: {found.number}:{found.hash}")


@contextmanager
def _progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, int | None], None] | None]:
    if quiet or not err.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
