"""The HTTP client that the worker hands to select hooks, as a shape: core itself carries none."""

from collections.abc import Mapping
from typing import Any, Protocol


class HttpAnswer(Protocol):
    """What came back: status, headers and body."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in any case."""
        ...

    @property
    def content(self) -> bytes:
        """The body as it came."""
        ...

    @property
    def text(self) -> str:
        """The body decoded."""
        ...

    def json(self) -> Any:
        """The body read as JSON; raises `ValueError` where it is none."""
        ...


class Http(Protocol):
    """A client with time-outs set. Raises the transport library's own errors (httpx in the worker)."""

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        timeout: float | None = None,
    ) -> HttpAnswer:
        """Send a request and read the whole answer."""
        ...
