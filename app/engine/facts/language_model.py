"""Why the files of the language model, or of its text tokenizer, cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Note


@dataclass(frozen=True)
class ModelFileFaulty(Note):
    """A file of a language model."""

    file: str
    fault: Note


@dataclass(frozen=True)
class NoSafetensors(Note):
    """A folder without weights."""

    folder: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class IndexLost(Note):
    """Tensors that the index names and no file has."""

    folder: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class ModelLacks(Note):
    """Tensors that the model needs."""

    folder: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class ModelLacksNot(Note):
    """Tensors that the model does not have."""

    folder: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class ModelMisshaped(Note):
    """Tensors of another shape than the configuration's."""

    folder: str
    tensors: tuple[Note, ...]


@dataclass(frozen=True)
class PackedShape(Note):
    """A packed tensor that says another shape of itself."""

    folder: str
    name: str
    wanted: tuple[int, ...]


@dataclass(frozen=True)
class OtherModelType(Note):
    """A model of another make."""

    file: str
    kind: str
    wanted: str


@dataclass(frozen=True)
class ConfigRefused(Note):
    """Sizes that do not fit each other."""

    file: str
    detail: str


@dataclass(frozen=True)
class NotQuantised(Note):
    """A variant whose weights must be made first."""

    folder: str


@dataclass(frozen=True)
class OtherVariant(Note):
    """Weights of another variant."""

    folder: str
    stored: str
    wanted: str


@dataclass(frozen=True)
class MethodUnsupported(Note):
    """Weights quantised in another way."""

    method: str
    known: tuple[str, ...]


@dataclass(frozen=True)
class GroupCount(Note):
    """Other than one group of settings."""

    n_groups: int


@dataclass(frozen=True)
class SchemeUnsupported(Note):
    """A setting of the quantisation that cannot be run."""

    name: str
    got: str
    known: tuple[str, ...]


@dataclass(frozen=True)
class NotFourBits(Note):
    """Weights of bitsandbytes in eight bits."""


@dataclass(frozen=True)
class OtherFourBits(Note):
    """Weights of bitsandbytes that are not NF4."""

    kind: str
    storage: str


@dataclass(frozen=True)
class LayerUnreadable(Note):
    """An NF4 layer whose description cannot be read."""

    detail: str


@dataclass(frozen=True)
class LayerMisshaped(Note):
    """An NF4 layer of another kind or shape."""

    kind: str
    got: tuple[int, ...]
    wanted: tuple[int, ...]


@dataclass(frozen=True)
class BitsandbytesBroken(Note):
    """The package does not load."""

    detail: str


@dataclass(frozen=True)
class DeviceWithoutNf4(Note):
    """A device that NF4 cannot compute on."""

    device: str


@dataclass(frozen=True)
class TextTokenizerMissing(Note):
    """No text tokenizer."""

    file: str


@dataclass(frozen=True)
class NoSentencePiece(Note):
    """No SentencePiece model."""

    file: str
    detail: str


@dataclass(frozen=True)
class OtherTextTokenizer(Note):
    """The tokenizer of another model."""

    file: str
    fault: Note


@dataclass(frozen=True)
class PieceCount(Note):
    """Another number of pieces."""

    n_pieces: int
    n_wanted: int


@dataclass(frozen=True)
class OtherPiece(Note):
    """Another piece in this place."""

    id: int
    got: str
    wanted: str


@dataclass(frozen=True)
class ControlTypable(Note):
    """A control that a text could hold."""

    id: int


@dataclass(frozen=True)
class SymbolsLost(Note):
    """Line breaks or audio symbols that do not stay."""
