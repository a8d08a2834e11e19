"""Incidents: a failure of a plugin, kept in the log under a short id, without any patient data."""

import logging
import secrets
import traceback

log = logging.getLogger("fetlock.incidents")

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_incident_id() -> str:
    """A short id that a person can read out, such as 7F3K-Q2WX."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(2))


def record_incident(*, plugin: str, hook: str, error: BaseException, seconds: float = 0.0) -> str:
    """Log a failure and answer its incident id.

    The exception's text is left out on purpose: it may quote a patient or a client. The type and the
    places in the code are enough to mend a plugin.
    """
    incident = new_incident_id()
    places = " < ".join(
        f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)[-4:])
    )
    log.error(
        "incident %s: plugin %s failed in %s after %.3f s: %s at %s",
        incident,
        plugin,
        hook,
        seconds,
        type(error).__name__,
        places,
    )
    return incident
