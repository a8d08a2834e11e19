"""A plugin that notes every event it is told of, and stumbles now and then: the worker must tell it again."""

from random import random

from typing_extensions import override

from fetlock import Event, Manifest, hookimpl
from fetlock.hooks import RegistrationHooks
from tests.dummy_plugin.lifecycle import Lifecycle, take_in

NAME = "dummy"
TOLD = ("invoice_closed", "invoice_reopened", "items_returned")
_STUMBLES = 0.03


class Witness(RegistrationHooks, Lifecycle):
    """Notes events in the tables of the dummy plugin."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=NAME,
            label="Witness",
            version="1.0",
            hook_api=">=0.1,<0.2",
            table_prefix="dummy",
            models="tests.dummy_plugin.models",
            migrations="tests.dummy_plugin.migrations",
        )

    @hookimpl
    @override
    def invoice_closed(self, event: Event) -> None:
        _note(event)

    @hookimpl
    @override
    def invoice_reopened(self, event: Event) -> None:
        _note(event)

    @hookimpl
    @override
    def items_returned(self, event: Event) -> None:
        _note(event)


plugin = Witness()
"""What the entry point names."""


def _note(event: Event) -> None:
    if random() < _STUMBLES:
        raise RuntimeError("The witness stumbles.")
    take_in(event, f"invoice {event.data['invoice_id']}")


def installed_at(folder: str) -> dict[str, str]:
    """The files that make it an installed distribution of a folder on the path, by their names."""
    named = f"{folder}/fetlock_witness-1.0.dist-info"
    return {
        f"{named}/METADATA": "Metadata-Version: 2.1\nName: fetlock-witness\nVersion: 1.0\n",
        f"{named}/entry_points.txt": f"[fetlock.plugins]\n{NAME} = tests.soak.witness:plugin\n",
    }
