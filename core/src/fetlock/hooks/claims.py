"""Hooks of insurance claims: provisional until an insurer plugin proves them.

The host calls only the plugin that owns the insurer's service, at the claim's site (IN-43).
"""

from collections.abc import Sequence

from fetlock.contracts.claims import Claim, ClaimProblem, ClaimReceipt, Declaration
from fetlock.hooks.markers import HookKind, spec


class ClaimHooks:
    """Subclass this to be an insurer's service."""

    @spec(HookKind.SELECT, returns=ClaimReceipt, provisional=True)
    def submit_claim(self, claim: Claim) -> ClaimReceipt:
        """Send a finalised claim to the insurer; repeated with the same key after a failure (IN-42)."""
        raise NotImplementedError

    @spec(HookKind.SELECT, returns=ClaimReceipt, provisional=True)
    def cancel_claim(self, claim: Claim) -> ClaimReceipt:
        """Ask the insurer to cancel a claim that was handed over (IN-26)."""
        raise NotImplementedError

    @spec(HookKind.SELECT, returns=Declaration, provisional=True)
    def claim_declaration(self, claim: Claim) -> Declaration:
        """The text to be accepted before this claim is finalised; empty where there is none (IN-31)."""
        raise NotImplementedError

    @spec(HookKind.CHECK, returns=ClaimProblem, many=True, provisional=True)
    def validate_claim(self, claim: Claim) -> Sequence[ClaimProblem]:
        """What stands against submitting this claim (IN-32)."""
        raise NotImplementedError
