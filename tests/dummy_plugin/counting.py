"""Notes every piece of the dummy's code that runs, and makes hooks fail, from outside that code."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

from litestar import Request

C = TypeVar("C", bound=type)

calls: list[tuple[str, Any]] = []
"""Name and context of each hook that was called, and "GET /path" of each request that reached a handler."""

broken: set[str] = set()
"""Names of hooks that fail as long as they stand here."""

instead: dict[str, Callable[[Callable[[], Any], Any], Any]] = {}
"""Names of hooks with what they do instead, given what they would do and their context."""


def names() -> list[str]:
    """What ran, in order."""
    return [name for name, _ in calls]


def context_of(hook: str) -> Any:
    """What `hook` was handed when it was last called."""
    return next(context for name, context in reversed(calls) if name == hook)


def counted(plugin: C) -> C:
    """Note the calls of every hook that this class implements."""
    for name in dir(plugin):
        method = getattr(plugin, name)
        if hasattr(method, "fetlock_impl"):
            setattr(plugin, name, _noting(name, method))
    return plugin


async def note_request(request: Request[Any, Any, Any]) -> None:
    """For `before_request`: runs before anything else of a handler."""
    calls.append((f"{request.method} {request.url.path}", None))


def _noting(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def noting(*arguments: Any) -> Any:
        calls.append((name, arguments[1] if len(arguments) > 1 else None))
        if name in broken:
            raise RuntimeError("Biscuit of Dana Whitfield is quoted in this error")
        if name in instead:
            context = arguments[1] if len(arguments) > 1 else None
            return instead[name](partial(method, *arguments), context)
        return method(*arguments)

    return noting
