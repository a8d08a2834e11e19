"""A plugin that keeps its callers waiting until a test lets it go on, wherever it has a part."""

import threading
import time
from collections.abc import Sequence

from litestar import Router, get
from typing_extensions import override

from fetlock import Manifest, hookimpl
from fetlock.contracts import (
    BenefitPlan,
    HeaderIcon,
    InvoiceFacts,
    Notice,
    PatientContext,
    PatientTab,
    Permission,
    Status,
    SummaryPanel,
)
from fetlock.hooks import PatientHooks, PricingHooks, RegistrationHooks
from fetlock_hostapp.plugin import PageHooks, staff_router

LONGEST = 60.0


class Loitering(RegistrationHooks, PatientHooks, PricingHooks):
    """`seconds`: how long a call takes; 0: until `go_on` is set. `arrived` counts calls that began."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.seconds = 0.0

    def loiter(self) -> None:
        """Hold the caller up."""
        self.arrived.release()
        if self.seconds:
            time.sleep(self.seconds)
        else:
            self.go_on.wait(LONGEST)

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        web = f"{__name__}:pages"
        return Manifest(name="loitering", label="Loitering", version="1", hook_api=">=0.1,<0.2", web=web)

    @hookimpl
    @override
    def permissions(self) -> Sequence[Permission]:
        return [Permission(key="loitering.view", label="Loiter", roles=frozenset({"Receptionist"}))]

    @hookimpl
    @override
    def patient_tabs(self) -> Sequence[PatientTab]:
        return [PatientTab(key="loitering", label="Loitering tab", permission="patients.view")]

    @hookimpl
    @override
    def patient_panels(self, context: PatientContext) -> Sequence[SummaryPanel]:
        self.loiter()
        return [SummaryPanel(key="late", title="Late, but here")]

    @hookimpl
    @override
    def patient_icons(self, context: PatientContext) -> Sequence[HeaderIcon]:
        self.loiter()
        return [HeaderIcon(key="late", icon="info", label="Late, but here")]

    @hookimpl
    @override
    def benefit_plans(self, context: PatientContext) -> Sequence[BenefitPlan]:
        self.loiter()
        day = context.day
        status = Status(kind="ok", text="Active")
        return [
            BenefitPlan(
                key="late",
                name="Late plan",
                outside=False,
                status=status,
                valid_from=day,
                valid_to=day,
                detail="loitering/page",
            )
        ]

    @hookimpl
    @override
    def invoice_notices(self, invoice: InvoiceFacts) -> Sequence[Notice]:
        self.loiter()
        return [Notice(key="late", kind="info", title="Late, but here")]


plugin = Loitering()


@get("/page", permission="patients.view", sync_to_thread=True)
def page() -> str:
    """A page of the plugin's own."""
    plugin.loiter()
    return "Late, but here"


class Pages(PageHooks):
    """One page."""

    @hookimpl
    @override
    def routers(self) -> Sequence[Router]:
        return [staff_router("loitering", [page])]


pages = Pages()
