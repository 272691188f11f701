"""The one table from kinds of failure to HTTP answers, in OpenAI's error shape.

Body: `{"error": {"message", "type", "param", "code"}}`. The official client reads these four and retries 408, 409, 429
and every status from 500 on, unless `x-should-retry: false` says that trying again cannot help.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from app.engine.errors import (
    AudioTooLarge,
    BadAudio,
    Cancelled,
    Conflict,
    DeadlineExceeded,
    EngineError,
    InvalidRequest,
    NotFound,
    NotReady,
    PartMissing,
    QueueFull,
    StorageFailed,
    Unavailable,
)
from app.wording.english import ENGLISH, quoted
from app.wording.rendering import Wording


@dataclass(eq=False)
class Worded(EngineError):
    """A refusal that only the API knows: it is worded where it is raised, as it has no other door."""

    message: str


class Unauthorized(Worded):
    """No API key, or a wrong one."""

    code = "invalid_api_key"


@dataclass(eq=False)
class Refused(EngineError):
    """What the framework refuses, with a status that has no class of its own here."""

    code = "refused"

    status: int
    detail: str


class InternalError(Worded):
    """A bug of ours."""

    code = "internal_error"


class InvalidField(Worded, InvalidRequest):
    """A field that cannot be as it is."""


class InvalidBase64(Worded, BadAudio):
    """A clip whose text is no base64."""


class NumberOutOfRange(InvalidField):
    """A number outside its limits, as pydantic words it."""

    code = "out_of_range"


class RouteNotFound(Worded, NotFound):
    """No such path."""

    code = "route_not_found"


class MethodNotAllowed(Worded):
    """The path exists, but not for this method."""

    code = "method_not_allowed"


class RequestTooLarge(Worded):
    """The body has more bytes than the service reads."""

    code = "request_too_large"


class UnsupportedMediaType(Worded):
    """The body is of another type than the route reads."""

    code = "unsupported_media_type"


class MissingParameter(Worded, InvalidRequest):
    """A field that the request needs is absent."""

    code = "missing_required_parameter"

    def __init__(self, param: str, hint: str = "") -> None:
        super().__init__(f"'{param}' is required.{' ' + hint if hint else ''}", param=param)


class InvalidJson(InvalidField):
    """The body, or a field that holds JSON, is not valid JSON."""

    code = "invalid_json"


class ConflictingParameters(InvalidField):
    """Two fields of which only one may be given."""

    code = "conflicting_parameters"


class UnsupportedParameter(InvalidField):
    """A field of OpenAI's contract that this service does not offer."""

    code = "unsupported_parameter"


class UrlNotAllowed(InvalidField):
    """An address the service does not fetch from."""

    code = "url_not_allowed"


class UrlUnreachable(InvalidField):
    """The address did not give the file."""

    code = "url_unreachable"


_IN_ENGLISH = Wording({**ENGLISH, Refused: "{detail}", Worded: "{message}"}, quoted)
STATUS: Mapping[type[EngineError], int] = {
    EngineError: 500,
    InvalidRequest: 400,
    AudioTooLarge: 413,
    Unauthorized: 401,
    NotFound: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    RequestTooLarge: 413,
    UnsupportedMediaType: 415,
    QueueFull: 429,
    Cancelled: 499,
    Unavailable: 503,
    StorageFailed: 507,
    DeadlineExceeded: 504,
}
FINAL = (
    Conflict,
    PartMissing,
    StorageFailed,
    DeadlineExceeded,
)  # statuses that clients retry, where it would only repeat the cost
TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
CODES: Mapping[int, type[Worded]] = {
    401: Unauthorized,
    404: RouteNotFound,
    405: MethodNotAllowed,
    413: RequestTooLarge,
    415: UnsupportedMediaType,
}

BOUNDS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}  # as pydantic calls them


class ErrorDetail(BaseModel):
    """What went wrong: `param` names the field at fault, `code` is stable, `message` is for people."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(BaseModel):
    """The body of every error."""

    error: ErrorDetail


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: these errors, in their shape."""
    return {status: {"model": ErrorBody} for status in sorted({401, 429, 500, 503, *statuses})}


def status_of(error: EngineError) -> int:
    """The HTTP status of an error: its own, else that of its nearest ancestor in STATUS."""
    if isinstance(error, Refused):
        return error.status
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def error_content(error: EngineError) -> dict[str, dict[str, str | None]]:
    """The error object; unpaired surrogates, which no UTF-8 body can hold, are replaced."""
    status = status_of(error)
    kind = TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    param = None if error.param is None else _clean(error.param)
    return {"error": {"message": _clean(_IN_ENGLISH.of(error)), "type": kind, "param": param, "code": error.code}}


def error_response(error: EngineError, headers: Mapping[str, str] | None = None) -> Response:
    """The whole answer to a failed request."""
    extra = dict(headers or {})
    if isinstance(error, QueueFull | NotReady):
        extra["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if isinstance(error, FINAL):
        extra["x-should-retry"] = "false"
    if isinstance(error, Unauthorized):
        extra["WWW-Authenticate"] = "Bearer"
    return JSONResponse(error_content(error), status_of(error), extra)


def internal_error() -> EngineError:
    """What a caller is told about a bug of ours."""
    return InternalError("The server failed. The request id names the entry in its log.")


def from_validation(faults: Sequence[Mapping[str, Any]], root: str = "") -> InvalidRequest:
    """The first fault pydantic found, as one of our errors. `root` names the field the document came in."""
    fault = faults[0]
    places = [str(part) for part in fault["loc"] if part not in ("body", "query", "path", "header")]
    if fault["type"] == "json_invalid":
        return InvalidJson(f"The body is not valid JSON: {fault['ctx']['error']}.")
    param = ".".join(places) or root or None
    if fault["type"] == "missing":
        return MissingParameter(param or "body")
    message = fault["msg"].removeprefix("Value error, ")
    kind = NumberOutOfRange if fault["type"] in BOUNDS else InvalidField
    return kind(f"'{param}': {message}." if param else f"The request is invalid: {message}.", param=param)


def install(app: FastAPI) -> None:
    """Make every failure inside the routes answer in our shape."""

    @app.exception_handler(EngineError)
    async def _engine_error(_request: Request, error: EngineError) -> Response:
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def _bad_request(_request: Request, error: RequestValidationError) -> Response:
        return error_response(from_validation(error.errors()))

    @app.exception_handler(ValidationError)
    async def _bad_document(_request: Request, error: ValidationError) -> Response:
        return error_response(from_validation(error.errors(include_url=False)))

    @app.exception_handler(HTTPException)
    async def _http_error(request: Request, error: HTTPException) -> Response:
        return error_response(from_http(error, request), error.headers)


def from_http(error: HTTPException, request: Request) -> EngineError:
    """A refusal of the framework, in our words."""
    where = f"{request.method} {request.url.path}"
    messages = {404: f"There is no route {where}.", 405: f"{where}: this method is not allowed here."}
    kind = CODES.get(error.status_code)
    if kind is None:
        return Refused(error.status_code, str(error.detail))
    return kind(messages.get(error.status_code, str(error.detail)))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
