"""Incidents: a failure of a plugin, kept in the log under a short id, without any patient data."""

import logging
import secrets
import traceback

log = logging.getLogger("fetlock.incidents")

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_incident_id() -> str:
    """A short id that a person can read out, such as 7F3K-Q2WX."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(2))


def record_incident(
    *, plugin: str, hook: str, error: BaseException, seconds: float = 0.0, site_id: int | None = None
) -> str:
    """Log a failure and answer its incident id. `site_id`: where it happened, None for no one site.

    The exception's text is left out on purpose: it may quote a patient or a client. The type and the
    places in the code are enough to mend a plugin.
    """
    incident = new_incident_id()
    places = " < ".join(
        f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)[-4:])
    )
    log.error(
        "incident %s: plugin %s failed in %s at %s after %.3f s: %s at %s",
        incident,
        plugin,
        hook,
        _place(site_id),
        seconds,
        type(error).__name__,
        places,
        extra={"incident": incident, "plugin": plugin, "hook": hook, "site_id": site_id},
    )
    return incident


def record_slowness(*, plugin: str, hook: str, seconds: float, site_id: int | None = None) -> str:
    """Log an answer that came too late, though it came, and answer its incident id (PL-5)."""
    incident = new_incident_id()
    log.warning(
        "incident %s: plugin %s was slow in %s at %s: %.3f s",
        incident,
        plugin,
        hook,
        _place(site_id),
        seconds,
        extra={"incident": incident, "plugin": plugin, "hook": hook, "site_id": site_id},
    )
    return incident


def _place(site_id: int | None) -> str:
    return "no site" if site_id is None else f"site {site_id}"
