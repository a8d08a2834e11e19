"""A message on its way to a client, as gateway plugins see it."""

from dataclasses import dataclass, field
from typing import Any

from fetlock.contracts.http import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """An SMS: `to` in E.164 form, `key` unique per message, `settings` the gateway's own at the site."""

    key: str
    to: str
    text: str
    http: Http
    settings: Any = field(default=None, repr=False)
