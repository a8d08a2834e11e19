"""JSON that programs send, read strictly: numbers are numbers, and no member may be one that nobody knows."""

from typing import Any

from litestar.config.app import AppConfig
from litestar.plugins.pydantic import PydanticInitPlugin
from litestar.serialization import encode_json
from pydantic import BaseModel, ValidationError

from fetlock.errors import FetlockError

NUL = b"\\u0000"


class Unreadable(FetlockError):
    """What was sent isn't what the description of the API asks for; `fields`: what is wrong where."""

    code = "invalid"
    status = 400

    def __init__(self, message: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = fields or {}


class StrictJson(PydanticInitPlugin):
    """Litestar's plugin for pydantic with our reading of bodies before its own."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Put our decoder first."""
        app_config = super().on_app_init(app_config)
        app_config.type_decoders = [(_is_model, read_model), *(app_config.type_decoders or [])]
        return app_config


def read_model(model: type[BaseModel], value: Any) -> BaseModel:
    """The model of what was parsed. Raises `Unreadable`, naming each member that is wrong.

    Read as JSON, not as Python values: so a day may be text, but a number may not.
    """
    sent = encode_json(_whole(value))
    if NUL in sent:
        raise Unreadable("Text cannot hold the character U+0000.")
    try:
        return model.model_validate_json(sent, strict=True, extra="forbid")
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise Unreadable(
            "What was sent is not as the description of the API has it.",
            {".".join(map(str, fault["loc"])): fault["msg"] for fault in found},
        ) from None


def _whole(value: Any) -> Any:
    """The same with 608.0 as 608: in JSON that is a whole number."""
    if isinstance(value, dict):
        return {name: _whole(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_whole(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
