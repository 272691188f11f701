"""What is wrong with a file of weights, or with the tensors in it; the name of the file begins the sentence."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Note


@dataclass(frozen=True)
class Absent(Note):
    """There is no such file."""


@dataclass(frozen=True)
class PartlyDownloaded(Note):
    """A download that has not ended."""

    got_bytes: int


@dataclass(frozen=True)
class NotReadable(Note):
    """The disk does not give the file."""

    detail: str


@dataclass(frozen=True)
class NoPlainFile(Note):
    """A pipe, a device or a folder, which is not read."""


@dataclass(frozen=True)
class IsPointer(Note):
    """A Git LFS pointer in the place of the file."""


@dataclass(frozen=True)
class IsEmpty(Note):
    """A file without a byte."""


@dataclass(frozen=True)
class WrongSize(Note):
    """Another size than the file's."""

    got_bytes: int
    wanted_bytes: int


@dataclass(frozen=True)
class WrongHash(Note):
    """Another SHA-256 than the file's."""

    got: str
    wanted: str


@dataclass(frozen=True)
class WrongGitHash(Note):
    """Another hash of git than the file's."""

    got: str
    wanted: str


@dataclass(frozen=True)
class NotWhole(Note):
    """Cut off, or of another format."""

    format: str


@dataclass(frozen=True)
class NotOfFormat(Note):
    """Of another format."""

    format: str


@dataclass(frozen=True)
class FormatRefused(Note):
    """A library does not take it for one of its format."""

    format: str
    detail: str


@dataclass(frozen=True)
class HeaderCutOff(Note):
    """A safetensors file that ends in its header."""


@dataclass(frozen=True)
class TensorsCutOff(Note):
    """A safetensors file that ends in its tensors."""

    got_bytes: int
    wanted_bytes: int


@dataclass(frozen=True)
class TensorsTooLong(Note):
    """A safetensors file with more than its tensors."""

    got_bytes: int
    wanted_bytes: int


@dataclass(frozen=True)
class NamesNoFiles(Note):
    """An index without files."""


@dataclass(frozen=True)
class NotJsonObject(Note):
    """JSON of another kind."""


@dataclass(frozen=True)
class NotText(Note):
    """Bytes that are no text."""


@dataclass(frozen=True)
class MapsNoTensors(Note):
    """An index that leads elsewhere than to files beside it."""


@dataclass(frozen=True)
class TensorNowhere(Note):
    """A tensor that no file of the model has."""

    name: str


@dataclass(frozen=True)
class TensorsMissing(Note):
    """Tensors that are not there."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class TensorsUnknown(Note):
    """Tensors that nobody knows."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class TensorsMisshaped(Note):
    """Tensors of another shape."""

    tensors: tuple[Note, ...]


@dataclass(frozen=True)
class TensorShape(Note):
    """One tensor of another shape."""

    name: str
    got: tuple[int, ...]
    wanted: tuple[int, ...]


@dataclass(frozen=True)
class FileFaulty(Note):
    """One file and its fault."""

    file: str
    fault: Note
