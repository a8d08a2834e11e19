"""The words and shapes of messages to clients: states, channels, purposes, what people did."""

from typing import Final

STATES: Final = {
    "waiting": ("wait", "Waiting"),
    "queued": ("wait", "Queued"),
    "sending": ("work", "Sending"),
    "sent": ("ok", "Sent"),
    "failed": ("bad", "Failed"),
    "in_doubt": ("warn", "In doubt"),
    "dropped": ("off", "Dropped"),
}
"""State of a message to its shape and word."""

MEANINGS: Final = {
    "waiting": "It is kept until there is something to send it with. Somebody is asked before it goes.",
    "queued": "It goes out as soon as the worker comes to it.",
    "sending": "The worker is sending it.",
    "sent": "The server has taken it.",
    "failed": "It did not go out.",
    "in_doubt": "It may have arrived: nobody knows. It is never sent again by itself.",
    "dropped": "It is not sent.",
}
"""What a state means, in a sentence or two."""

CHIPS: Final = (
    ("", "All"),
    ("waiting", "Waiting"),
    ("queued", "Queued"),
    ("sending", "Sending"),
    ("failed", "Failed"),
    ("in_doubt", "In doubt"),
    ("sent", "Sent"),
    ("dropped", "Dropped"),
)
"""The filters by state, in the order of the screen."""

CHANNELS: Final = {"email": ("mail", "E-mail"), "sms": ("sms", "Text message")}
"""Channel to its icon and word."""

PURPOSES: Final = (
    ("service", "About treatment or an account"),
    ("reminder", "Reminder"),
    ("booking", "Booking"),
    ("offer", "Offer"),
)
"""What a message is for; nothing but the first goes out for a patient that has died."""

SETTINGS: Final = {"email": "administration/plugins/email/settings", "sms": "administration/plugins"}
"""Where each channel is set up, as a path below the site."""

DEEDS: Final = {"message.retry": ("redo", "Sent again by hand"), "message.drop": ("trash", "Dropped")}
"""What people did to a message, to its icon and words."""


def noun(number: int, channel: str) -> str:
    """What so many messages of a channel are called."""
    one = {"email": "e-mail", "sms": "text message"}[channel]
    return one if number == 1 else f"{one}s"


def many(number: int, channel: str) -> str:
    """So many messages in words: 1 e-mail, 3 text messages."""
    return f"{number} {noun(number, channel)}"
