"""Fillers and pauses by their sound: Whisper tends to leave "um" out of what it writes down.

A filler is a short voiced sound on one pitch with a steady colour, between two pauses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.content.fitting import room_level_db
from app.engine.content.joints import HOP_S, Listened
from app.engine.content.stretches import Span
from app.engine.sound.audio import Audio
from app.engine.sound.pitch import track

ABOVE_ROOM_DB, BELOW_LOUD_DB = 6.0, 32.0  # what is softer than both is a pause
SHORTEST_PAUSE_S = 0.06
FILLER_S = (0.12, 1.1)
# Share of frames, spread of pitch, change of colour in 25 ms. Of 70 sounds between pauses that were words, all change
# by 5 dB and more, and 24 of 25 that were fillers by less.
LEAST_VOICED, MOST_SEMITONES, MOST_COLOUR_DB = 0.7, 2.7, 4.7
UNHEARD_VOICED, UNHEARD_SEMITONES, UNHEARD_COLOUR_DB = 0.45, 3.5, 6.5  # where Whisper hears no word


@dataclass(frozen=True, slots=True)
class Island:
    """Sound between two pauses, in seconds, and the pauses."""

    span: Span
    before: Span
    after: Span


def islands(audio: Audio) -> list[Island]:
    """All stretches of sound that pauses part, in order."""
    levels = Listened(audio).levels_db
    floor = max(room_level_db(audio) + ABOVE_ROOM_DB, float(np.percentile(levels, 95.0)) - BELOW_LOUD_DB)
    runs = [Span(a * HOP_S, b * HOP_S) for a, b in _runs(levels > floor)]
    joined: list[Span] = []
    for run in runs:
        if joined and run.start - joined[-1].end < SHORTEST_PAUSE_S:
            joined[-1] = Span(joined[-1].start, run.end)
        else:
            joined.append(run)
    edges = [Span(0.0, 0.0), *joined, Span(audio.duration_s, audio.duration_s)]
    return [
        Island(one, Span(before.end, one.start), Span(one.end, after.start))
        for before, one, after in zip(edges, joined, edges[2:], strict=False)
    ]


def sounds_like_filler(audio: Audio, island: Island, *, is_unheard: bool = False) -> bool:
    """Whether the sound between two pauses is voiced throughout, on one pitch and of one colour, or roughly so where
    no word is heard in it.
    """
    span = island.span
    if not FILLER_S[0] <= span.end - span.start <= FILLER_S[1]:
        return False
    part = audio.slice_s(span.start, span.end)
    pitch = track(part)
    voiced, semitones, colour_db = (
        (UNHEARD_VOICED, UNHEARD_SEMITONES, UNHEARD_COLOUR_DB)
        if is_unheard
        else (LEAST_VOICED, MOST_SEMITONES, MOST_COLOUR_DB)
    )
    if pitch.voiced_share < voiced or pitch.spread_semitones > semitones:
        return False
    colours = Listened(part, room_level_db(audio)).colours_db
    inner = colours[len(colours) // 6 : len(colours) - len(colours) // 6]
    steps = np.abs(inner[5:] - inner[:-5]) if len(inner) > 5 else np.zeros((1, 1))
    return bool(np.median(steps.mean(axis=1)) <= colour_db)


def _runs(is_sounding: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_sounding.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
