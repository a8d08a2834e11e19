"""`python -m bench [--quick] [NAME …]`: run the benchmarks and print a table of ratios."""

import importlib
import pkgutil
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import bench
from bench.measuring import Figure


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Only these, such as pricing_saved.")] = None,
    quick: Annotated[bool, typer.Option(help="Few rounds: to see that it runs.")] = False,
) -> None:
    """Each module of this folder with a function `run(rounds)` is a benchmark."""
    console = Console()
    figures: list[Figure] = []
    for module in _benchmarks():
        name = module.__name__.rpartition(".")[2]
        if names and name not in names:
            continue
        console.print(f"{name} …")
        figures += module.run(5 if quick else 40)
    table = Table()
    for heading in ("what", "ours, ms", "baseline", "baseline, ms", "ratio", "aim"):
        table.add_column(heading, justify="right" if "ms" in heading or heading == "ratio" else "left")
    for f in figures:
        table.add_row(f.what, f"{f.ours_ms:.2f}", f.baseline, f"{f.baseline_ms:.2f}", f"{f.ratio:.1f}", f.aim)
    console.print(table)


def _benchmarks() -> list[ModuleType]:
    found = [
        importlib.import_module(f"bench.{m.name}")
        for m in pkgutil.iter_modules(bench.__path__)
        if m.name != "__main__"
    ]
    return [module for module in found if hasattr(module, "run")]


if __name__ == "__main__":
    typer.run(main)
