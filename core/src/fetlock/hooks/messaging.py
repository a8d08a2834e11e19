"""Hooks of messages to clients: gateways that carry them. Provisional until a gateway plugin exists."""

from fetlock.contracts.messages import TextMessage
from fetlock.contracts.outside import Delivery
from fetlock.hooks.markers import HookKind, spec


class MessagingHooks:
    """Subclass this to be a gateway."""

    @spec(HookKind.SELECT, returns=Delivery, provisional=True)
    def send_sms(self, message: TextMessage) -> Delivery:
        """Send one SMS; after an unclear end it is never repeated by itself (PL-8)."""
        raise NotImplementedError
