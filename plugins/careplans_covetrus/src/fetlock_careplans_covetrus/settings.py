"""The plugin's settings at a site, or for the whole organisation (CP-4, PL-3)."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, field_validator

from fetlock_careplans_covetrus.vendor_api import usable_address
from fetlock_careplans_covetrus.vendor_errors import VendorError


class CarePlanSettings(BaseModel):
    """What an administrator enters. Nothing of the vendor's is shipped as a default (QA25)."""

    base_url: Annotated[
        str,
        Field(
            title="Address of the plan system",
            description="The vendor tells it to you together with the key, such as https://plans.example/api.",
            max_length=300,
        ),
    ] = ""
    api_key: Annotated[
        str, Field(title="API key", description="Identifies the practice's plan account.", max_length=200)
    ] = ""
    api_secret: Annotated[SecretStr, Field(title="API secret")] = SecretStr("")
    support_contact: Annotated[
        str,
        Field(
            title="Support contact",
            description="Shown to staff when something here fails: a name, a phone number, an address.",
            max_length=200,
        ),
    ] = ""
    discount_beyond_allotment: Annotated[
        bool,
        Field(
            title="Out-of-plan discount beyond the allotment",
            description="Give the plan's discount also on units of a plan item that are used up.",
        ),
    ] = False
    refresh_minutes: Annotated[
        int,
        Field(
            title="Refresh after minutes",
            description="How old plan data may be before it is fetched again when a record is opened.",
            ge=1,
            le=1440,
        ),
    ] = 15

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value.strip():
            return ""
        try:
            return usable_address(value)
        except VendorError as error:
            raise ValueError(error.user_message) from None

    @field_validator("api_key", "support_contact")
    @classmethod
    def _trimmed(cls, value: str) -> str:
        return value.strip()

    @property
    def complete(self) -> bool:
        """Whether the vendor can be asked at all."""
        return bool(self.base_url and self.api_key and self.api_secret.get_secret_value())
