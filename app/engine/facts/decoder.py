"""Why the files of the decoder cannot be used, or the tokens that it is given."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Note


@dataclass(frozen=True)
class NoTorchFile(Note):
    """Damaged, or not the weights at all."""

    n_bytes: int


@dataclass(frozen=True)
class NoPlainTensors(Note):
    """A torch file of something else."""


@dataclass(frozen=True)
class DoesNotFit(Note):
    """Tensors that are not those of the configuration."""

    config: str
    faults: tuple[Note, ...]


@dataclass(frozen=True)
class NoSpeakerModel(Note):
    """Damaged, or no speaker model."""

    n_bytes: int


@dataclass(frozen=True)
class SpeakerWidth(Note):
    """A speaker model of another width."""

    got: int
    wanted: int
    config: str


@dataclass(frozen=True)
class YamlInvalid(Note):
    """A file whose YAML ends at this line."""

    line: int


@dataclass(frozen=True)
class NoMapping(Note):
    """YAML of another kind."""


@dataclass(frozen=True)
class LacksSection(Note):
    """A section is absent."""

    name: str


@dataclass(frozen=True)
class OtherClass(Note):
    """A part of another make."""

    name: str
    got: str
    known: str


@dataclass(frozen=True)
class UnknownKeys(Note):
    """Keys that this program does not know."""

    section: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class LacksKeys(Note):
    """Keys that are needed."""

    section: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class NoNumber(Note):
    """Something else than a number."""

    name: str
    got: str


@dataclass(frozen=True)
class WrongKind(Note):
    """A value of another kind."""

    name: str
    got: str


@dataclass(frozen=True)
class Contradiction(Note):
    """Values that do not fit each other; each rule is a formula that must hold."""

    rules: tuple[str, ...]


@dataclass(frozen=True)
class DecoderFileFaulty(Note):
    """A file of the decoder."""

    file: str
    fault: Note


@dataclass(frozen=True)
class DecoderFolderMissing(Note):
    """No folder of the decoder."""

    folder: str


@dataclass(frozen=True)
class DecoderFolderFaulty(Note):
    """A folder of the decoder that is not whole."""

    folder: str
    faults: tuple[Note, ...]


@dataclass(frozen=True)
class NotInteger(Note):
    """Something else than a whole number among the tokens."""

    got: str
    position: int


@dataclass(frozen=True)
class OutOfCodebook(Note):
    """A token that does not belong in its place."""

    got: int
    position: int
    codebook: int
    low: int
    high: int
