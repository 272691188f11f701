"""The consent library: recordings in which people agree to the cloning of their voice.

A consent is one folder under the cache directory: `consent.json` and `recording.flac`, whole at any time. Its id begins
with the time of its creation, so ids sort by age, and a page of the list can go on after a consent that has gone since.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from app.engine.errors import TooManyConsents, UnknownConsent, UnknownPlace, WrongLanguageTag
from app.engine.library.folders import appearing, changing, flac_of, read_json, remove, sweep, write_json
from app.engine.library.voices import tidy_name
from app.engine.sound.audio import Audio, require_sound
from app.files import write_whole

MAX_ID_CHARS_SHOWN = 64
_ID = re.compile(r"cons_[0-9a-f]{24}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8}){0,6}", re.ASCII | re.IGNORECASE)  # the form of RFC 5646


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent without its sound. `language` is a BCP 47 tag, `created_at` in Unix seconds."""

    id: str
    name: str
    language: str
    created_at: int


class ConsentLibrary:
    """Saved consents, found by id. Names are labels: two may be the same."""

    def __init__(self, folder: Path, max_saved: int) -> None:
        self._saved = folder
        self._max_saved = max_saved

    def create(self, name: str, language: str, recording: Audio) -> Consent:
        """Save a consent. Raises InvalidRequest (bad name or language, library full), SilentAudio, StorageFailed."""
        name = tidy_name(name)
        if not _LANGUAGE.fullmatch(language):
            raise WrongLanguageTag
        require_sound(recording, "recording")
        sound = flac_of(recording)
        with changing(self._saved):
            if len(self._ids()) >= self._max_saved:
                raise TooManyConsents(self._max_saved)
            now_ns = time.time_ns()
            consent = Consent(f"cons_{now_ns:016x}{secrets.token_hex(4)}", name, language, now_ns // 10**9)
            with appearing(self._saved / consent.id) as draft:
                write_json(draft / "consent.json", asdict(consent))
                write_whole(draft / "recording.flac", sound)
        return consent

    def find(self, consent_id: str) -> Consent:
        """The consent of that id. Raises UnknownConsent."""
        consent = self._read(consent_id) if _ID.fullmatch(consent_id) else None
        if consent is None:
            raise UnknownConsent(consent_id[:MAX_ID_CHARS_SHOWN])
        return consent

    def has(self, consent_id: str) -> bool:
        """Whether something is kept under that id, if only a damaged consent."""
        return bool(_ID.fullmatch(consent_id)) and (self._saved / consent_id).exists()

    def page(self, limit: int, after: str | None = None) -> tuple[list[Consent], bool]:
        """At most `limit` consents older than `after`, the newest first; and whether there are more."""
        if after is not None and not _ID.fullmatch(after):
            raise UnknownPlace
        ids = sorted((id_ for id_ in self._ids() if after is None or id_ < after), reverse=True)
        readable = (consent for consent in map(self._read, ids) if consent is not None)
        found = list(islice(readable, limit + 1))
        return found[:limit], len(found) > limit

    def rename(self, consent_id: str, name: str) -> Consent:
        """Give a consent another name. Raises UnknownConsent, StorageFailed; InvalidRequest for a bad name."""
        name = tidy_name(name)
        self.find(consent_id)  # what does not exist is told on any disk
        with changing(self._saved):
            consent = replace(self.find(consent_id), name=name)
            write_json(self._saved / consent.id / "consent.json", asdict(consent))
        return consent

    def delete(self, consent_id: str) -> None:
        """Delete a consent, even a damaged one. Raises UnknownConsent, StorageFailed."""
        if not self.has(consent_id):
            raise UnknownConsent(consent_id[:MAX_ID_CHARS_SHOWN])
        with changing(self._saved):
            try:
                remove(self._saved / consent_id)
            except FileNotFoundError as gone:  # another request was faster
                raise UnknownConsent(consent_id) from gone

    def sweep(self) -> None:
        """Delete what killed processes left."""
        sweep(self._saved)

    def _ids(self) -> list[str]:
        return [folder.name for folder in self._saved.glob("cons_*") if _ID.fullmatch(folder.name)]

    def _read(self, consent_id: str) -> Consent | None:
        return read_json(self._saved / consent_id / "consent.json", _consent)


def _consent(row: dict[str, Any]) -> Consent:
    return Consent(row["id"], row["name"], row["language"], row["created_at"])
