"""What is wrong with one weight file, told without hashing it: absent, a pointer, cut off, of the wrong size.

Each check costs a few reads at most, so that every start can afford it on 10 GB. Hashes are the manifest's business.
"""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from app.engine.facts.fact import Note
from app.engine.facts.files import (
    Absent,
    IsEmpty,
    IsPointer,
    NoPlainFile,
    NotReadable,
    NotWhole,
    PartlyDownloaded,
    WrongSize,
)
from app.engine.parts.transfer import PART_SUFFIX
from app.engine.step_audio.weights.safetensors_header import BrokenHeader, tensor_spans

_POINTER_MARK = b"version https://git-lfs.github.com/spec/"
# Protocol-buffer wire types: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. The others are of the past.
_WIRE_BYTES = {1: 8, 5: 4}
_MAX_VARINT_BYTES = 10


def file_fault(path: Path, size_bytes: int | None = None) -> Note | None:
    """Why the file cannot be used; None if nothing is seen.

    `size_bytes` is the size a manifest gives it.
    """
    try:
        return _seen(path, size_bytes)
    except FileNotFoundError:
        return _absence(path)
    except OSError as fault:
        return NotReadable(fault.strerror or "")


def is_pointer(path: Path) -> bool:
    """True for a Git LFS pointer, the text that stands for a file in a clone without LFS."""
    with path.open("rb") as file:
        return file.read(len(_POINTER_MARK)) == _POINTER_MARK


def _seen(path: Path, size_bytes: int | None) -> Note | None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for whoever writes into it
        return NoPlainFile()
    got_bytes = status.st_size
    if is_pointer(path):
        return IsPointer()
    if got_bytes == 0:
        return IsEmpty()
    if size_bytes is not None and got_bytes != size_bytes:
        return WrongSize(got_bytes, size_bytes)
    check = _CHECKS.get(path.suffix)
    return check(path) if check else None


def _absence(path: Path) -> Note:
    part = path.with_name(path.name + PART_SUFFIX)
    return PartlyDownloaded(part.stat().st_size) if part.exists() else Absent()


def _safetensors_fault(path: Path) -> Note | None:
    try:
        tensor_spans(path)
    except BrokenHeader as fault:
        return fault.reason
    return None


def _torch_fault(path: Path) -> Note | None:
    """The directory of a zip archive stands at its end, so an archive that is cut off is none."""
    return None if zipfile.is_zipfile(path) else NotWhole("torch")


def _array_fault(path: Path) -> Note | None:
    import numpy as np

    try:
        np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError):
        return NotWhole("numpy")
    return None


def _json_fault(path: Path) -> Note | None:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return NotWhole("JSON")
    return None


def _onnx_fault(path: Path) -> Note | None:
    """ONNX is one protocol-buffer message: its top-level fields must end exactly where the file ends."""
    end = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < end:
            if not _skip_field(file) or file.tell() > end:
                return NotWhole("ONNX")
    return None


def _skip_field(file: BinaryIO) -> bool:
    """Move behind one field of a message; False if none stands here."""
    tag = _varint(file)
    if tag is None or tag >> 3 == 0:
        return False
    wire = tag & 7
    if wire == 0:
        return _varint(file) is not None
    length = _varint(file) if wire == 2 else _WIRE_BYTES.get(wire)
    if length is None:
        return False
    file.seek(length, 1)
    return True


def _varint(file: BinaryIO) -> int | None:
    value = 0
    for place in range(_MAX_VARINT_BYTES):
        byte = file.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:
            return value
    return None


_CHECKS: Mapping[str, Callable[[Path], Note | None]] = {
    ".safetensors": _safetensors_fault,
    ".pt": _torch_fault,
    ".npy": _array_fault,
    ".json": _json_fault,
    ".onnx": _onnx_fault,
}
