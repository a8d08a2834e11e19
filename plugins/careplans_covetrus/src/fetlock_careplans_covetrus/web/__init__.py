"""The plugin's pages: the one part of it that knows the host's web."""

from collections.abc import Sequence

from litestar import Router
from typing_extensions import override

from fetlock import hookimpl
from fetlock_careplans_covetrus.web import api, plan_pages, refresh_pages
from fetlock_hostapp.plugin import PageHooks, staff_api_router, staff_router

PATH = "careplans"


class Pages(PageHooks):
    """Pages below `/s/{site}/careplans`, JSON below `/api/v1/s/{site}/careplans`."""

    @hookimpl
    @override
    def routers(self) -> Sequence[Router]:
        return (
            staff_router(PATH, [*plan_pages.HANDLERS, *refresh_pages.HANDLERS]),
            staff_api_router(PATH, api.HANDLERS),
        )


pages = Pages()
