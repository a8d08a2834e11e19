"""Hooks that tell plugins what has happened, in the transaction in which it happens.

Write tables of your own through `event.work.session`, in a savepoint that a failure undoes alone. Each is
idempotent by `event.event_id`: a failed one is repeated later, in order, by the worker.
"""

from fetlock.hooks.markers import HookKind, spec
from fetlock.work import Event


class LifecycleHooks:
    """Subclass this to be told. `event.data` holds ids only; look the rest up."""

    @spec(HookKind.NOTIFY, provisional=True)
    def invoice_closed(self, event: Event) -> None:
        """An invoice was closed. data: invoice_id, revision, line_ids."""
        raise NotImplementedError

    @spec(HookKind.NOTIFY, provisional=True)
    def invoice_reopened(self, event: Event) -> None:
        """A closed invoice was opened again. data: invoice_id, revision."""
        raise NotImplementedError

    @spec(HookKind.NOTIFY, provisional=True)
    def items_returned(self, event: Event) -> None:
        """Items of a closed invoice were returned. data: invoice_id, line_ids (of the returning lines)."""
        raise NotImplementedError

    @spec(HookKind.NOTIFY, provisional=True)
    def patient_owner_changed(self, event: Event) -> None:
        """A patient has a new owner. data: patient_id, old_client_id, new_client_id, old_code, new_code."""
        raise NotImplementedError
