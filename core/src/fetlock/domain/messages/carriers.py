"""What carries messages at a site: a mail server for e-mail, one gateway plugin for SMS."""

from typing import Final

from sqlalchemy.orm import Session

from fetlock.builtin import email
from fetlock.errors import Conflict
from fetlock.platform import settings
from fetlock.platform.dispatch import Dispatcher

EMAIL: Final = "email"
SMS: Final = "sms"
CHANNELS: Final = {EMAIL: "e-mail", SMS: "text message"}


def is_set_up(
    session: Session, hooks: Dispatcher, enabled: frozenset[str], site_id: int, channel: str
) -> bool:
    """Whether a message by `channel` could go out at this site now."""
    if channel == EMAIL:
        values = settings.stored(session, email.NAME, site_id).values
        return bool(values.get("host") and values.get("sender"))
    return gateway(hooks, enabled) is not None


def gateway(hooks: Dispatcher, enabled: frozenset[str]) -> str | None:
    """The one plugin that carries SMS here, or None. Raises `Conflict` where two would."""
    found = hooks.implementers("send_sms", enabled)
    if len(found) > 1:
        raise Conflict(f"Two plugins would send text messages here: {' and '.join(found)}. Switch one off.")
    return found[0] if found else None
