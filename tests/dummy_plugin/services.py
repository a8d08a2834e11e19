"""The plugin as an insurer's service and as a gateway for text messages."""

from collections.abc import Sequence
from typing import Any

from typing_extensions import override

from fetlock import hookimpl
from fetlock.contracts import (
    Claim,
    ClaimProblem,
    ClaimReceipt,
    Declaration,
    Delivery,
    DeliveryState,
    Facts,
    StaffContext,
    StaffIntegration,
    Status,
    TextMessage,
)
from fetlock.hooks import ClaimHooks, MessagingHooks, StaffHooks


class Services(ClaimHooks, MessagingHooks, StaffHooks):
    """The provisional hooks of services that the club plays for once."""

    @hookimpl
    @override
    def submit_claim(self, claim: Claim) -> ClaimReceipt:
        answer = _sent(claim, f"claims/{claim.policy_number}", {"total": f"{claim.total:f}"})
        return ClaimReceipt(accepted=True, insurer_claim_id=answer["claim"])

    @hookimpl
    @override
    def cancel_claim(self, claim: Claim) -> ClaimReceipt:
        answer = _sent(claim, f"claims/{claim.policy_number}/cancel", {})
        return ClaimReceipt(accepted=True, insurer_claim_id=answer["claim"], message="Cancelled.")

    @hookimpl
    @override
    def claim_declaration(self, claim: Claim) -> Declaration:
        return Declaration(text=f"All that is said of {claim.patient_name} is true.")

    @hookimpl
    @override
    def validate_claim(self, claim: Claim) -> Sequence[ClaimProblem]:
        if not claim.items:
            return [ClaimProblem(text="Nothing is claimed. Add a condition.", field="items")]
        return []

    @hookimpl
    @override
    def send_sms(self, message: TextMessage) -> Delivery:
        answer = message.http.request(
            "POST",
            f"{message.settings.address}/texts",
            json={"key": message.key, "to": message.to, "text": message.text},
        )
        if answer.status_code != 200:
            return Delivery(state=DeliveryState.RETRY, message="The gateway did not take it.")
        return Delivery(state=DeliveryState.DELIVERED)

    @hookimpl
    @override
    def staff_integrations(self, context: StaffContext) -> Sequence[StaffIntegration]:
        return [
            StaffIntegration(
                key="club-account",
                label="Dummy Club",
                status=Status(kind="ok", text="Connected") if context.staff.email else None,
                facts=Facts(rows=(("Known there as", context.staff.user_name),)),
            )
        ]


def _sent(claim: Claim, path: str, body: dict[str, Any]) -> Any:
    address = f"{claim.settings.address}/{path}"
    return claim.http.request("POST", address, headers={"Idempotency-Key": claim.key}, json=body).json()
