"""Tells apart why a request to the plan vendor failed before a readable answer came.

The HTTP client is handed in by the worker, so its library is not imported here: its errors are known
by the names of their classes, and what lies beneath them (DNS, TLS, refused) by the standard library's.
"""

import socket
import ssl
from collections.abc import Iterator

from fetlock_careplans_covetrus.vendor_errors import (
    Cause,
    VendorAnswerUnreadable,
    VendorError,
    VendorTimeout,
    VendorUnreachable,
)

_LIBRARIES = {"httpx", "httpcore"}
# Nothing of the request has left when these are raised.
_BEFORE_SENDING = {"ConnectTimeout", "PoolTimeout", "ConnectError", "ProxyError"}
_BAD_ADDRESS = {"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"}
_TOO_OLD = {
    "UNSUPPORTED_PROTOCOL",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "NO_PROTOCOLS_AVAILABLE",
    "VERSION_TOO_LOW",
}

_MESSAGES = {
    Cause.NAME_NOT_FOUND: "The address of the plan system was not found. Check the address in the settings"
    " and the internet connection.",
    Cause.REFUSED: "Nothing answers at the address of the plan system. Check the address in the settings;"
    " if it is right, the service is down.",
    Cause.TLS: "No secure connection to the plan system could be made: its certificate or protocol was"
    " not accepted. Check the address in the settings.",
    Cause.TLS_TOO_OLD: "The plan system offers only a security protocol that is too old (older than"
    " TLS 1.2). Nothing was sent.",
    Cause.CONNECTION_LOST: "The connection to the plan system broke before its answer was complete.",
    Cause.BAD_ADDRESS: "The address of the plan system is not usable. It must begin with https://"
    " (http:// only for this computer).",
    Cause.OTHER: "The plan system could not be reached.",
}


def unreachable(cause: Cause, *, is_unclear: bool = False) -> VendorUnreachable:
    """The error for a cause, with its message."""
    return VendorUnreachable(_MESSAGES[cause], cause=cause, is_unclear=is_unclear)


def understood(error: Exception, *, writing: bool) -> VendorError | None:
    """The vendor error behind a transport library's error, or None when it is not one.

    ``writing``: the request changes something at the vendor, so an end without answer is unclear.
    """
    names = _names(error)
    beneath = list(_beneath(error))
    sent = writing and not names & _BEFORE_SENDING
    if "TimeoutException" in names or isinstance(error, TimeoutError):
        return VendorTimeout("The plan system did not answer in time.", is_unclear=sent)
    if names & _BAD_ADDRESS:
        return unreachable(Cause.BAD_ADDRESS)
    if not names or names & _BEFORE_SENDING:
        for cause_error in beneath:
            if cause := _known_cause(cause_error):
                return unreachable(cause)
    if names & {"DecodingError", "TooManyRedirects"}:
        return VendorAnswerUnreadable(
            "The plan system answered in a form that cannot be read.",
            faults=("the answer cannot be decoded",),
            is_unclear=sent,
        )
    if names & {"ReadError", "WriteError", "CloseError", "RemoteProtocolError"}:
        return unreachable(Cause.CONNECTION_LOST, is_unclear=sent)
    if names or any(isinstance(cause_error, OSError) for cause_error in beneath):
        return unreachable(Cause.OTHER, is_unclear=sent)
    return None


def _names(error: BaseException) -> set[str]:
    """The names of the error's classes that come from a known HTTP library."""
    return {kind.__name__ for kind in type(error).__mro__ if kind.__module__.partition(".")[0] in _LIBRARIES}


def _beneath(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what caused it, outermost first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        # httpcore raises "from None" on its way out, which leaves what lay beneath as context alone.
        error = error.__cause__ or (error.__context__ if _names(error) else None)


def _known_cause(error: BaseException) -> Cause | None:
    match error:
        case socket.gaierror():
            return Cause.NAME_NOT_FOUND
        case ConnectionRefusedError():
            return Cause.REFUSED
        case ssl.SSLError():
            return Cause.TLS_TOO_OLD if error.reason in _TOO_OLD else Cause.TLS
        case _:
            return None
