"""Plugins that are each wrong in one thing, and one that is sound."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Router, get
from typing_extensions import override

from fetlock import Manifest, hookimpl
from fetlock.contracts import LineAdjustment, PatientContext, Quote, SummaryPanel
from fetlock.hooks import PatientHooks, PricingHooks, RegistrationHooks
from fetlock_hostapp.plugin import PageHooks, staff_router

HERE = __name__


class Named(RegistrationHooks):
    """Sound. The others differ from it in one thing each."""

    def __init__(self, name: str = "sound", **more: Any) -> None:
        self.given: dict[str, Any] = {"name": name, "hook_api": ">=0.1,<0.2"} | more

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(**({"label": self.given["name"], "version": "1.0"} | self.given))


class Misspelt(Named):
    """A hook that nobody calls."""

    @hookimpl
    def patient_panel(self, context: PatientContext) -> Sequence[SummaryPanel]:
        return []


class WrongArgument(Named, PricingHooks):
    """Asks for what the spec doesn't give."""

    @hookimpl
    def propose_line_adjustments(self, quote: Quote, clinic: str) -> Sequence[LineAdjustment]:  # type: ignore[override]
        return []


class OtherName(Named, PricingHooks):
    """Calls the one argument otherwise."""

    @hookimpl
    def propose_line_adjustments(self, bill: Quote) -> Sequence[LineAdjustment]:
        return []


class Asynchronous(Named, PatientHooks):
    """Would answer a coroutine."""

    @hookimpl
    async def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:  # type: ignore[override]
        return []


class Wrapper(Named, PatientHooks):
    """Would see, and could replace, what others answer."""

    @hookimpl(wrapper=True)
    def patient_panels(self, context: PatientContext) -> Any:
        return (yield)


class First(Named, PatientHooks):
    """Wants to be asked before all others."""

    @hookimpl(tryfirst=True)
    @override
    def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:
        return []


class Last(Named, PatientHooks):
    """Wants to be asked after all others."""

    @hookimpl(trylast=True)
    @override
    def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:
        return []


class WrongManifest(RegistrationHooks):
    """Describes itself in a dictionary."""

    @hookimpl
    def manifest(self) -> Any:
        return {"name": "wrong_manifest", "version": "1.0"}


class NoManifest:
    """Describes itself in no way."""


@get("/", sync_to_thread=True)
def unguarded() -> str:
    """Names no permission."""
    return ""


class Pages(PageHooks):
    """A route that everybody could call."""

    @hookimpl
    @override
    def routers(self) -> Sequence[Router]:
        return [staff_router("unguarded", [unguarded])]


pages = Pages()


def cannot_import() -> object:
    """As an entry point whose module misses another one."""
    import phonegate  # type: ignore[import-not-found]  # noqa: F401

    raise AssertionError("phonegate is not supposed to be there")


_OUR_TABLES = {"models": "tests.dummy_plugin.models", "migrations": "tests.dummy_plugin.migrations"}

BROKEN: dict[str, tuple[Callable[[], object], str]] = {
    "cannot_import": (cannot_import, "No module named 'phonegate'"),
    "newer": (lambda: Named("newer", hook_api=">=7,<8"), "Needs plugin API >=7,<8; this host offers"),
    "unreadable": (lambda: Named("unreadable", hook_api="new"), "The manifest is not readable"),
    "misspelt": (lambda: Misspelt("misspelt"), "patient_panel"),
    "wrong_argument": (lambda: WrongArgument("wrong_argument"), "clinic"),
    "other_name": (lambda: OtherName("other_name"), "bill"),
    "asynchronous": (lambda: Asynchronous("asynchronous"), "patient_panels is asynchronous"),
    "wrapper": (lambda: Wrapper("wrapper"), "patient_panels is a wrapper"),
    "first": (lambda: First("first"), "patient_panels asks for a place in the order"),
    "last": (lambda: Last("last"), "patient_panels asks for a place in the order"),
    "wrong_manifest": (WrongManifest, "manifest() answered dict"),
    "no_manifest": (NoManifest, "Gives no readable manifest"),
    "called_otherwise": (lambda: Named("something_else"), "its manifest something_else"),
    "no_prefix": (
        lambda: Named("no_prefix", table_prefix="club", **_OUR_TABLES),
        "lack the prefix “club_”: dummy_heard, dummy_member",
    ),
    "host_prefix": (
        lambda: Named("host_prefix", table_prefix="invoice", **_OUR_TABLES),
        "meets tables of the host",
    ),
    "half_tables": (lambda: Named("half_tables", table_prefix="half"), "names all three"),
    "no_pages": (lambda: Named("no_pages", web=f"{HERE}:missing"), "Its pages did not start"),
}
"""Name of the entry point: how it loads, and words of the reason."""

UNGUARDED = ("unguarded", lambda: Named("unguarded", web=f"{HERE}:pages"), "names no permission")
"""What only the web application finds."""
