"""Bodies in: strict JSON and multipart forms, with every malformation a 4xx."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile

from app.api.refusals import (
    FileForText,
    GivenAgain,
    InvalidJson,
    InvalidJsonField,
    MissingFile,
    NotUtf8,
    TextForFile,
    UnsupportedMediaType,
)
from app.api.service import Service
from app.engine.sound.decoding import check_size

JSON, FORM = "application/json", "multipart/form-data"
MAX_FILES = 8
MAX_FIELDS = 64


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    kind = _media_type(request)
    return kind == JSON or kind.endswith("+json")


async def read_json(request: Request) -> Any:
    """The JSON body. NaN, lone surrogates and endless nesting are no JSON. Raises UnsupportedMediaType, InvalidJson."""
    if not is_json(request):
        raise UnsupportedMediaType(JSON)
    return parse_json(await request.body())


def parse_json(text: bytes | str, param: str | None = None) -> Any:
    """A JSON document: the body, or the field that `param` names. Raises InvalidJson."""
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError) as error:
        kind = InvalidJsonField if param else InvalidJson
        raise kind(str(error), param=param) from error


class Form:
    """The parts of a multipart body. A part that may come once and comes twice is refused."""

    def __init__(self, parts: FormData, max_file_bytes: int) -> None:
        self._parts = parts
        self._max_file_bytes = max_file_bytes

    @property
    def names(self) -> list[str]:
        """The names of all parts, each once, without the `[]` of lists."""
        return list(dict.fromkeys(name.removesuffix("[]") for name in self._parts))

    def texts(self, name: str) -> list[str]:
        """All values of a field, which may be written `name` or `name[]`; empty ones are left out."""
        values = [part for part in (*self._parts.getlist(name), *self._parts.getlist(f"{name}[]")) if _is_given(part)]
        if not all(isinstance(value, str) for value in values):
            raise FileForText(param=name)
        return [str(value) for value in values]

    async def text(self, name: str) -> str | None:
        """The value of a field; None when absent or empty. A part with a file name is read as UTF-8."""
        part = self._only(name)
        if not isinstance(part, UploadFile):
            return part
        try:
            return (await self._read(part, name)).decode()
        except UnicodeDecodeError as error:
            raise NotUtf8(param=name) from error

    async def file(self, name: str) -> bytes | None:
        """The bytes of an uploaded file; None when absent, or none was chosen. Raises AudioTooLarge."""
        part = self._only(name)
        if isinstance(part, str):
            raise TextForFile(param=name)
        return None if part is None else await self._read(part, name)

    async def required_file(self, name: str) -> bytes:
        """The bytes of an uploaded file. Raises MissingFile, AudioTooLarge."""
        data = await self.file(name)
        if data is None:
            raise MissingFile(param=name)
        return data

    def _only(self, name: str) -> UploadFile | str | None:
        values = [part for part in self._parts.getlist(name) if _is_given(part)]
        if len(values) > 1:
            raise GivenAgain(len(values), param=name)
        return values[0] if values else None

    async def _read(self, part: UploadFile, name: str) -> bytes:
        check_size(part.size or 0, name, self._max_file_bytes)
        return await part.read()


def _is_given(part: UploadFile | str) -> bool:
    """False for empty text, and for a file's part in which none was chosen: browsers send it without name and bytes."""
    return bool(part.filename or part.size) if isinstance(part, UploadFile) else part != ""


async def read_form(request: Request, service: Service) -> Form:
    """The multipart body. Raises UnsupportedMediaType; HTTPException 400 when it is malformed."""
    if _media_type(request) != FORM:
        raise UnsupportedMediaType(FORM)
    limit = service.settings.max_upload_bytes
    parts = await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=2 * (limit * 4 // 3 + 1024))
    return Form(parts, limit)


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads this JSON document."""
    return {"requestBody": {"required": True, "content": {JSON: {"schema": inlined(model)}}}}


def form_body(fields: dict[str, dict[str, Any]], required: tuple[str, ...]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads these form fields, each a JSON schema."""
    schema = {"type": "object", "properties": fields, "required": list(required)}
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}


def file_field(description: str) -> dict[str, Any]:
    """The schema of an uploaded file."""
    return {"type": "string", "format": "binary", "description": description}


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """A model's JSON schema without references, to stand inside the OpenAPI document."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return resolved(definitions[node["$ref"].rsplit("/", 1)[-1]]) | rest
        return {key: resolved(value) for key, value in node.items()}

    found: dict[str, Any] = resolved(schema)
    return found


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
