"""The header of a safetensors file, and the index of several: which tensors lie where, without reading them.

Source: the format's description, https://huggingface.co/docs/safetensors (8 bytes length, JSON, then the tensors).
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

from app.engine.facts.fact import Note
from app.engine.facts.files import HeaderCutOff, NotOfFormat, TensorsCutOff, TensorsTooLong

_LENGTH_BYTES = 8
_MAX_HEADER_BYTES = 100_000_000  # the format's own limit


class BrokenHeader(ValueError):
    """The file is no whole safetensors file, for this reason."""

    def __init__(self, reason: Note) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TensorSpan:
    """One tensor of a file: bytes `begin` to `end`, counted from the start of the file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def tensor_spans(path: Path) -> dict[str, TensorSpan]:
    """Every tensor of the file by name. Raises BrokenHeader, OSError."""
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        prefix = file.read(_LENGTH_BYTES)
        if len(prefix) < _LENGTH_BYTES:
            raise BrokenHeader(HeaderCutOff())
        (length,) = struct.unpack("<Q", prefix)
        if length > _MAX_HEADER_BYTES:
            raise BrokenHeader(NotOfFormat("safetensors"))
        if _LENGTH_BYTES + length > size_bytes:
            raise BrokenHeader(HeaderCutOff())
        text = file.read(length)
    spans = _parse(text, _LENGTH_BYTES + length)
    wanted_bytes = max((span.end for span in spans.values()), default=_LENGTH_BYTES + length)
    if size_bytes < wanted_bytes:
        raise BrokenHeader(TensorsCutOff(size_bytes, wanted_bytes))
    if size_bytes > wanted_bytes:
        raise BrokenHeader(TensorsTooLong(size_bytes, wanted_bytes))
    return spans


def indexed_files(index: Path) -> list[str]:
    """The files that an index spreads the tensors over; none when it names none. Raises ValueError, OSError."""
    try:
        return sorted({str(name) for name in json.loads(index.read_bytes())["weight_map"].values()})
    except (KeyError, TypeError, AttributeError):
        return []


def _parse(text: bytes, data_begin: int) -> dict[str, TensorSpan]:
    try:
        rows = json.loads(text)
        return {
            name: TensorSpan(
                row["dtype"], tuple(row["shape"]), *(data_begin + offset for offset in row["data_offsets"])
            )
            for name, row in rows.items()
            if name != "__metadata__"
        }
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise BrokenHeader(NotOfFormat("safetensors")) from fault
