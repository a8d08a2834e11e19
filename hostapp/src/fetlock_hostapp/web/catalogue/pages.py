"""The pages of the catalogue, and their place in the menu."""

from fetlock.contracts.registration import NavigationItem
from fetlock_hostapp.web.catalogue import product_pages, tax_pages

HANDLERS = [*product_pages.HANDLERS, *tax_pages.HANDLERS]

NAVIGATION = [
    NavigationItem(label="Products", href="products", permission="catalogue.view", icon="list", weight=60),
]
