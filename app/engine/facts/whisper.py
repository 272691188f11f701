"""Why a Whisper model cannot be had."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Note


@dataclass(frozen=True)
class WhisperNotLoaded(Note):
    """A model that could not be loaded."""

    model: str
    reason: Note


@dataclass(frozen=True)
class WhisperFileNotLoaded(Note):
    """A model of openai-whisper that could not be loaded."""

    model: str
    reason: Note


@dataclass(frozen=True)
class WhisperOffline(Note):
    """A model that may not be fetched."""

    model: str
    reason: Note


@dataclass(frozen=True)
class ConnectionFailed(Note):
    """The model's address cannot be reached."""


@dataclass(frozen=True)
class DownloadFailed(Note):
    """The model could not be fetched."""


@dataclass(frozen=True)
class WrongBytes(Note):
    """The file is not the model."""


@dataclass(frozen=True)
class FolderReadOnly(Note):
    """The model cannot be kept."""


@dataclass(frozen=True)
class NotInstalledOffline(Note):
    """A file that is absent, offline."""

    file: str


@dataclass(frozen=True)
class WrongHashOffline(Note):
    """A file that is another one, offline."""

    file: str
