"""The threads that handlers run in: nothing that is raised there ends the process."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class EndRefused(RuntimeError):
    """Code in a thread tried to end the program, as `sys.exit` does."""


class HandlerThreads(ThreadPoolExecutor):
    """A pool in which SystemExit and its like are faults like others.

    Handed on to the event loop they would end the server, and with it everybody else's work (PL-5).
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As everywhere; what `fn` raises is an `Exception` in any case."""
        return super().submit(partial(_contained, fn), *args, **kwargs)


def _contained(function: Callable[..., T], *arguments: Any, **named: Any) -> T:
    try:
        return function(*arguments, **named)
    except Exception:
        raise
    except BaseException as error:
        raise EndRefused(type(error).__name__) from error
