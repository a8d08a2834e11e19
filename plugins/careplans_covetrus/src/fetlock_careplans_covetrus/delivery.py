"""Posting usage to the vendor: one parcel is one committed or reversed ledger entry (CP-67, CPX-2)."""

from datetime import date
from decimal import Decimal

from fetlock.contracts import Delivery, DeliveryState, Parcel
from fetlock_careplans_covetrus.naming import vendor_ids
from fetlock_careplans_covetrus.settings import CarePlanSettings
from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_errors import (
    VendorError,
    VendorRefusedCredentials,
    VendorRejected,
    VendorUnavailable,
    VendorUnreachable,
)
from fetlock_careplans_covetrus.vendor_values import Usage

WAIT_FOR_SETTINGS_SECONDS = 600
"""How long to wait when only a person can mend it: credentials, or the address."""


def deliver(parcel: Parcel) -> Delivery:
    """Report the usage under the entry's own key: sent twice, the vendor counts it once."""
    settings: CarePlanSettings = parcel.settings
    plan_id, term_id, item_id = vendor_ids(parcel.payload["source_key"])
    usage = Usage(
        plan_id=plan_id,
        term_id=term_id,
        item_id=item_id,
        code=parcel.payload["product_code"],
        quantity=Decimal(parcel.payload["quantity"]),  # type: ignore[arg-type]  # its validator makes it whole
        used_on=date.fromisoformat(parcel.payload["service_date"]),
        provider=parcel.payload["provider"] or None,
        invoice_number=parcel.payload["invoice"],
        pims_line=str(parcel.payload["line"]),
    )
    try:
        vendor = PlanVendor(parcel.http, settings.base_url, settings.api_key, settings.api_secret)
        receipt = vendor.post_usage(parcel.key, usage)
    except VendorError as error:
        return _failed(error)
    return Delivery(
        state=DeliveryState.DELIVERED,
        message="The plan system had it already." if receipt.replayed else "Accepted.",
        reference=receipt.usage_id,
        answer={"included": receipt.item.included, "used": receipt.item.used},
    )


def _failed(error: VendorError) -> Delivery:
    retry_after = None
    if isinstance(error, VendorRejected):
        state = DeliveryState.CONFLICT if error.is_conflict else DeliveryState.REJECTED
    elif error.is_unclear:
        state = DeliveryState.UNCLEAR
    else:
        state = DeliveryState.RETRY
        if isinstance(error, VendorUnavailable):
            retry_after = error.retry_after
        elif isinstance(error, VendorRefusedCredentials) or (
            isinstance(error, VendorUnreachable) and not error.retryable
        ):
            retry_after = WAIT_FOR_SETTINGS_SECONDS
    return Delivery(state=state, message=error.user_message, retry_after_seconds=retry_after)
