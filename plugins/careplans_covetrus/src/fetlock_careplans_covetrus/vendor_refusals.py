"""What an answer of the plan vendor means when it is not the one hoped for."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from fetlock_careplans_covetrus.vendor_errors import (
    VendorAnswerUnreadable,
    VendorError,
    VendorRefusedCredentials,
    VendorRejected,
    VendorUnavailable,
)

# 4xx that say "later", not "no".
_NOT_NOW = {408, 425, 429}
# With these nothing was done; of any other 5xx one can't know.
_SURELY_NOT_DONE = {*_NOT_NOW, 503}
_LONGEST_WAIT_SECONDS = 24 * 3600
_SHOWN_FAULTS = 5


class HttpAnswer(Protocol):
    """What an HTTP client gives back, as far as it is read here."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, found whatever their case."""

    @property
    def content(self) -> bytes:
        """The whole body."""


def refusal(answer: HttpAnswer, *, writing: bool) -> VendorError | None:
    """The error that an answer's status means; None for success."""
    status = answer.status_code
    if 200 <= status < 300:
        return None
    if status in (401, 403):
        return VendorRefusedCredentials(
            "The plan system refused the API key and secret. Check that both are entered correctly."
        )
    if status in _NOT_NOW or status >= 500:
        what = "is receiving too many requests" if status == 429 else "is not working just now"
        return VendorUnavailable(
            f"The plan system {what} (answer {status}).",
            status=status,
            retry_after=_retry_after(answer.headers),
            is_unclear=writing and status not in _SURELY_NOT_DONE,
        )
    if status < 400:
        return unreadable([f"answer: status {status} points elsewhere, check the address"], writing=writing)
    code, message = _problem(answer.content)
    return VendorRejected(
        f"The plan system did not accept this (answer {status}): {message or code}",
        status=status,
        code=code,
        message=message,
    )


def _problem(body: bytes) -> tuple[str, str]:
    """Code and sentence of a refusal; both have a stand-in when the body is no problem JSON."""
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        problem = None
    if not isinstance(problem, dict):
        return "unknown", ""
    code, message = problem.get("code"), problem.get("detail")
    return (
        code if isinstance(code, str) and code else "unknown",
        message[:500] if isinstance(message, str) else "",
    )


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds to wait; a date is taken against the vendor's own clock."""
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(int(text[:9]), _LONGEST_WAIT_SECONDS)
    until, at = _http_date(text), _http_date(headers.get("Date", ""))
    if until is None or at is None:
        return None
    return min(max(int((until - at).total_seconds()), 0), _LONGEST_WAIT_SECONDS)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def fault_words(fault: Mapping[str, Any]) -> str:
    """One validation error in words; never the value at fault, which may be a patient's."""
    return {"missing": "missing", "json_invalid": "not JSON"}.get(fault["type"], str(fault["msg"]))


def unreadable(faults: Sequence[str], *, writing: bool) -> VendorAnswerUnreadable:
    """The error of an answer with these faults; ``writing`` makes it unclear."""
    shown = "; ".join(faults[:_SHOWN_FAULTS]) + ("; and more" if len(faults) > _SHOWN_FAULTS else "")
    return VendorAnswerUnreadable(
        f"The plan system gave an answer that cannot be read ({shown}).",
        faults=tuple(faults),
        is_unclear=writing,
    )
