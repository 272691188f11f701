"""Bodies in: strict JSON and multipart forms, with every malformation a 4xx.

Every reader of a body says how much its route can carry: `incoming/` keeps to that.
"""

from __future__ import annotations

import re
from contextlib import aclosing
from typing import Any

import orjson
from fastapi import Request
from pydantic import BaseModel

from app.api.incoming.multipart import FormPart, parts_of
from app.api.refusals import (
    FileForText,
    GivenAgain,
    InvalidJson,
    InvalidJsonField,
    MissingDocument,
    MissingFile,
    NotUtf8,
    RequestTooLarge,
    TextForFile,
    TooManyValues,
    UnsupportedMediaType,
)
from app.api.service import FIELDS_BYTES, Service
from app.bodies import chunks_of, read_whole
from app.engine.errors import OutOfMemory, TextTooLong
from app.engine.sound.decoding import check_size
from app.engine.sound.encoding import MEDIA

JSON, FORM = "application/json", "multipart/form-data"
MAX_TEXT_BYTES = 64 * 1024  # of a part that is no file, in forms without a JSON document
MAX_JSON_VALUES = 100_000  # a document of that many values is parsed in milliseconds; requests have some dozens
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # .NET writes one in front of what it encodes
_INDEX = re.compile(r"\[\d*\]$", re.ASCII)


def octets(*kinds: str) -> dict[str, Any]:
    """Bytes of these media types, for the docs. Generators of clients know the first, as OpenAI's document has it."""
    return {mime: {"schema": {"type": "string", "format": "binary"}} for mime in ("application/octet-stream", *kinds)}


SOUND = octets(*(media.mime for media in MEDIA.values()))


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    kind = _media_type(request)
    return kind == JSON or kind.endswith("+json")


async def read_json(request: Request, service: Service, max_bytes: int = FIELDS_BYTES) -> Any:
    """The JSON body. NaN, lone surrogates and endless nesting are no JSON. Raises UnsupportedMediaType, InvalidJson,
    and as `bodies.chunks_of`.
    """
    if not is_json(request):
        raise UnsupportedMediaType(JSON)
    caller = service.caller(request)
    return parse_json(await read_whole(request, max_bytes, service.bodies, caller, RequestTooLarge(max_bytes)))


def parse_json(text: bytes | bytearray, param: str | None = None) -> Any:
    """A JSON document: the body, or the field that `param` names. Raises InvalidJson, TooManyValues.

    Text is parsed at a gigabyte a second, but a million brackets become a million objects: those that could be too
    many are refused unread. What is counted may stand in a text, too; no text of a request has that many.
    """
    if _may_have_too_many_values(text):
        raise TooManyValues(MAX_JSON_VALUES, param=param)
    try:
        return orjson.loads(memoryview(text)[len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0 :])
    except MemoryError:
        raise OutOfMemory from None
    except (orjson.JSONDecodeError, RecursionError) as error:
        if "memory" in str(error):  # orjson tells it in no other way, and of no other fault in that word
            raise OutOfMemory from error
        kind = InvalidJsonField if param else InvalidJson
        raise kind(str(error), param=param) from error


def _may_have_too_many_values(text: bytes | bytearray) -> bool:
    """Looks for one mark after the other: in a long text with few of them five times quicker than counting."""
    n_found = 0
    for mark in (b",", b"[", b"{"):
        place = text.find(mark)
        while place >= 0:
            n_found += 1
            if n_found > MAX_JSON_VALUES:
                return True
            place = text.find(mark, place + 1)
    return False


class Form:
    """The parts of a multipart body. A part that may come once and comes twice is refused."""

    def __init__(self, parts: list[FormPart], max_file_bytes: int) -> None:
        self._parts = parts
        self._max_file_bytes = max_file_bytes

    @property
    def names(self) -> list[str]:
        """The names of all parts, each once, without the `[]` or `[0]` of lists."""
        return list(dict.fromkeys(_unindexed(part.name) for part in self._parts))

    def texts(self, name: str) -> list[str]:
        """All values of a field, which may be written `name`, `name[]` or `name[0]`; empty ones are left out."""
        parts = [part for part in self._parts if _unindexed(part.name) == name and part.is_given]
        if any(part.is_file for part in parts):
            raise FileForText(param=name)
        return [_text_of(part) for part in parts]

    def text(self, name: str, max_chars: int | None = None) -> str | None:
        """The value of a field, of `max_chars` at most; None when absent or empty. A file's part is text, too."""
        part = self._only(name)
        if part is None:
            return None
        check_size(len(part.data), name, self._max_file_bytes)
        text = _text_of(part)
        if max_chars is not None and len(text) > max_chars:
            raise TextTooLong(max_chars, len(text), param=name)
        return text

    def document(self, name: str) -> Any:
        """The JSON document in a part. Raises MissingDocument, InvalidJson."""
        part = self._only(name)
        if part is None:
            raise MissingDocument(param=name)
        return parse_json(part.data, name)

    def file(self, name: str) -> bytes | None:
        """The bytes of an uploaded file; None when absent, or none was chosen. Raises AudioTooLarge."""
        part = self._only(name)
        if part is None:
            return None
        if not part.is_file:
            raise TextForFile(param=name)
        check_size(len(part.data), name, self._max_file_bytes)
        return bytes(part.data)

    def required_file(self, name: str) -> bytes:
        """The bytes of an uploaded file. Raises MissingFile, AudioTooLarge."""
        data = self.file(name)
        if data is None:
            raise MissingFile(param=name)
        return data

    def _only(self, name: str) -> FormPart | None:
        parts = [part for part in self._parts if part.name == name and part.is_given]
        if len(parts) > 1:
            raise GivenAgain(len(parts), param=name)
        return parts[0] if parts else None


def _unindexed(name: str) -> str:
    return _INDEX.sub("", name)


def _text_of(part: FormPart) -> str:
    try:
        return part.data.decode()
    except UnicodeDecodeError as error:
        raise NotUtf8(param=part.name) from error


async def read_form(
    request: Request, service: Service, max_bytes: int | None = None, max_text_bytes: int = MAX_TEXT_BYTES
) -> Form:
    """The multipart body, of one file and its fields unless `max_bytes` says otherwise.

    Raises UnsupportedMediaType, MalformedForm, InvalidField, and as `bodies.chunks_of`.
    """
    if _media_type(request) != FORM:
        raise UnsupportedMediaType(FORM)
    limit = service.file_body_bytes if max_bytes is None else max_bytes
    caller, too_large = service.caller(request), RequestTooLarge(limit)
    async with aclosing(chunks_of(request, limit, service.bodies, caller, too_large)) as chunks:
        parts = await parts_of(request.headers["content-type"], chunks, max_text_bytes)
    return Form(parts, service.settings.max_upload_bytes)


def json_body(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads this JSON document; the docs page sends the example as it stands."""
    content = {"schema": inlined(model), "example": example}
    return {"requestBody": {"required": True, "content": {JSON: content}}}


def form_body(fields: dict[str, dict[str, Any]], required: tuple[str, ...]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads these form fields, each a JSON schema."""
    schema = {"type": "object", "properties": fields, "required": list(required)}
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}


def text_field(max_chars: int, description: str) -> dict[str, Any]:
    """The schema of a text in a form."""
    return {"type": "string", "maxLength": max_chars, "description": description}


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
