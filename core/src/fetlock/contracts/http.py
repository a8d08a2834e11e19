"""The HTTP client that the worker hands to select hooks, as a shape: core itself carries none."""

from collections.abc import Mapping
from typing import Any, Protocol


class HttpAnswer(Protocol):
    """What came back: status, headers and body."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def content(self) -> bytes: ...
    @property
    def text(self) -> str: ...
    def json(self) -> Any: ...


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
    ) -> HttpAnswer: ...
