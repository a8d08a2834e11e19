"""Hooks that reach the outside: the worker alone calls them, of the owning plugin, in no transaction."""

from fetlock.contracts.outside import Ask, AskAnswer, Delivery, Parcel
from fetlock.hooks.markers import HookKind, spec


class OutsideHooks:
    """Subclass this to deliver outbox rows and to answer asks."""

    @spec(HookKind.SELECT, returns=Delivery)
    def deliver(self, parcel: Parcel) -> Delivery:
        """Hand one outbox row of this plugin over to its receiver, and say how that ended (PL-8).

        An exception counts as an unclear end of a call that may have reached the receiver.
        """
        raise NotImplementedError

    @spec(HookKind.SELECT, returns=AskAnswer)
    def answer_ask(self, ask: Ask) -> AskAnswer:
        """Answer a question that a page stored, such as "test_credentials" (CP-6) or "refresh" (CP-53)."""
        raise NotImplementedError
