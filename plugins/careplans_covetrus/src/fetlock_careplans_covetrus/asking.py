"""Questions to the vendor, answered by the worker: are the credentials right, what plans are there."""

from fetlock import clock
from fetlock.contracts import Ask, AskAnswer
from fetlock_careplans_covetrus.naming import REFRESH, TEST_CREDENTIALS
from fetlock_careplans_covetrus.settings import CarePlanSettings
from fetlock_careplans_covetrus.vendor_api import PlanVendor
from fetlock_careplans_covetrus.vendor_errors import VendorError, VendorRefusedCredentials


def answer(ask: Ask) -> AskAnswer:
    """Ask the vendor. A failure is an answer too, in words that name the support contact (CP-7, CP-11)."""
    settings: CarePlanSettings = ask.settings
    try:
        if ask.question == TEST_CREDENTIALS:
            return _test(ask, settings)
        if ask.question == REFRESH:
            return _plans(ask, settings)
    except VendorError as error:
        contact = str(ask.data.get("support_contact") or settings.support_contact)
        return AskAnswer(ok=False, message=_with_contact(error, contact.strip()))
    raise ValueError(f"no such question: {ask.question}")


def _test(ask: Ask, settings: CarePlanSettings) -> AskAnswer:
    """Try the credentials as they were typed, saved or not; nothing is changed anywhere (CP-6)."""
    typed = ask.data
    vendor = PlanVendor(
        ask.http,
        typed.get("base_url") or settings.base_url,
        typed.get("api_key") or settings.api_key,
        typed.get("api_secret") or settings.api_secret,
    )
    account = vendor.account()
    return AskAnswer(
        ok=True,
        message=f"The plan system knows this key and secret: account “{account.name}”.",
        data={"account": account.name, "allows_self_sign_up": account.allows_self_sign_up},
    )


def _plans(ask: Ask, settings: CarePlanSettings) -> AskAnswer:
    vendor = PlanVendor(ask.http, settings.base_url, settings.api_key, settings.api_secret)
    # Taken before the vendor looks: what is posted from here on may be in its counts or not.
    asked_at = clock.now()
    answered = vendor.plans(ask.data["client_code"], ask.data["patient_code"])
    count = len(answered.plans)
    return AskAnswer(
        ok=True,
        message=f"{count} plan{'' if count == 1 else 's'} found.",
        data={
            "account_key": settings.api_key,
            "asked_at": asked_at.isoformat(),
            "plans": answered.model_dump(mode="json"),
        },
    )


def _with_contact(error: VendorError, contact: str) -> str:
    text = error.user_message
    if isinstance(error, VendorRefusedCredentials) and "secret" not in text.lower():
        text = f"{text} Check the API key and the secret for missing or swapped characters."
    if contact:
        return f"{text} If it goes on, contact {contact}."
    return f"{text} If it goes on, contact the plan system’s support."
