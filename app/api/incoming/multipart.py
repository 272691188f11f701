"""Multipart bodies, read as they come: the number, the names and the sizes of their parts are bounded.

Nothing is put on a disk: a part is kept in memory within the limits of its body.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.api.refusals import FieldTooLarge, MalformedForm, NamelessPart, NoBoundary, PartNameTooLong, TooManyParts

MAX_PARTS = 64
MAX_PART_NAME_CHARS = 64
FILE_TYPES = (b"audio/", b"video/", b"application/octet-stream")  # of a file's part, even without a name
MAX_HEADERS, MAX_HEADER_BYTES = 8, 2048  # of one part


@dataclass(slots=True)
class FormPart:
    """One part: what it holds, and whether it came with a file name."""

    name: str = ""
    is_file: bool = False
    has_file_name: bool = False
    data: bytearray = field(default_factory=bytearray)

    @property
    def is_given(self) -> bool:
        """False for empty text, and for a file's part in which none was chosen: browsers send it without name."""
        return self.has_file_name or bool(self.data)


class _Parts:
    """What the parser calls: it collects parts and refuses those that are too many or too large."""

    def __init__(self, max_text_bytes: int) -> None:
        self.found: list[FormPart] = []
        self._max_text_bytes = max_text_bytes
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = self._type = b""

    def begin(self) -> None:
        if len(self.found) == MAX_PARTS:
            raise TooManyParts(MAX_PARTS)
        self.found.append(FormPart())
        self._disposition = self._type = b""

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        elif self._header.lower() == b"content-type":
            self._type = bytes(self._value).lower()
        self._header.clear()
        self._value.clear()

    def headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        part, name = self.found[-1], options.get(b"name")
        if name is None:
            raise NamelessPart
        part.name = name.decode("utf-8", "replace")
        if len(part.name) > MAX_PART_NAME_CHARS:
            raise PartNameTooLong(MAX_PART_NAME_CHARS)
        # reqwest writes other names than ASCII as `filename*` alone, which the parser passes over.
        part.has_file_name = bool(options.get(b"filename")) or b"filename*=" in self._disposition.lower()
        part.is_file = part.has_file_name or b"filename" in options or self._type.startswith(FILE_TYPES)

    def data(self, data: bytes, start: int, end: int) -> None:
        part = self.found[-1]
        if not part.is_file and len(part.data) + end - start > self._max_text_bytes:
            raise FieldTooLarge(self._max_text_bytes, param=part.name)
        part.data += memoryview(data)[start:end]


async def parts_of(content_type: str, chunks: AsyncIterator[bytes], max_text_bytes: int) -> list[FormPart]:
    """The parts of a form. Raises MalformedForm, and FieldTooLarge for a text of more than `max_text_bytes`."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise NoBoundary
    parts = _Parts(max_text_bytes)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": parts.begin,
                "on_part_data": parts.data,
                "on_header_field": parts.header_name,
                "on_header_value": parts.header_value,
                "on_header_end": parts.header_end,
                "on_headers_finished": parts.headers_end,
            },
            max_header_count=MAX_HEADERS,
            max_header_size=MAX_HEADER_BYTES,
        )
        async for chunk in chunks:
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise MalformedForm from error
    return parts.found
