"""What people are told of a service that is stuck, and of its end: no patient data, no secret (PL-14)."""

from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fetlock.domain.integrations.queues import OUTBOX, Queue, Service
from fetlock.domain.sites.models import Site
from fetlock.platform.registry import Registry

_CHANNELS: Final = {"email": "E-mail to clients", "sms": "Text messages to clients"}


def name_of(registry: Registry, service: Service) -> str:
    """The service for people: "City Courier: Letter"."""
    if service.source != OUTBOX:
        return _CHANNELS.get(service.topic, service.topic)
    known = registry.plugins.get(service.plugin)
    label = known.manifest.label if known else service.plugin
    topics = {topic.name: topic.label for topic in registry.topics.get(service.plugin, ())}
    return f"{label}: {topics.get(service.topic, service.topic)}"


def reason_of(queue: Queue, site: Site) -> str:
    """What is wrong, in a sentence."""
    parts = []
    if queue.waiting and queue.oldest is not None:
        parts.append(f"{queue.waiting} waiting, the oldest since {moment(queue.oldest, site)}")
    if queue.dead:
        parts.append(f"{queue.dead} given up")
    if queue.doubtful:
        parts.append(f"{queue.doubtful} in doubt or in conflict")
    return "; ".join(parts)


def link_of(service: Service, queue: Queue) -> str:
    """The list, below the site, that shows what is stuck."""
    needs_person = bool(queue.dead or queue.doubtful)
    if service.source != OUTBOX:
        state = "failed" if queue.dead or not needs_person else "in_doubt"
        return f"messages?{urlencode({'channel': service.topic, 'state': state})}"
    state = "to_settle" if needs_person else "failed" if queue.failing else "pending"
    return f"outbox?{urlencode({'state': state, 'plugin': service.plugin, 'topic': service.topic})}"


def letter_of_trouble(name: str, reason: str, began: datetime, site: Site) -> tuple[str, str]:
    """Subject and text of the e-mail that tells of it."""
    subject = f"{site.name}: {name} is stuck"
    body = (
        f"{name} at {site.name}: {reason}.\n\n"
        f"Noticed {moment(began, site)}. Nothing is lost: what waits goes out by itself as soon as the "
        "service takes it; what is given up or in doubt needs somebody's decision.\n\n"
        "Look in Fetlock under Administration, Integrations. This is the only e-mail about it; another one "
        "says when it is over.\n"
    )
    return subject[:200], body


def letter_of_end(name: str, began: datetime, over: datetime, site: Site) -> tuple[str, str]:
    """Subject and text of the e-mail that says that it is over."""
    subject = f"{site.name}: {name} works again"
    body = (
        f"{name} at {site.name} works again since {moment(over, site)}; it was stuck since "
        f"{moment(began, site)}. What waited has gone out, and nothing is left to decide.\n"
    )
    return subject[:200], body


def moment(at: datetime, site: Site) -> str:
    """A time at the site, the same in every locale: "2026-11-22 15:04"."""
    return at.astimezone(ZoneInfo(site.time_zone)).strftime("%Y-%m-%d %H:%M")
