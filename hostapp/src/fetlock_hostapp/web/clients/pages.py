"""The pages of clients, and their place in the menu."""

from fetlock.contracts.registration import NavigationItem
from fetlock_hostapp.web.clients import client_pages, form_pages, list_pages

HANDLERS = [*list_pages.HANDLERS, *form_pages.HANDLERS, *client_pages.HANDLERS]

NAVIGATION = [
    NavigationItem(label="Clients", href="clients", permission="clients.view", icon="users", weight=20),
]
