"""What clones of the test clips are worth, by the judges of `meters`."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path

from app.settings import PROJECT, Settings
from benchmarks.listener import clip_voice, read_clip, speak
from benchmarks.meters import Meters
from benchmarks.passages import ENGLISH, MANDARIN
from benchmarks.service import running_service

CLIPS = PROJECT / "tests" / "data" / "clips"
TEXTS = {"en": ("English", ENGLISH), "zh": ("Mandarin", MANDARIN)}


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over the clips, for text in one language. Errors are shares, likenesses cosines, `mos` is 1 to 5."""

    language: str
    word_errors: float
    phoneme_errors: float
    likeness_a: float
    likeness_b: float
    mos: float


def quality(cache_dir: Path) -> list[Quality]:
    """One clone of each clip and language, judged."""
    clips = [read_clip(path) for path in sorted(CLIPS.glob("*.flac"))]
    with running_service(cache_dir) as service:
        said = {
            code: [speak(service, text, clip_voice(clip)).audio for clip in clips] for code, (_, text) in TEXTS.items()
        }
    meters = Meters(Settings(offline=True))
    found = []
    for code, (name, text) in TEXTS.items():
        errors = [meters.errors(audio, text, code) for audio in said[code]]
        pairs = list(zip(said[code], clips, strict=True))
        found.append(
            Quality(
                name,
                statistics.fmean(words for words, _ in errors),
                statistics.fmean(phonemes for _, phonemes in errors),
                statistics.fmean(meters.likeness_a(audio, clip) for audio, clip in pairs),
                statistics.fmean(meters.likeness_b(audio, clip) for audio, clip in pairs),
                statistics.fmean(meters.naturalness(audio) for audio, _ in pairs),
            )
        )
    return found
