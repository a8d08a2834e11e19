"""The parameters of an operation as they are described: bounded to what the database takes, headers added."""

import copy
from typing import Any, Final

from litestar.handlers import BaseRouteHandler
from litestar.params import ParameterKwarg

from fetlock_hostapp.web.kernel.access import Access, Audience, Route
from fetlock_hostapp.web.kernel.conditional import CONDITIONAL, TAGS
from fetlock_hostapp.web.kernel.csrf import SAFE_METHODS
from fetlock_hostapp.web.kernel.idempotency import PATTERN, takes_key

LARGEST_KEY: Final = 2**63 - 1
LONGEST_SEGMENT: Final = 200
_LIMITS: Final = {"minimum": "ge", "maximum": "le", "maxLength": "max_length"}
_NOISE: Final = ("deprecated", "allowEmptyValue", "allowReserved")

_KEY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A new one for each new request: sent again within 24 hours, the request is answered as "
    "before and done once. With another body it is refused (422).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": PATTERN},
    "example": "0b7fd0c6-8a34-4b0e-9d0b-2f2f6f0a51c1",
}
_TAG_SCHEMA: Final = {"type": "string", "pattern": TAGS}
_IF_MATCH: Final[dict[str, Any]] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of what you read. Refused with 412 and what stands there now, where somebody "
    "changed it since.",
    "schema": _TAG_SCHEMA,
    "example": '"7-0a1b2c3d4e5f6071"',
}
_IF_NONE_MATCH: Final[dict[str, Any]] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of what you have: 304 without a body where it is still the same.",
    "schema": _TAG_SCHEMA,
    "example": '"7-0a1b2c3d4e5f6071"',
}


def parameters_of(
    made: dict[str, Any], found: dict[str, Any], route: Route, access: Access
) -> list[dict[str, Any]]:
    """The parameters that Litestar found, tidied, and the headers that the kernel reads."""
    described = [_tidy(made, each, route) for each in found.get("parameters", [])]
    if takes_key(route.handler):
        described.append(_KEY)
    if route.handler.opt.get(CONDITIONAL):
        described.append(_IF_MATCH)
    if route.method in SAFE_METHODS and access.audience is not Audience.PUBLIC:
        described.append(_IF_NONE_MATCH)
    return described


def _tidy(made: dict[str, Any], parameter: dict[str, Any], route: Route) -> dict[str, Any]:
    tidy = {name: value for name, value in parameter.items() if name not in _NOISE}
    schema = _inlined(made, copy.deepcopy(tidy.get("schema", {})))
    for each in (schema, *schema.get("oneOf", ())):
        _bound(each, _limits(tidy["name"], route))
    if tidy["in"] == "path":
        schema = _segment(tidy["name"], schema, route)
    elif schema.get("type") == "string" and not {"maxLength", "enum", "format"} & set(schema):
        schema["maxLength"] = LONGEST_SEGMENT
    return tidy | {"schema": schema}


def _segment(name: str, schema: dict[str, Any], route: Route) -> dict[str, Any]:
    kind = route.parameters.get(name)
    if kind is int:
        return schema | {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY}
    if kind is str and "enum" not in schema:
        return schema | {"minLength": 1, "maxLength": LONGEST_SEGMENT, "pattern": r"^[^/\x00]+$"}
    return schema


def _inlined(made: dict[str, Any], schema: Any) -> Any:
    if isinstance(schema, list):
        return [_inlined(made, each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name:
        return _inlined(made, copy.deepcopy(made["components"]["schemas"][name]))
    return {key: _inlined(made, value) for key, value in schema.items()}


def _limits(name: str, route: Route) -> dict[str, Any]:
    """What the handler declares of a parameter, which Litestar leaves out where it may be null."""
    for field, sent_as in sent_names(route.handler).items():
        declared = route.handler.parsed_fn_signature.parameters[field].kwarg_definition
        if sent_as == name and declared is not None:
            return {said: getattr(declared, ours) for said, ours in _LIMITS.items()}
    return {}


def sent_names(handler: BaseRouteHandler) -> dict[str, str]:
    """How the parameters of a handler are called in requests, by their names in Python."""
    return {
        field.name: declared.name or declared.query or field.name
        for field in handler.parsed_fn_signature.parameters.values()
        if isinstance(declared := field.kwarg_definition, ParameterKwarg)
    }


def _bound(schema: dict[str, Any], limits: dict[str, Any]) -> None:
    """Whole numbers as whole numbers too: as a float the largest key would be one too large."""
    kind = schema.get("type")
    for said in ("minimum", "maximum") if kind == "integer" else ("maxLength",) if kind == "string" else ():
        limit = limits.get(said, schema.get(said))
        if limit is not None:
            schema[said] = min(int(limit), LARGEST_KEY)
    if kind == "integer":
        schema.setdefault("maximum", LARGEST_KEY)
        schema.setdefault("minimum", -LARGEST_KEY - 1)
