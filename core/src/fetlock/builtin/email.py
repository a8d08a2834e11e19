"""E-mail: the mail server of a site, kept as a plugin's settings are (H-41)."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from typing_extensions import override

from fetlock.contracts import HOOK_API, Manifest
from fetlock.hooks import RegistrationHooks, hookimpl

NAME: Final = "email"


class EmailSettings(BaseModel):
    """The server that carries a site's e-mail; without `host` messages wait (H-42)."""

    model_config = ConfigDict(title="E-mail", str_strip_whitespace=True)

    host: str = Field(
        default="", title="Mail server", description="Without one, messages wait.", max_length=200
    )
    port: int = Field(default=587, ge=1, le=65535, title="Port")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", title="Encryption", description="“none” only inside the clinic's own network."
    )
    user: str = Field(default="", title="User name", max_length=200)
    password: SecretStr | None = Field(default=None, title="Password")
    sender: str = Field(default="", title="Sender's address", max_length=254)
    sender_name: str = Field(default="", title="Sender's name", max_length=120)

    @field_validator("host", "user", "sender", "sender_name")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if any(ord(letter) < 32 for letter in value):
            raise ValueError("Write it in one line.")
        return value

    @field_validator("sender")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and ("@" not in value.strip("@") or " " in value):
            raise ValueError("Enter an e-mail address such as desk@clinic.example.")
        return value

    @property
    def is_set_up(self) -> bool:
        """Whether messages can go out."""
        return bool(self.host and self.sender)


class Email(RegistrationHooks):
    """Carries messages to clients by SMTP; the worker sends them."""

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=NAME,
            label="E-mail",
            version=HOOK_API,
            hook_api=f"=={HOOK_API}",
            description="The mail server of each site.",
        )

    @hookimpl
    @override
    def settings_model(self) -> type[BaseModel]:
        return EmailSettings
