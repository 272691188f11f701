"""VoiceProfile: all that is known of a reference for speaking in its voice; small, and storable as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

VERSION = 2  # raise it when a profile of old must be computed anew


@dataclass(frozen=True, slots=True)
class VoiceProfile:
    """How to come near to one reference in one language.

    `blend`: stock voices whose timbres are mixed, with weights that sum to 1. `neutral_voice`: the nearest single voice
    of the language; it gives the prosody, and is where intensity starts from. `f0_median_hz` is 0 for a reference
    without a voice: it is whispered after. `equaliser_db`: gains on the equaliser's grid. `embedding`: 256 numbers.
    """

    language: str
    blend: Mapping[str, float]
    neutral_voice: str
    f0_median_hz: float
    f0_spread_semitones: float
    equaliser_db: tuple[float, ...]
    embedding: tuple[float, ...]
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts, with the format's version."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VoiceProfile:
        """The profile again. Raises ValueError for one of another version, which must be computed anew."""
        if data.get("version") != VERSION:
            raise ValueError(f"a profile of version {data.get('version')}, not {VERSION}")
        fields = {name: value for name, value in data.items() if name != "version"}
        for name in ("equaliser_db", "embedding", "warnings"):
            fields[name] = tuple(fields[name])
        return cls(**fields)
