"""The pages of the outbox, and their place in administration."""

from fetlock_hostapp.plugin import AdministrationItem
from fetlock_hostapp.web.outbox import entry_pages, list_pages

HANDLERS = [*list_pages.HANDLERS, *entry_pages.HANDLERS]

ADMINISTRATION = [
    AdministrationItem(
        label="Outbox", href="outbox", permission="plugins.outbox", icon="out", heading="Plugins", weight=60
    )
]
