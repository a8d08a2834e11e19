"""What the plugin is and what it brings: asked once, at start."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import BaseModel
from typing_extensions import override

from fetlock import Manifest, hookimpl
from fetlock.contracts import Job, NavigationItem, PatientTab, Permission, Receiver, Topic
from fetlock.hooks import RegistrationHooks
from tests.dummy_plugin.naming import EDIT, LABEL, NAME, RECHECK, VIEW
from tests.dummy_plugin.settings import ClubSettings


class Registration(RegistrationHooks):
    """The register hooks."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=NAME,
            label=LABEL,
            version="1.0",
            hook_api=">=0.1,<0.2",
            description="A club whose members get a bag of food, and a discount on the rest.",
            table_prefix="dummy",
            models="tests.dummy_plugin.models",
            migrations="tests.dummy_plugin.migrations",
            web="tests.dummy_plugin.web:pages",
            tests_credentials=True,
        )

    @hookimpl
    @override
    def settings_model(self) -> type[BaseModel]:
        return ClubSettings

    @hookimpl
    @override
    def permissions(self) -> Sequence[Permission]:
        return [
            Permission(key=VIEW, label="See members of the club", roles=frozenset({"Receptionist"})),
            Permission(key=EDIT, label="Change members of the club"),
        ]

    @hookimpl
    @override
    def navigation(self) -> Sequence[NavigationItem]:
        return [NavigationItem(label="Club members", href="club", permission=VIEW, weight=60)]

    @hookimpl
    @override
    def patient_tabs(self) -> Sequence[PatientTab]:
        return [PatientTab(key="club", label="Club", permission=VIEW, weight=70)]

    @hookimpl
    @override
    def jobs(self) -> Sequence[Job]:
        return [Job(key=RECHECK, label="Ask after members", every=timedelta(hours=6))]

    @hookimpl
    @override
    def topics(self) -> Sequence[Topic]:
        return [
            Topic(name="entitlement", receiver=Receiver.TAKES_KEYS, label="Bags taken"),
            Topic(name="owner", receiver=Receiver.TAKES_KEYS, label="New owner of a member"),
        ]
