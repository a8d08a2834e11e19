"""The words and shapes of the outbox: states, receivers, how an attempt ended."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from fetlock.contracts.registration import Topic
from fetlock.outbox.listing import TO_SETTLE

STATES: Final = {
    "pending": ("wait", "Waiting"),
    "sending": ("work", "Sending"),
    "sent": ("ok", "Sent"),
    "failed": ("bad", "Failed"),
    "conflict": ("warn", "Conflict"),
    "given_up": ("bad", "Given up"),
    "held": ("wait", "Held"),
    "in_doubt": ("warn", "In doubt"),
    "dropped": ("off", "Dropped"),
}
"""State of a parcel to its shape and word (CPX-4)."""

MEANINGS: Final = {
    "pending": "It goes out as soon as the worker comes to it.",
    "sending": "The worker is handing it over.",
    "sent": "The receiver has it.",
    "failed": "It did not arrive. It is tried again by itself, later each time.",
    "conflict": "What the receiver knows stands against it. Settle that, then send it again or drop it.",
    "given_up": "It did not arrive and is not tried again by itself.",
    "held": "It waits for its plugin, which was not on here. Nothing is lost.",
    "in_doubt": "It may have arrived: nobody knows. It is never sent again by itself.",
    "dropped": "Somebody decided that it is not sent.",
}
"""What a state means, in a sentence or two."""

CHIPS: Final = (
    ("", "All"),
    (TO_SETTLE, "Need a person"),
    ("pending", "Waiting"),
    ("sending", "Sending"),
    ("failed", "Failed"),
    ("given_up", "Given up"),
    ("conflict", "Conflict"),
    ("in_doubt", "In doubt"),
    ("held", "Held"),
    ("sent", "Sent"),
    ("dropped", "Dropped"),
)
"""The filters by state, in the order of the screen."""

RECEIVERS: Final = {
    "takes_keys": "knows a repeat by its key: nothing can happen twice",
    "can_be_asked": "is asked first whether it has it: nothing happens twice",
    "neither": "can’t tell a repeat: after an unclear end only a person sends it again",
}
"""What a receiver can do about a repeat."""

OUTCOMES: Final = {
    "": ("work", "Under way"),
    "delivered": ("ok", "Accepted"),
    "retry": ("bad", "Did not arrive"),
    "rejected": ("bad", "Refused for good"),
    "conflict": ("warn", "Conflict"),
    "unclear": ("warn", "Unclear end: it may have arrived"),
    "lost": ("warn", "The worker ended before the answer came"),
}
"""How an attempt ended, to its shape and words."""

DEEDS: Final = {
    "outbox.retry": ("redo", "Sent again by hand"),
    "outbox.resume": ("redo", "Resumed after it was held"),
    "outbox.drop": ("trash", "Dropped"),
}
"""What people did to a parcel, to its icon and words."""


def topic_labels(topics: Mapping[str, Iterable[Topic]]) -> dict[tuple[str, str], str]:
    """What each kind of parcel is called, by plugin and topic. `topics`: as plugins registered them."""
    return {(plugin, topic.name): topic.label for plugin, known in topics.items() for topic in known}


def short(key: object) -> str:
    """The first part of a key, enough to find it by eye."""
    return str(key).partition("-")[0]


def as_text(data: Mapping[str, Any]) -> str:
    """JSON as people read it, keys in order."""
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, default=str)
