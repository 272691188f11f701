"""The voice library: presets that ship with the program, and voices that users save.

A saved voice is one folder under the cache directory: `voice.json` and `reference.flac`, whole at any time. Its
folder is named by a hash of its name; two processes that create the same name wait for each other.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from app.engine.errors import InvalidName, PresetStays, TextTooLong, TooManyVoices, UnknownVoice, VoiceNameTaken
from app.engine.facts.reasons import KnownVoices
from app.engine.library.folders import appearing, changing, flac_of, read_json, remove, sweep, write_json
from app.engine.requests import Voice
from app.engine.sound.audio import Audio, require_sound
from app.files import write_whole

PRESETS = Path(__file__).parents[2] / "assets" / "voices"
DEFAULT_VOICE = "alloy"  # of requests that name none
MAX_NAME_CHARS = 64
MAX_NAME_SENT_CHARS = 1024  # before white space is taken out
MAX_TRANSCRIPT_CHARS = 2048  # nobody says as much in MAX_REFERENCE_S; every reader of the list gets it
MAX_LOCALE_CHARS = 64
MAX_DESCRIPTION_CHARS = 1024
MAX_REFERENCE_S = 30.0  # longer clips are cut: nothing is gained, and each clone reads them


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """A voice without its sound. `created_at` in Unix seconds."""

    id: str
    name: str
    locale: str
    gender: str
    description: str
    transcript: str
    created_at: int
    source: Literal["builtin", "custom"]
    consent: str = ""  # the id of the consent that it was saved with

    @property
    def known_as(self) -> str:
        """The one word by which callers ask for it."""
        return self.id if self.source == "builtin" else self.name


class VoiceLibrary:
    """Presets and saved voices, found by id, name or alias without regard to case.

    `aliases` are OpenAI's names of presets, `kokoro` the many of that model, which general lists leave out.
    """

    def __init__(self, saved_folder: Path, max_saved: int, presets_folder: Path = PRESETS) -> None:
        self._saved = saved_folder
        self._max_saved = max_saved
        self._presets = presets_folder
        table = json.loads((presets_folder / "voices.json").read_text(encoding="utf-8"))
        self._builtin = {row["id"]: _info(row, "builtin") for row in table["voices"]}
        self.aliases: dict[str, str] = table["aliases"]
        self.kokoro: dict[str, str] = table["kokoro"]
        self._other_names = self.kokoro | self.aliases

    @property
    def presets(self) -> Collection[str]:
        """The ids of the presets, whose clips are synthetic."""
        return self._builtin.keys()

    def all(self) -> list[VoiceInfo]:
        """Presets in their order, then saved voices by name."""
        saved = (self._read(folder) for folder in self._saved.glob("voice_*") if folder.is_dir())
        return [*self._builtin.values(), *sorted((v for v in saved if v), key=lambda v: v.name.casefold())]

    def info(self, wanted: str, param: str = "voice") -> VoiceInfo:
        """The voice of that id, name or alias. Raises UnknownVoice, naming those that exist."""
        key = wanted.strip().casefold()
        preset = self._builtin.get(self._other_names.get(key, key))
        if preset is not None:
            return preset
        voices = self.all()
        for voice in voices:
            if key in (voice.id.casefold(), voice.name.casefold()):
                return voice
        raise UnknownVoice(wanted[:MAX_NAME_CHARS], KnownVoices(tuple(v.known_as for v in voices)), param=param)

    def find(self, wanted: str, param: str = "voice") -> Voice:
        """The voice with its reference clip. Raises UnknownVoice."""
        info = self.info(wanted, param)
        try:
            reference = self.reference(info)
        except FileNotFoundError as gone:  # deleted by another request between the two reads
            raise UnknownVoice(wanted[:MAX_NAME_CHARS], param=param) from gone
        return Voice(info.id, info.name, reference, info.transcript, info.locale, info.gender, info.description)

    def reference(self, info: VoiceInfo) -> Audio:
        """The clip of a voice, mono at its own rate."""
        import soundfile

        path = self._presets / f"{info.id}.flac" if info.source == "builtin" else self._folder(info) / "reference.flac"
        with path.open("rb") as file:
            samples, rate = soundfile.read(file, dtype="float32")
        return Audio(samples, rate)

    def create(
        self,
        name: str,
        audio: Audio,
        transcript: str,
        *,
        locale: str = "",
        gender: str = "",
        description: str = "",
        consent: str = "",
    ) -> VoiceInfo:
        """Save a voice.

        Raises VoiceNameTaken, InvalidRequest (bad name, too long a text, library full), SilentAudio, StorageFailed.
        """
        _check_length(transcript, MAX_TRANSCRIPT_CHARS, "ref_text")
        _check_length(locale, MAX_LOCALE_CHARS, "language")
        _check_length(description, MAX_DESCRIPTION_CHARS, "speaker_description")
        name = tidy_name(name)
        require_sound(audio, "audio_sample")
        sound = flac_of(audio.slice_s(0, MAX_REFERENCE_S))
        id_ = "voice_" + hashlib.sha256(name.casefold().encode()).hexdigest()[:24]
        info = VoiceInfo(id_, name, locale, gender, description, transcript, int(time.time()), "custom", consent)
        row = {key: value for key, value in asdict(info).items() if key != "source"}
        with changing(self._saved):
            self.check_name(name)
            if self._folder(info).exists():  # damaged, and so not listed
                raise VoiceNameTaken(name)
            with appearing(self._folder(info)) as draft:
                write_json(draft / "voice.json", row)
                write_whole(draft / "reference.flac", sound)
        return info

    def check_name(self, name: str) -> str:
        """The name as it will be kept. Raises VoiceNameTaken or InvalidRequest. Cheap: call it before costly work."""
        name = tidy_name(name)
        voices = self.all()
        taken = {v.name.casefold() for v in voices} | {v.id.casefold() for v in voices} | set(self._other_names)
        if name.casefold() in taken:
            raise VoiceNameTaken(name)
        if len(voices) - len(self._builtin) >= self._max_saved:
            raise TooManyVoices(self._max_saved)
        return name

    def delete(self, wanted: str) -> VoiceInfo:
        """Delete a saved voice. Raises UnknownVoice, StorageFailed; InvalidRequest for a preset."""
        info = self.info(wanted, "voice_id")
        if info.source == "builtin":
            raise PresetStays(info.name)
        with changing(self._saved):
            try:
                remove(self._folder(info))
            except FileNotFoundError as gone:  # another request was faster
                raise UnknownVoice(wanted[:MAX_NAME_CHARS], param="voice_id") from gone
        return info

    def sweep(self) -> None:
        """Delete what killed processes left."""
        sweep(self._saved)

    def _folder(self, info: VoiceInfo) -> Path:
        return self._saved / info.id

    def _read(self, folder: Path) -> VoiceInfo | None:
        return read_json(folder / "voice.json", lambda row: _info(row, "custom"))


def tidy_name(name: str) -> str:
    """The name of a saved thing as it will be kept: one line, trimmed. Raises InvalidRequest."""
    if len(name) > MAX_NAME_SENT_CHARS:  # before its white space is looked for
        raise InvalidName(1, MAX_NAME_CHARS)
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise InvalidName(1, MAX_NAME_CHARS)
    return name


def _check_length(text: str, max_chars: int, param: str) -> None:
    if len(text) > max_chars:
        raise TextTooLong(max_chars, len(text), param=param)


def _info(row: dict[str, Any], source: Literal["builtin", "custom"]) -> VoiceInfo:
    return VoiceInfo(
        id=row["id"],
        name=row["name"],
        locale=row["locale"][:MAX_LOCALE_CHARS],  # earlier releases kept texts of any length
        gender=row["gender"],
        description=row["description"][:MAX_DESCRIPTION_CHARS],
        transcript=row["transcript"][:MAX_TRANSCRIPT_CHARS],
        created_at=row["created_at"],
        source=source,
        consent=row.get("consent", ""),
    )
