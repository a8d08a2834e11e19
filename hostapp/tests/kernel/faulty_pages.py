"""A plugin whose pages are wrong in whatever way a test asks for."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Router
from typing_extensions import override

from fetlock import Manifest, hookimpl
from fetlock.contracts import HOOK_API
from fetlock.hooks import RegistrationHooks
from fetlock_hostapp.plugin import PageHooks


class FaultyPages(PageHooks):
    """Answers whatever a test asks it to."""

    make: Callable[[], Sequence[Any]] = staticmethod(list)

    @hookimpl
    @override
    def routers(self) -> Sequence[Router]:
        return FaultyPages.make()


class AsynchronousPages:
    @hookimpl
    async def routers(self) -> Sequence[Router]:
        return []


pages = FaultyPages()
asynchronous = AsynchronousPages()


class Faulty(RegistrationHooks):
    def __init__(self, web: str = "hostapp.tests.kernel.faulty_pages:pages", name: str = "faulty") -> None:
        self.web = web
        self.name = name

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(name=self.name, label="Faulty", version="1", hook_api=f"=={HOOK_API}", web=self.web)
