"""Where a message to a client can go: the client's own addresses, the first choice first."""

from dataclasses import dataclass

from fetlock.domain.clients.models import Client
from fetlock.domain.messages import carriers


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of a client. `value` is what a message carries, `label` what people read."""

    value: str
    label: str


def recipients(client: Client, channel: str) -> list[Recipient]:
    """The client's e-mail addresses or phones for `channel`; mobile phones come first."""
    if channel == carriers.EMAIL:
        return [Recipient(email.address, email.address) for email in client.emails]
    phones = sorted(client.phones, key=lambda phone: (phone.kind != "mobile", phone.position))
    return [Recipient(phone.digits, f"{phone.entered} ({phone.kind})") for phone in phones]
