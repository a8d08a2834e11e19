"""The plugin itself: settings with a secret, parcels, asks, a job, and a way to be told to fail."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field, SecretStr
from typing_extensions import override

from fetlock import AppliedAnswer, JobRun, Manifest, Work, hookimpl
from fetlock.contracts import (
    Ask,
    AskAnswer,
    Delivery,
    DeliveryState,
    EventFacts,
    Job,
    Parcel,
    Permission,
    Receiver,
    Topic,
)
from fetlock.hooks import LifecycleHooks, OutsideHooks, RegistrationHooks, WorkHooks


class SamplerSettings(BaseModel):
    address: str = Field(default="", title="Address", max_length=60)
    minutes: int = Field(default=15, ge=1, le=60, title="Minutes")
    eager: bool = Field(default=False, title="Eager")
    colour: Literal["red", "green"] = "red"
    api_key: SecretStr | None = Field(default=None, title="API key")
    api_secret: SecretStr = Field(default=SecretStr(""), title="API secret")


class Sampler(RegistrationHooks, OutsideHooks, LifecycleHooks, WorkHooks):
    """`carry`, `answer`, `told`, `job`: what a test puts in the place of the plugin's own work."""

    def __init__(self, *, tables: bool = True, receiver: Receiver = Receiver.TAKES_KEYS) -> None:
        self.tables = tables
        self.receiver = receiver
        self.carry: Callable[[Parcel], Delivery] = lambda _: Delivery(state=DeliveryState.DELIVERED)
        self.answer: Callable[[Ask], AskAnswer] = lambda ask: AskAnswer(
            ok=True, message="Yes.", data=ask.data
        )
        self.apply: Callable[[AppliedAnswer], None] = lambda _: None
        self.told: Callable[[EventFacts], None] = lambda _: None
        self.job: Callable[[JobRun], None] = lambda _: None

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        own: dict[str, Any] = {}
        if self.tables:
            package = __name__.rpartition(".")[0]
            own = {
                "table_prefix": "sampler",
                "models": f"{package}.models",
                "migrations": f"{package}.migrations",
            }
        return Manifest(
            name="sampler",
            label="Sampler",
            version="1.0",
            hook_api=">=0.1,<0.2",
            tests_credentials=True,
            **own,
        )

    @hookimpl
    @override
    def settings_model(self) -> type[BaseModel]:
        return SamplerSettings

    @hookimpl
    @override
    def permissions(self) -> Sequence[Permission]:
        return [Permission(key="sampler.use", label="Use samples")]

    @hookimpl
    @override
    def topics(self) -> Sequence[Topic]:
        return [Topic(name="sample", receiver=self.receiver, label="Samples")]

    @hookimpl
    @override
    def jobs(self) -> Sequence[Job]:
        return [Job(key="tick", label="Tick", every=timedelta(minutes=15))]

    @hookimpl
    @override
    def deliver(self, parcel: Parcel) -> Delivery:
        return self.carry(parcel)

    @hookimpl
    @override
    def answer_ask(self, ask: Ask) -> AskAnswer:
        return self.answer(ask)

    @hookimpl
    @override
    def apply_ask(self, answered: AppliedAnswer) -> None:
        self.apply(answered)

    @hookimpl
    @override
    def run_job(self, run: JobRun) -> None:
        self.job(run)

    @hookimpl
    @override
    def invoice_closed(self, event: EventFacts) -> None:
        self.told(event)

    @hookimpl
    @override
    def open_work(self, work: Work) -> Sequence[str]:
        return [f"3 samples are still being looked at in {work.site.name}."]
