"""Talking to the club's service over HTTP: in the worker alone, and in no transaction."""

from typing_extensions import override

from fetlock import hookimpl
from fetlock.contracts import Ask, AskAnswer, Delivery, DeliveryState, Parcel
from fetlock.hooks import OutsideHooks


class Outside(OutsideHooks):
    """The select hooks that the worker calls for parcels and asks."""

    @hookimpl
    @override
    def deliver(self, parcel: Parcel) -> Delivery:
        answer = parcel.http.request(
            "POST",
            f"{parcel.settings.address}/{parcel.topic}",
            headers={"Idempotency-Key": parcel.key},
            json=dict(parcel.payload),
        )
        if answer.status_code == 503:
            return Delivery(state=DeliveryState.RETRY, message="The club is closed just now.")
        if answer.status_code != 200:
            return Delivery(state=DeliveryState.REJECTED, message="The club does not take this.")
        return Delivery(state=DeliveryState.DELIVERED, reference=answer.json()["receipt"])

    @hookimpl
    @override
    def answer_ask(self, ask: Ask) -> AskAnswer:
        # what somebody typed into the form is tried as it stands there, saved or not
        typed = ask.data if ask.question == "test_credentials" else {}
        address = typed.get("address") or ask.settings.address
        secret = typed.get("api_secret") or ask.settings.api_secret.get_secret_value()
        answer = ask.http.request(
            "GET",
            f"{address}/account" if typed else f"{address}/members/{ask.data['code']}",
            headers={"Authorization": f"Bearer {secret}"},
        )
        if answer.status_code == 404:
            return AskAnswer(ok=False, message="The club does not know this patient.")
        if answer.status_code != 200:
            return AskAnswer(ok=False, message="The club did not answer. Please try again later.")
        return AskAnswer(ok=True, message="The club answered.", data=answer.json())
