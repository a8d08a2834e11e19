"""The pages of accounts, and their place in the menu."""

from fetlock.contracts.registration import NavigationItem
from fetlock_hostapp.web.accounts import account_pages, correcting_pages, list_pages, paying_pages

HANDLERS = [
    *list_pages.HANDLERS,
    *account_pages.HANDLERS,
    *paying_pages.HANDLERS,
    *correcting_pages.HANDLERS,
]

NAVIGATION = [
    NavigationItem(label="Accounts", href="accounts", permission="accounts.view", icon="list", weight=35)
]
