"""A crowd: callables that all start at the same moment, each in a thread of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def together(commands: Sequence[Callable[[], T]], *, seconds: float = 150) -> list[T | Exception]:
    """Run every command in its own thread, all released at once; answers results or exceptions, in order."""
    gate = threading.Barrier(len(commands))

    def run(command: Callable[[], T]) -> T | Exception:
        gate.wait(seconds)
        try:
            return command()
        except Exception as error:  # noqa: BLE001  # the test looks at each
            return error

    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(run, commands, timeout=seconds))


def failures(results: Sequence[object]) -> list[Exception]:
    """Those results that are exceptions."""
    return [result for result in results if isinstance(result, Exception)]
