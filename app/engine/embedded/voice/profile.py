"""VoiceProfile: all that is known of a reference for speaking in its voice; small, and storable as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.engine.facts.fact import Note, note_from_json

VERSION = 3  # raise it when a profile of old must be computed anew


@dataclass(frozen=True, slots=True)
class VoiceProfile:
    """How to come near to one reference in one language.

    `blend`: stock voices whose timbres are mixed, with weights that sum to 1. `neutral_voice`: the nearest single voice
    of the language, where intensity starts from. `prosody_voices`: it and others nearly as near, which lend their
    prosody. `f0_median_hz` is 0 for a reference without a voice: it is whispered after. `equaliser_db`: gains on the
    equaliser's grid. `embedding`: 256 numbers.
    """

    language: str
    blend: Mapping[str, float]
    neutral_voice: str
    prosody_voices: tuple[str, ...]
    f0_median_hz: float
    f0_spread_semitones: float
    equaliser_db: tuple[float, ...]
    embedding: tuple[float, ...]
    warnings: tuple[Note, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts, with the format's version."""
        warnings = [note.to_json() for note in self.warnings]
        return {"version": VERSION, **asdict(replace(self, warnings=())), "warnings": warnings}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VoiceProfile:
        """The profile again. Raises ValueError for one of another version, which must be computed anew."""
        if data.get("version") != VERSION:
            raise ValueError(f"a profile of version {data.get('version')}, not {VERSION}")
        fields = {name: value for name, value in data.items() if name != "version"}
        for name in ("prosody_voices", "equaliser_db", "embedding"):
            fields[name] = tuple(fields[name])
        fields["warnings"] = tuple(map(note_from_json, fields["warnings"]))
        return cls(**fields)
