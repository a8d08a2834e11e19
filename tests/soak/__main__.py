"""`make soak`: the long soak on both databases, with a table at its end.

python -m tests.soak [--minutes 10] [--seed S] [--only sqlite|postgresql]
"""

import argparse
import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.soak.history import History
from tests.soak.run import Soak, SoakFailed, run
from tests.soak.smithy import ROOT
from tests.support.postgres import private_postgres

_FIGURES = ROOT / "test-results"


def main() -> None:
    """Run it; exit code 1 where anything was lost, doubled or half."""
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="of work, over all databases together")
    parser.add_argument("--seed", default="", help="the seed of a run to do again")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    seed = arguments.seed or secrets.token_hex(4)
    databases = [arguments.only] if arguments.only else ["sqlite", "postgresql"]
    seconds = arguments.minutes * 60 / len(databases)
    console = Console()
    results: dict[str, History] = {}
    for database in databases:
        console.print(f"{database}: {seconds:.0f} s of work, seed {seed}")
        with _place(database) as (url, home):
            soak = Soak(url, home, seed, seconds, harsh=database == "postgresql")
            try:
                results[database] = run(soak)
            except SoakFailed as error:
                console.print(str(error), markup=False, soft_wrap=True)
                sys.exit(1)
        _keep(database, seed, results[database].counts)
    console.print(_table(results))


@contextmanager
def _place(database: str) -> Iterator[tuple[str, Path]]:
    """An empty database, safe on disk, and a folder."""
    with tempfile.TemporaryDirectory(prefix="fetlock-soak-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        if database == "sqlite":
            yield f"sqlite:///{home / 'fetlock.sqlite3'}", home
        else:
            with private_postgres(durable=True) as server:
                yield server.create_database(), home


def _keep(database: str, seed: str, counts: Counter[str]) -> None:
    _FIGURES.mkdir(exist_ok=True)
    figures = {
        "seed": seed,
        "ended": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        **dict(sorted(counts.items())),
    }
    (_FIGURES / f"soak-{database}.json").write_text(json.dumps(figures, indent=2))


def _table(results: dict[str, History]) -> Table:
    table = Table("", *results, "together", box=None)
    kinds = sorted({kind for history in results.values() for kind in history.counts})
    for title, prefix in (("kills in all", "kill "), ("faults in all", "fault of the vendor")):
        counts = [history.total(prefix) for history in results.values()]
        table.add_row(title, *map(str, counts), str(sum(counts)), style="bold")
    for kind in kinds:
        counts = [history.counts[kind] for history in results.values()]
        table.add_row(kind, *map(str, counts), str(sum(counts)))
    return table


if __name__ == "__main__":
    main()
