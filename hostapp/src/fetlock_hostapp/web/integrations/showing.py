"""What the page of integrations is drawn from: state, figures and links of each service."""

from typing import Any, Final

from fetlock.domain.integrations import health, wording
from fetlock.domain.integrations.health import Health
from fetlock.domain.integrations.queues import OUTBOX
from fetlock.domain.integrations.watching import patience_at
from fetlock.outbox import heartbeat
from fetlock_hostapp.plugin import Desk

SHOWN: Final = 20
_HEIGHT: Final = 20
"""Of the bars above and below the line, in the units of the drawing."""


def page_context(desk: Desk) -> dict[str, Any]:
    """Everything that the page needs."""
    found = health.read(desk.work)
    most = max((max(hour.arrived, hour.failed) for each in found for hour in each.hours), default=0)
    return {
        "services": [service(desk, each, most) for each in found],
        "troubles": [
            {"name": wording.name_of(desk.hooks.registry, each.service), "past": each}
            for each in health.troubles(desk.session, desk.site.id, limit=SHOWN)
        ],
        "busy": [
            index
            for index in range(health.HOURS)
            if any(each.hours[index].arrived or each.hours[index].failed for each in found if each.hours)
        ],
        "alive": heartbeat.alive(desk.session),
        "minutes": int(patience_at(desk.session, desk.site.id).total_seconds() // 60),
        "settings_href": desk.url("administration/plugins/integrations/settings")
        if desk.may("plugins.settings")
        else "",
    }


def service(desk: Desk, found: Health, most: int) -> dict[str, Any]:
    """A row. `most`: the tallest bar of the page, so that all are drawn alike."""
    kind, word = state_of(found)
    return {
        "name": wording.name_of(desk.hooks.registry, found.service),
        "found": found,
        "kind": kind,
        "word": word,
        "paused": next((each.retry_at for each in found.breakers if each.state == "open"), None),
        "hooks": ", ".join(f"{each.hook} ({each.reason})" for each in found.breakers),
        "bars": bars(found, most),
        "href": desk.url(list_of(found)) if desk.may(permission_of(found)) else "",
        "stuck_href": desk.url(wording.link_of(found.service, found.queue))
        if desk.may(permission_of(found))
        else "",
    }


def state_of(found: Health) -> tuple[str, str]:
    """Shape and word of how a service does."""
    queue = found.queue
    if found.trouble_since is not None:
        return "bad", "Stuck"
    if not found.set_up:
        return "off", "Not set up"
    if queue.dead or queue.doubtful:
        return "warn", "Needs a person"
    if any(each.state == "open" for each in found.breakers):
        return "warn", "Paused"
    if queue.failing or found.breakers:
        return "warn", "Failing"
    if queue.waiting:
        return "wait", "Sending"
    return ("ok", "Well") if found.last_success else ("open", "Nothing sent yet")


def list_of(found: Health) -> str:
    """The list, below the site, of all that goes through the service."""
    if found.service.source == OUTBOX:
        return f"outbox?plugin={found.service.plugin}&topic={found.service.topic}"
    return f"messages?channel={found.service.topic}"


def permission_of(found: Health) -> str:
    """What one needs to open that list."""
    return "plugins.outbox" if found.service.source == OUTBOX else "messages.view"


def bars(found: Health, most: int) -> list[dict[str, Any]]:
    """The bars of the last 24 hours: what arrived above the line, what did not below it."""
    return [
        {
            "at": hour.begins,
            "x": index * 5,
            "arrived": hour.arrived,
            "failed": hour.failed,
            "up": _tall(hour.arrived, most),
            "down": _tall(hour.failed, most),
        }
        for index, hour in enumerate(found.hours)
    ]


def _tall(number: int, most: int) -> int:
    """One unit at least for what is not nothing."""
    return max(round(number * _HEIGHT / most), 1) if number else 0
