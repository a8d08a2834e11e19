"""A plugin that posts its parcels to an HTTP receiver; run as a program it is a worker that can be killed.

python -m hostapp.tests.worker.courier DATABASE_URL HOME
"""

import signal
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel
from typing_extensions import override

from fetlock import Manifest, hookimpl
from fetlock.contracts import Ask, AskAnswer, Delivery, DeliveryState, Parcel, Receiver, Topic
from fetlock.hooks import OutsideHooks, RegistrationHooks
from fetlock.outbox.retrying import Retrying
from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.worker import Worker

QUICK = Retrying(first=timedelta(seconds=0.05), lease=timedelta(seconds=1), give_up_after=1000)
"""Short delays and leases, so that a test sees a worker taken for dead within a second."""


class CourierSettings(BaseModel):
    address: str = ""


class Courier(RegistrationHooks, OutsideHooks):
    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(name="courier", label="Courier", version="1.0", hook_api=">=0.1,<0.2")

    @hookimpl
    @override
    def settings_model(self) -> type[BaseModel]:
        return CourierSettings

    @hookimpl
    @override
    def topics(self) -> Sequence[Topic]:
        return [
            Topic(name="keyed", receiver=Receiver.TAKES_KEYS, label="Takes keys"),
            Topic(name="plain", receiver=Receiver.NEITHER, label="Can't tell repeats"),
        ]

    @hookimpl
    @override
    def deliver(self, parcel: Parcel) -> Delivery:
        answer = parcel.http.request(
            "POST",
            f"{parcel.settings.address}/{parcel.topic}",
            json={"key": parcel.key, "aggregate": parcel.aggregate, "number": parcel.payload["number"]},
        )
        if answer.status_code == 200:
            return Delivery(state=DeliveryState.DELIVERED)
        return Delivery(state=DeliveryState.RETRY, message=f"The receiver answered {answer.status_code}.")

    @hookimpl
    @override
    def answer_ask(self, ask: Ask) -> AskAnswer:
        status = ask.http.request("GET", ask.settings.address).status_code
        return AskAnswer(ok=status == 200, message=f"Answered {status}.")


def main() -> None:
    url, home = sys.argv[1:]
    runtime = Runtime.start(
        Installation(home=Path(home), database_url=url, pool_size=4), installed={"courier": Courier}
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Worker(runtime, rules=QUICK).run(stop)


if __name__ == "__main__":
    main()
