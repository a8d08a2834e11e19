"""Describing the JSON API: what Litestar knows of each handler, completed by what the kernel does for all.

Litestar's part are paths and parameters. Bodies and answers are described by pydantic, which reads and writes
them. What holds for every operation (problem answers, tags, keys, who may call) is added here, so that no
handler repeats it.
"""

import inspect
import re
from typing import Any, Final

from litestar import Litestar
from litestar.response import Response
from litestar.utils.helpers import unwrap_partial
from pydantic import TypeAdapter

from fetlock_hostapp.web.kernel import answers_described as answers
from fetlock_hostapp.web.kernel.access import EVERYONE, Access, Audience, Route, routes_of
from fetlock_hostapp.web.kernel.parameters_described import parameters_of

BELOW: Final = "/api/v1/"
JSON: Final = "application/json"
_REFS: Final = "#/components/schemas/{model}"


def describe(app: Litestar) -> dict[str, Any]:
    """The whole document. Raises `ValueError` where two operations have one name."""
    made = app.openapi_schema.to_schema()
    routes = [route for route in routes_of(app) if _is_described(made, route)]
    bodies, definitions = _schemas(routes)
    paths: dict[str, Any] = {}
    names: set[str] = set()
    tags: set[str] = set()
    for route in routes:
        operation = _operation(app, made, route, bodies)
        if operation["operationId"] in names:
            raise ValueError(f"Two operations are called {operation['operationId']}")
        names.add(operation["operationId"])
        tags.update(operation["tags"])
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": made["openapi"],
        "info": made["info"] | {"description": answers.INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in sorted(tags)],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted((definitions | answers.SCHEMAS).items())),
            "responses": answers.RESPONSES,
            "headers": answers.HEADERS,
            "securitySchemes": answers.SECURITY_SCHEMES,
        },
    }


def _is_described(made: dict[str, Any], route: Route) -> bool:
    return route.path.startswith(BELOW) and route.method.lower() in made["paths"].get(route.path, {})


def _operation(
    app: Litestar, made: dict[str, Any], route: Route, bodies: dict[tuple[str, str], Any]
) -> dict[str, Any]:
    handler = route.handler
    access: Access = app.state.kernel.access[id(handler)]
    found: dict[str, Any] = made["paths"][route.path][route.method.lower()]
    text = inspect.cleandoc(unwrap_partial(handler.fn).__doc__ or "")
    name = _name(route, access)
    answer = _answer(found, bodies.get((_key(route), "serialization")))
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": _first_sentence(text),
        "description": _description(text, access),
        "tags": found.get("tags") or [name.split(".")[0].replace("_", " ").capitalize()],
        "parameters": parameters_of(made, found, route, access),
        "responses": answer | answers.problems(route, access),
        "security": answers.security(route, access),
    }
    body = bodies.get((_key(route), "validation"))
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
    for status, response in answer.items():
        response["headers"] = answers.headers_of(route, status)
    return operation


def _answer(found: dict[str, Any], schema: dict[str, Any] | None) -> dict[str, Any]:
    """The answer of success, by its status."""
    status, made = next((s, r) for s, r in found["responses"].items() if s.startswith("2"))
    described: dict[str, Any] = {"description": answers.DONE.get(status, "Done.")}
    content = made.get("content")
    if status != "204" and schema is not None:
        described["content"] = {JSON: {"schema": schema}}
    elif status != "204" and content:
        described["content"] = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in content}
    return {status: described}


def _schemas(routes: list[Route]) -> tuple[dict[tuple[str, str], Any], dict[str, Any]]:
    """The schemas of all bodies, by operation and direction, and the models that they refer to."""
    wanted: list[tuple[str, Any, TypeAdapter[Any]]] = []
    for route in routes:
        taken = route.handler.parsed_data_field
        if taken is not None:
            wanted.append((_key(route), "validation", TypeAdapter(taken.annotation)))
        given = route.handler.parsed_return_field
        kind: Any = given.annotation
        if given.is_subclass_of(Response):
            kind = given.inner_types[0].annotation if given.inner_types else None
        if kind not in (None, type(None), bytes, Any):
            wanted.append((_key(route), "serialization", TypeAdapter(kind)))
    asked: Any = wanted
    found, rest = TypeAdapter.json_schemas(asked, ref_template=_REFS)
    definitions: dict[str, Any] = rest.get("$defs", {})
    bodies: dict[tuple[str, str], Any] = {(str(key), mode): schema for (key, mode), schema in found.items()}
    for (_, direction), schema in bodies.items():
        if direction == "validation":
            _close(schema, definitions)
    return bodies, definitions


def _close(schema: Any, definitions: dict[str, Any], seen: set[str] | None = None) -> None:
    """Say of every object that is sent that it holds nothing else: it is read so (`json_bodies`)."""
    seen = set() if seen is None else seen
    if isinstance(schema, list):
        for each in schema:
            _close(each, definitions, seen)
    if not isinstance(schema, dict):
        return
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        seen.add(name)
        _close(definitions[name], definitions, seen)
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        schema.setdefault("additionalProperties", False)
    for each in schema.values():
        _close(each, definitions, seen)


def _key(route: Route) -> str:
    return f"{route.method} {route.path}"


def _name(route: Route, access: Access) -> str:
    """`<area>.<function>`: stays when the address changes; `<plugin>.<function>` for a plugin's."""
    function = unwrap_partial(route.handler.fn)
    area = access.plugin or function.__module__.removeprefix("fetlock_hostapp.web.").partition(".")[0]
    return f"{area}.{function.__name__.removesuffix('_api')}"


def _description(text: str, access: Access) -> str:
    if access.audience is Audience.PUBLIC:
        return text
    if access.permission == EVERYONE:
        return f"{text}\n\nNeeds a sign-in."
    return f"{text}\n\nNeeds the permission `{access.permission}`."


def _first_sentence(text: str) -> str:
    match = re.match(r"[^.;:]+", " ".join(text.split()))
    return match[0].strip() if match else ""
