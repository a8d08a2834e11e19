"""Hooks of an employee's page. Provisional until a plugin ties employees to accounts of its service."""

from collections.abc import Sequence

from fetlock.contracts.staff import StaffContext, StaffIntegration
from fetlock.hooks.markers import HookKind, spec


class StaffHooks:
    """Subclass this to appear on the pages of employees."""

    @spec(HookKind.CONTRIBUTE, returns=StaffIntegration, many=True, provisional=True)
    def staff_integrations(self, context: StaffContext) -> Sequence[StaffIntegration]:
        """How this employee stands at the plugin's services, for the section "Integrations" (H-2)."""
        raise NotImplementedError
