"""The watch over integrations: when people are told, and where, per site (PL-14)."""

import re
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator
from typing_extensions import override

from fetlock.contracts import HOOK_API, Manifest
from fetlock.hooks import RegistrationHooks, hookimpl

NAME: Final = "integrations"
MINUTES: Final = 30
_ADDRESS: Final = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]{2,}")


class WatchSettings(BaseModel):
    """`addresses`: comma-separated; without any the administrators' own are used."""

    model_config = ConfigDict(title="Integrations", str_strip_whitespace=True)

    minutes: int = Field(
        default=MINUTES,
        ge=1,
        le=1440,
        title="Tell somebody after",
        description="Minutes that something may wait for an outside service. What is given up or in doubt "
        "is told at once.",
    )
    addresses: str = Field(
        default="",
        max_length=500,
        title="Tell by e-mail",
        description="Addresses with commas between; without any, the administrators’ own.",
    )

    @field_validator("addresses")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for address in split(value):
            if not _ADDRESS.fullmatch(address):
                raise ValueError("Enter e-mail addresses such as it@clinic.example, with commas between.")
        return value


class Integrations(RegistrationHooks):
    """Looks at the queues to outside services every minute, and tells people once when one is stuck."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=NAME,
            label="Integrations",
            version=HOOK_API,
            hook_api=f"=={HOOK_API}",
            description="Who is told when something does not reach an outside service.",
        )

    @hookimpl
    @override
    def settings_model(self) -> type[BaseModel]:
        return WatchSettings


def split(addresses: str) -> list[str]:
    """The addresses of the setting, one by one."""
    return [each.strip() for each in addresses.split(",") if each.strip()]
