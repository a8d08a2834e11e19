"""The pages about plugins, put together."""

from fetlock_hostapp.plugin import AdministrationItem
from fetlock_hostapp.web.plugins import breaker_pages, data_pages, list_pages, settings_pages, testing_pages
from fetlock_hostapp.web.plugins.showing import BASE

HANDLERS = [
    *list_pages.HANDLERS,
    *settings_pages.HANDLERS,
    *testing_pages.HANDLERS,
    *data_pages.HANDLERS,
    *breaker_pages.HANDLERS,
]

ADMINISTRATION = [
    AdministrationItem(
        label="Plugins", href=BASE, permission="plugins.view", icon="plug", heading="Plugins", weight=50
    ),
    AdministrationItem(
        label="E-mail",
        href=f"{BASE}/email/settings",
        permission="plugins.settings",
        icon="mail",
        heading="Clinic",
        weight=40,
    ),
]
