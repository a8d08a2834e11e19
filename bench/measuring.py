"""Timing: medians over rounds in which ours and the baseline take turns, so that drift hits both."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison: medians in milliseconds. `aim` is what we want, in words."""

    what: str
    ours_ms: float
    baseline: str
    baseline_ms: float
    aim: str

    @property
    def ratio(self) -> float:
        """Ours by the baseline."""
        return self.ours_ms / self.baseline_ms


def timed(action: Callable[[], object]) -> float:
    """Milliseconds of wall time that one call takes, with the garbage collector at rest."""
    gc.collect()
    gc.disable()
    try:
        started = time.perf_counter()
        action()
        return (time.perf_counter() - started) * 1000
    finally:
        gc.enable()


def medians(ours: Callable[[], object], baseline: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median milliseconds of both, called in turns, after one call each that is not counted."""
    ours()
    baseline()
    pairs = [(timed(ours), timed(baseline)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
