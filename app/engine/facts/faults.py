"""Faults: what is wrong with files of weights, and with tokens and arrays that come from them."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Note

# ---- a file, whose name begins the sentence --------------------------------------------------------------------------


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


# ---- the audio tokenizer and the decoder -----------------------------------------------------------------------------


@dataclass(frozen=True)
class ArrayShape(Note):
    """An array of another shape."""

    name: str
    got: tuple[int, ...]
    wanted: tuple[int, ...]


@dataclass(frozen=True)
class NotFloats(Note):
    """An array of something else than finite floating-point numbers."""


@dataclass(frozen=True)
class ShiftsAndScales(Note):
    """A normalisation of another size."""

    n_shifts: int
    n_scales: int
    n_wanted: int


@dataclass(frozen=True)
class LacksSections(Note):
    """A configuration without these sections."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class OtherMake(Note):
    """A setting that only a model of another make has."""

    name: str
    got: str
    known: str


@dataclass(frozen=True)
class NotPositive(Note):
    """A number that must be a whole one above 0."""

    name: str
    got: str


@dataclass(frozen=True)
class SectionRefused(Note):
    """A section that FunASR does not take."""

    name: str
    detail: str


@dataclass(frozen=True)
class NoWeightsNamed(Note):
    """No tensor whose name begins so."""

    prefix: str


@dataclass(frozen=True)
class LacksTensor(Note):
    """A tensor that the configuration describes is absent."""

    name: str


@dataclass(frozen=True)
class UnknownTensor(Note):
    """A tensor that the configuration does not describe."""

    name: str


@dataclass(frozen=True)
class InputCount(Note):
    """A graph with other inputs."""

    n_inputs: int


@dataclass(frozen=True)
class GraphRefused(Note):
    """A graph that cannot be run."""

    detail: str


@dataclass(frozen=True)
class CodeCount(Note):
    """A graph that gives another number of codes."""

    n_codes: int
    dtype: str
    n_wanted: int


@dataclass(frozen=True)
class CodesOutside(Note):
    """A graph that gives codes that do not exist."""

    highest: int


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


# ---- which tensors ---------------------------------------------------------------------------------------------------


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


# ---- where the file is -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileFaulty(Note):
    """One file and its fault."""

    file: str
    fault: Note


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
class TokenizerFileFaulty(Note):
    """A file of the audio tokenizer."""

    file: str
    fault: Note


@dataclass(frozen=True)
class TokenizerFolderFaulty(Note):
    """A folder of the audio tokenizer that is not whole."""

    folder: str
    faults: tuple[Note, ...]


@dataclass(frozen=True)
class ModelFileFaulty(Note):
    """A file of a language model."""

    file: str
    fault: Note


# ---- the language model ----------------------------------------------------------------------------------------------


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


# ---- tokens ----------------------------------------------------------------------------------------------------------


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


# ---- the folders of the neural backend -------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoFolder(Note):
    """There is no such folder."""


@dataclass(frozen=True)
class Complete(Note):
    """Nothing is wrong."""


@dataclass(frozen=True)
class FaultsOf(Note):
    """All that is wrong with a folder."""

    faults: tuple[Note, ...]


@dataclass(frozen=True)
class FolderState(Note):
    """One folder that was looked for."""

    folder: str
    state: Note


@dataclass(frozen=True)
class WeightsMissing(Note):
    """The weights are not complete; where they were looked for, and the command that gets them."""

    root: str
    tokenizer: str
    decoder: str
    folders: tuple[Note, ...]
    command: str
