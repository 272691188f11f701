"""What the folders of the neural backend hold, and what they lack."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Note


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
