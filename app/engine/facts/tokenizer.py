"""Why the files of the audio tokenizer cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Note


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
class TokenizerFileFaulty(Note):
    """A file of the audio tokenizer."""

    file: str
    fault: Note


@dataclass(frozen=True)
class TokenizerFolderFaulty(Note):
    """A folder of the audio tokenizer that is not whole."""

    folder: str
    faults: tuple[Note, ...]
