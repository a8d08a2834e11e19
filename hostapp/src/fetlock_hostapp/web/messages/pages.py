"""The pages of messages to clients, and their place in the menu."""

from fetlock.contracts.registration import NavigationItem
from fetlock_hostapp.web.messages import list_pages, message_pages, writing_pages

HANDLERS = [*list_pages.HANDLERS, *message_pages.HANDLERS, *writing_pages.HANDLERS]

NAVIGATION = [
    NavigationItem(label="Messages", href="messages", permission="messages.view", icon="mail", weight=60)
]
