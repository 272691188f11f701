"""The voice library: presets that ship with the program, and voices that users save.

A saved voice is one folder under the cache directory: `voice.json` and `reference.flac`, whole at any time. Its
folder is named by its id, which is no other voice's ever; two processes that change the library wait for each other.

A voice that has an owner is seen by that owner alone until it is shared; only its owner changes it. Readers and owners
are words of the doors, such as a key's or a session's; "" is nobody in particular, who sees what is shared. A voice
that nobody owns is changed by readers who keep house, whom the doors know.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from app.engine.errors import (
    InvalidName,
    PresetStays,
    TextTooLong,
    TooManyVoices,
    UnknownVoice,
    VoiceNameTaken,
    VoiceOfOthers,
)
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
DELETED_KEPT_S = 86_400.0  # of a voice that can still be brought back
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
    owner: str = ""
    is_shared: bool = True
    deleted_at: float = 0.0  # in Unix seconds; 0 while it is there

    @property
    def known_as(self) -> str:
        """The one word by which callers ask for it."""
        return self.id if self.source == "builtin" else self.name

    def is_seen_by(self, reader: str | None) -> bool:
        """Whether a reader knows the voice; None sees all."""
        return reader is None or self.source == "builtin" or self.is_shared or self.owner == reader


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

    def all(self, reader: str | None = None) -> list[VoiceInfo]:
        """Presets in their order, then the saved voices that a reader sees by name, the own ones first."""
        seen = [voice for voice in self.kept() if not voice.deleted_at and voice.is_seen_by(reader)]
        return [*self._builtin.values(), *sorted(seen, key=lambda v: (v.owner != reader, v.name.casefold()))]

    def info(self, wanted: str, param: str = "voice", reader: str | None = None) -> VoiceInfo:
        """The voice of that id, name or alias as a reader sees it. Raises UnknownVoice, naming those there are."""
        key = wanted.strip().casefold()
        preset = self._builtin.get(self._other_names.get(key, key))
        if preset is not None:
            return preset
        voices = self.all(reader)
        for voice in voices:
            if key in (voice.id.casefold(), voice.name.casefold()):
                return voice
        raise UnknownVoice(wanted[:MAX_NAME_CHARS], KnownVoices(tuple(v.known_as for v in voices)), param=param)

    def find(self, wanted: str, param: str = "voice", reader: str | None = None) -> Voice:
        """The voice with its reference clip. Raises UnknownVoice."""
        info = self.info(wanted, param, reader)
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
        owner: str = "",
        is_shared: bool = False,
    ) -> VoiceInfo:
        """Save a voice; one that nobody owns is shared.

        Raises VoiceNameTaken, InvalidRequest (bad name, too long a text, library full), SilentAudio, StorageFailed.
        """
        _check_length(transcript, MAX_TRANSCRIPT_CHARS, "ref_text")
        _check_length(locale, MAX_LOCALE_CHARS, "language")
        _check_length(description, MAX_DESCRIPTION_CHARS, "speaker_description")
        name = tidy_name(name)
        require_sound(audio, "audio_sample")
        sound = flac_of(audio.slice_s(0, MAX_REFERENCE_S))
        info = VoiceInfo(
            f"voice_{secrets.token_hex(12)}",
            name,
            locale,
            gender,
            description,
            transcript,
            int(time.time()),
            "custom",
            consent,
            owner,
            is_shared or not owner,
        )
        with changing(self._saved):
            self.check_name(name, owner)
            with appearing(self._folder(info)) as draft:
                write_json(draft / "voice.json", _row(info))
                write_whole(draft / "reference.flac", sound)
        return info

    def check_name(self, name: str, owner: str = "") -> str:
        """The name as it will be kept. Raises VoiceNameTaken or InvalidRequest. Cheap: call it before costly work."""
        name = tidy_name(name)
        voices = self.all(owner)
        taken = {v.name.casefold() for v in voices} | {v.id.casefold() for v in voices} | set(self._other_names)
        if name.casefold() in taken:
            raise VoiceNameTaken(name)
        if sum(1 for voice in self.kept() if not voice.deleted_at) >= self._max_saved:
            raise TooManyVoices(self._max_saved)
        return name

    def delete(self, wanted: str, reader: str | None = None, *, keeps_house: bool = False) -> VoiceInfo:
        """Delete a saved voice for good. Raises UnknownVoice, VoiceOfOthers, StorageFailed; PresetStays."""
        with changing(self._saved):
            info = self._own(wanted, reader, keeps_house)
            try:
                remove(self._folder(info))
            except FileNotFoundError as gone:  # another request was faster
                raise UnknownVoice(wanted[:MAX_NAME_CHARS], param="voice_id") from gone
        return info

    def put_away(self, wanted: str, reader: str, *, keeps_house: bool = False) -> VoiceInfo:
        """Delete a saved voice so that it can be brought back for DELETED_KEPT_S. Raises as `delete`."""
        with changing(self._saved):
            info = self._write(replace(self._own(wanted, reader, keeps_house), deleted_at=time.time()))
            self._remove_surplus()
        return info

    def move(self, reader: str, away: Collection[str], back: Collection[str], *, keeps_house: bool = False) -> None:
        """Put the voices of these ids away, and bring those back: all, or none where one cannot be. What is so already
        stays so, and what is gone for good is away. Raises UnknownVoice, VoiceOfOthers, VoiceNameTaken, StorageFailed.
        """
        with changing(self._saved):
            kept = {voice.id: voice for voice in self.kept()}
            unknown = [voice_id for voice_id in back if voice_id not in kept]
            if unknown:
                raise UnknownVoice(unknown[0][:MAX_NAME_CHARS], param="voice_id")
            moved = [kept[voice_id] for voice_id in {*away, *back} if voice_id in kept]
            for voice in moved:
                _require_own(voice, reader, keeps_house)
                if voice.id in back and voice.deleted_at:
                    self.check_name(voice.name, reader)
            for voice in moved:
                self._write(replace(voice, deleted_at=0.0 if voice.id in back else voice.deleted_at or time.time()))
            self._remove_surplus()

    def share(self, wanted: str, reader: str, is_shared: bool) -> VoiceInfo:
        """Let everybody see a voice, or its owner alone. Raises as `delete`, VoiceNameTaken."""
        with changing(self._saved):
            info = self._own(wanted, reader)
            if is_shared and any(v.name.casefold() == info.name.casefold() for v in self.all("") if v.id != info.id):
                raise VoiceNameTaken(info.name)
            return self._write(replace(info, is_shared=is_shared))

    def kept(self) -> list[VoiceInfo]:
        """Every saved voice, whosever it is, those that were put away, too."""
        found = (self._read(folder) for folder in self._saved.glob("voice_*") if folder.is_dir())
        return [voice for voice in found if voice is not None]

    def erase(self, info: VoiceInfo) -> None:
        """Delete a saved voice for good, whosever it is. Once more is no harm. Raises StorageFailed."""
        with changing(self._saved), contextlib.suppress(FileNotFoundError):
            remove(self._folder(info))

    def hand_over(self, owner: str, to: str) -> None:
        """Give all voices of an owner to another, under another name where that is taken. Raises StorageFailed."""
        with changing(self._saved):
            for voice in (voice for voice in self.kept() if voice.owner == owner):
                name = self._free_name(voice.name, to)
                self._write(replace(voice, owner=to, name=name))

    def disown(self, owner: str) -> None:
        """The owner is gone: what they shared is nobody's, all else is deleted for good. Raises StorageFailed."""
        own = [voice for voice in self.kept() if voice.owner == owner]
        if not own:
            return
        with changing(self._saved):
            for voice in own:
                if voice.is_shared and not voice.deleted_at:
                    self._write(replace(voice, owner=""))
                else:
                    with contextlib.suppress(FileNotFoundError):
                        remove(self._folder(voice))

    def sweep(self) -> None:
        """Delete what killed processes left, and what was put away too long ago to come back. Raises StorageFailed."""
        sweep(self._saved)
        if self._surplus():
            with changing(self._saved):
                self._remove_surplus()

    def _free_name(self, name: str, owner: str) -> str:
        """The name, with a number where a voice of the owner has it."""
        own = {voice.name.casefold() for voice in self.kept() if voice.owner == owner}
        numbered = (f"{name[: MAX_NAME_CHARS - 4]} {n}" for n in itertools.count(2))
        return next(one for one in itertools.chain([name], numbered) if one.casefold() not in own)

    def _surplus(self) -> list[VoiceInfo]:
        """What was put away too long ago, and the first of what is beyond as many as may be saved."""
        away = sorted((voice for voice in self.kept() if voice.deleted_at), key=lambda voice: voice.deleted_at)
        too_old, n_over = time.time() - DELETED_KEPT_S, len(away) - self._max_saved
        return [voice for n, voice in enumerate(away) if n < n_over or voice.deleted_at < too_old]

    def _remove_surplus(self) -> None:
        for voice in self._surplus():
            with contextlib.suppress(FileNotFoundError):
                remove(self._folder(voice))

    def _own(self, wanted: str, reader: str | None, keeps_house: bool = False) -> VoiceInfo:
        """A saved voice that this reader may change. Raises UnknownVoice, PresetStays, VoiceOfOthers."""
        info = self.info(wanted, "voice_id", reader)
        if info.source == "builtin":
            raise PresetStays(info.name)
        _require_own(info, reader, keeps_house)
        return info

    def _write(self, info: VoiceInfo) -> VoiceInfo:
        """Keep what is known of a voice, under the lock. Raises UnknownVoice, OSError."""
        try:
            write_json(self._folder(info) / "voice.json", _row(info))
        except FileNotFoundError as gone:
            raise UnknownVoice(info.name, param="voice_id") from gone
        return info

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


def _require_own(info: VoiceInfo, reader: str | None, keeps_house: bool) -> None:
    if reader is not None and info.owner != reader and not (keeps_house and not info.owner):
        raise VoiceOfOthers(info.name)


def _row(info: VoiceInfo) -> dict[str, Any]:
    return {key: value for key, value in asdict(info).items() if key != "source"}


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
        owner=row.get("owner", ""),
        is_shared=row.get("is_shared", True),
        deleted_at=row.get("deleted_at", 0.0),
    )
