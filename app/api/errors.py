"""The one table from kinds of failure to HTTP answers, in OpenAI's error shape.

Body: `{"error": {"message", "type", "param", "code"}}`. The official client reads these four and retries 408, 409, 429
and every status from 500 on, unless `x-should-retry: false` says that trying again cannot help.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from app.api.refusals import (
    FaultyField,
    ForeignOrigin,
    InvalidDocument,
    InvalidField,
    InvalidJson,
    MethodNotAllowed,
    MissingParameter,
    NumberOutOfRange,
    OriginRefused,
    Refused,
    RequestTooLarge,
    RouteNotFound,
    Unauthorized,
    UnsupportedMediaType,
)
from app.api.wording import worded
from app.engine.errors import (
    AudioTooLarge,
    Cancelled,
    Conflict,
    DeadlineExceeded,
    EngineError,
    InvalidRequest,
    NoAnswer,
    NotFound,
    NotReady,
    OutOfMemory,
    PartMissing,
    QueueFull,
    RevisionPassed,
    StorageFailed,
    StorageFull,
    TextTooLong,
    Unavailable,
    VoiceOfOthers,
)

STATUS: Mapping[type[EngineError], int] = {
    EngineError: 500,
    InvalidRequest: 400,
    AudioTooLarge: 413,
    Unauthorized: 401,
    ForeignOrigin: 403,
    VoiceOfOthers: 403,
    OriginRefused: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    RequestTooLarge: 413,
    UnsupportedMediaType: 415,
    QueueFull: 429,
    Cancelled: 499,
    Unavailable: 503,
    NoAnswer: 503,
    StorageFailed: 503,
    StorageFull: 507,
    DeadlineExceeded: 504,
}
FINAL = (
    Conflict,
    PartMissing,
    StorageFailed,
    DeadlineExceeded,
)  # statuses that clients retry, where it would only repeat the cost
TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
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
    """The `responses` of a route: these errors, in their shape, and any other in the same."""
    told: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorBody} for status in sorted({401, 429, 500, 503, *statuses})
    }
    return told | {"default": {"model": ErrorBody, "description": "Any other failure."}}


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
    return {"error": {"message": _clean(worded(error)), "type": kind, "param": param, "code": error.code}}


def error_response(error: EngineError, headers: Mapping[str, str] | None = None) -> Response:
    """The whole answer to a failed request."""
    extra = dict(headers or {})
    if isinstance(error, QueueFull | NotReady):
        extra["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if isinstance(error, FINAL):
        extra["x-should-retry"] = "false"
    if isinstance(error, RevisionPassed):
        extra["ETag"] = f'"{error.revision}"'
    if isinstance(error, Unauthorized):
        extra["WWW-Authenticate"] = "Bearer"
    return JSONResponse(error_content(error), status_of(error), extra)


class FieldFault(ValueError):
    """What a validator of our own found; the refusal gets the name of its field from pydantic."""

    def __init__(self, refusal: InvalidField) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def from_validation(faults: Sequence[Mapping[str, Any]]) -> InvalidRequest:
    """The first fault pydantic found, as one of our errors."""
    fault = faults[0]
    places = [str(part) for part in fault["loc"] if part not in ("body", "query", "path", "header")]
    if fault["type"] == "json_invalid":
        return InvalidJson(fault["ctx"]["error"])
    param = ".".join(places) or None
    if fault["type"] == "missing":
        return MissingParameter(param=param or "body")
    if fault["type"] == "string_too_long":
        return TextTooLong(fault["ctx"]["max_length"], len(fault["input"]), param=param)
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, FieldFault):
        cause.refusal.param = param
        return cause.refusal
    if param is None:
        return InvalidDocument(fault["msg"])
    return (NumberOutOfRange if fault["type"] in BOUNDS else FaultyField)(fault["msg"], param=param)


def install(app: FastAPI) -> None:
    """Make every failure inside the routes answer in our shape."""

    @app.exception_handler(EngineError)
    async def _engine_error(_request: Request, error: EngineError) -> Response:
        return error_response(error)

    @app.exception_handler(MemoryError)
    async def _out_of_memory(_request: Request, _error: MemoryError) -> Response:
        return error_response(OutOfMemory())

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
    """A refusal of the framework as one of our errors."""
    kinds = {404: RouteNotFound, 405: MethodNotAllowed}
    if error.status_code in kinds:
        return kinds[error.status_code](request.method, request.url.path)
    return Refused(error.status_code, str(error.detail))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
