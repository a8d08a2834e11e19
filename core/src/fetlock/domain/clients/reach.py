"""Which ways to a client are open: what they opted out of is closed to everybody, plugins too (H-10)."""

from typing import Final

from fetlock.domain.clients.models import Client

CHANNELS: Final = {
    "": "no preference",
    "phone": "phone",
    "sms": "text message",
    "email": "e-mail",
    "letter": "letter",
}
"""What a client may prefer, each with the words that people read."""


def may_text(client: Client) -> bool:
    """Whether a text message may be sent to this client at all."""
    return not client.sms_opt_out


def may_email(client: Client) -> bool:
    """Whether an e-mail may be sent to this client at all."""
    return not client.email_opt_out


def may_reach(client: Client, channel: str) -> bool:
    """Whether a message by `channel` ("sms", "email") may go to this client."""
    return {"sms": may_text, "email": may_email}.get(channel, lambda _: True)(client)
