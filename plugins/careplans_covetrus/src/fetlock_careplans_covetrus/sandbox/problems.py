"""Refusals of the simulator, as problem JSON (RFC 9457) with a machine-readable ``code``."""

import json
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from pydantic import ValidationError

PROBLEM_JSON = "application/problem+json"


class Problem(Exception):
    """A refusal: HTTP status, a stable code for programs, a sentence for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def problem_body(status: int, code: str, detail: str) -> dict[str, Any]:
    """The JSON body of a refusal."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}


def _answer(status: int, code: str, detail: str) -> Response[Any]:
    return Response(problem_body(status, code, detail), status_code=status, media_type=PROBLEM_JSON)


def on_problem(_: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Answer our own refusals."""
    return _answer(problem.status, problem.code, problem.detail)


def on_invalid(_: Request[Any, Any, Any], error: ValidationError) -> Response[Any]:
    """Answer a body that is no JSON (400) or does not fit (422), naming every field at fault."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    if any(fault["type"] == "json_invalid" for fault in faults):
        return _answer(400, "not_json", "The body is not JSON.")
    named = "; ".join(f"{'.'.join(str(step) for step in fault['loc'])}: {fault['msg']}" for fault in faults)
    return _answer(422, "invalid", named)


def on_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer what the framework refuses: unknown address, wrong method."""
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    return _answer(error.status_code, code, error.detail)


def json_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object, or 400."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Problem(400, "not_json", "The body is not a JSON object.")
    return value
