"""Hooks by which a plugin says, at start, what it is and what it brings."""

from collections.abc import Sequence

from pydantic import BaseModel

from fetlock.contracts.manifest import Manifest
from fetlock.contracts.registration import Job, NavigationItem, PatientTab, Permission, Topic
from fetlock.hooks.markers import HookKind, spec


class RegistrationHooks:
    """Every plugin subclasses this and answers `manifest`; the rest is as it needs."""

    @spec(HookKind.REGISTER, returns=Manifest)
    def manifest(self) -> Manifest:
        """Name, version, API range, tables, migrations, pages."""
        raise NotImplementedError

    @spec(HookKind.REGISTER, returns=type)
    def settings_model(self) -> type[BaseModel]:
        """The pydantic model of the plugin's settings per site (PL-3); SecretStr fields are encrypted."""
        raise NotImplementedError

    @spec(HookKind.REGISTER, returns=Permission, many=True)
    def permissions(self) -> Sequence[Permission]:
        """Permissions that the plugin adds to the matrix (H-3)."""
        raise NotImplementedError

    @spec(HookKind.REGISTER, returns=NavigationItem, many=True, provisional=True)
    def navigation(self) -> Sequence[NavigationItem]:
        """Entries of the main menu."""
        raise NotImplementedError

    @spec(HookKind.REGISTER, returns=PatientTab, many=True, provisional=True)
    def patient_tabs(self) -> Sequence[PatientTab]:
        """Tabs of the patient's page that are the plugin's own (plans go to the shared tab instead)."""
        raise NotImplementedError

    @spec(HookKind.REGISTER, returns=Job, many=True)
    def jobs(self) -> Sequence[Job]:
        """What the worker does for the plugin every now and then (PL-9)."""
        raise NotImplementedError

    @spec(HookKind.REGISTER, returns=Topic, many=True)
    def topics(self) -> Sequence[Topic]:
        """The kinds of outbox rows that the plugin delivers (PL-8)."""
        raise NotImplementedError
