"""One's own account: the pages, put together."""

from fetlock_hostapp.web.account import overview_pages, password_pages, second_factor_pages

HANDLERS = [*overview_pages.HANDLERS, *password_pages.HANDLERS, *second_factor_pages.HANDLERS]
