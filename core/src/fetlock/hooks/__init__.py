"""The hook specs: one class per topic. Subclass the ones you implement and mark each method `@hookimpl`.

This list is the table of contents of the plugin API; each hook has its page under docs/hooks/.
"""

from fetlock.hooks.claims import ClaimHooks
from fetlock.hooks.lifecycle import LifecycleHooks
from fetlock.hooks.markers import HookInfo, HookKind, hookimpl, spec
from fetlock.hooks.messaging import MessagingHooks
from fetlock.hooks.outside import OutsideHooks
from fetlock.hooks.patients import PatientHooks
from fetlock.hooks.pricing import PricingHooks
from fetlock.hooks.registration import RegistrationHooks
from fetlock.hooks.staff import StaffHooks
from fetlock.hooks.work import WorkHooks

SPECS: tuple[type, ...] = (
    RegistrationHooks,
    PricingHooks,
    PatientHooks,
    LifecycleHooks,
    OutsideHooks,
    WorkHooks,
    ClaimHooks,
    MessagingHooks,
    StaffHooks,
)

__all__ = [
    "SPECS",
    "ClaimHooks",
    "HookInfo",
    "HookKind",
    "LifecycleHooks",
    "MessagingHooks",
    "OutsideHooks",
    "PatientHooks",
    "PricingHooks",
    "RegistrationHooks",
    "StaffHooks",
    "WorkHooks",
    "hookimpl",
    "spec",
]
