"""A passage that is not sent in stretches: one with sounds in it, or too long for one synthesis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from app.engine.embedded.text.placed_words import PlacedWord, placed_phonemes
from app.engine.embedded.voice.matched_voice import MatchedVoice
from app.engine.embedded.voice.profile import VoiceProfile
from app.engine.embedded.voice.word_times import timed
from app.engine.job import JobControl
from app.engine.requests import CloneJob
from app.engine.sound.audio import Audio, joined
from app.engine.steps import Pace, Steps

MAX_PHONEMES = 220  # of one synthesis: waiting and memory grow with it, and Kokoro stops at 509


def spoken_passage(
    voice: MatchedVoice, profile: VoiceProfile, job: CloneJob, control: JobControl, pace: Pace
) -> Steps[tuple[Audio | None, list[float]]]:
    """The text of a job spoken, None if it has no words; and the time in seconds at which each sound belongs."""
    script = job.script
    phonemes, words = "", list[PlacedWord]()
    places: list[int] = []  # of the sounds among the phonemes
    are_placed = True
    for begin, end in pairwise([0, *(sound.position for sound in script.sounds), len(script.text)]):
        stretch, placed = placed_phonemes(script.text[begin:end], script.lexicon)
        are_placed = are_placed and placed is not None
        words += [word.behind(len(phonemes)) for word in placed or ()]
        phonemes += f"{stretch} " if stretch else ""
        places.append(len(phonemes))
    if not phonemes:
        return None, [0.0] * len(script.sounds)
    pieces: list[Audio] = []
    times_s = np.zeros((0, 2))  # of each phoneme
    for part in _portions(phonemes.rstrip(), MAX_PHONEMES):
        audio, plan = yield from voice.speaking(
            part, profile, control, pace, intensity=job.intensity, seed=job.seed_of_all
        )
        times_s = np.concatenate((times_s, sum(piece.duration_s for piece in pieces) + plan.times_s()))
        pieces.append(audio)
    ends_s = [0.0, *map(float, times_s[:, 1])]
    spoken = replace(joined(pieces), words=timed(words, phonemes.rstrip(), times_s) if are_placed else None)
    return spoken, [ends_s[min(place, len(times_s))] for place in places[:-1]]


def _portions(phonemes: str, limit: int) -> Iterator[str]:
    """The phonemes in parts of at most `limit`, cut at spaces; joined they are the phonemes again."""
    while len(phonemes) > limit:
        cut = phonemes.rfind(" ", limit // 2, limit) + 1 or limit
        yield phonemes[:cut]
        phonemes = phonemes[cut:]
    yield phonemes
