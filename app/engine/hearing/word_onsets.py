"""When words begin: Whisper's times, which come too early, put right by the sound.

Whisper places a word where its attention moves on to it, some 80 ms before it is heard (measured with
`benchmarks.word_times`), and a pause belongs to the word before or behind it. Here words begin later by that, and where
there is a pause at the border of two words, the first ends with the sound before it and the second begins behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.engine.content.words import TimedWord, Words
from app.engine.sound.audio import Audio, frame_levels_db

EARLY_S = 0.08
REACH_S = 0.15  # between a border and the pause that it belongs to
PAUSE_S = 0.1  # shorter silences are closures of plosives, within words
FRAME_S, HOP_S = 0.01, 0.005
RANGE_DB, QUIET_RANGE_DB, ABOVE_FLOOR_DB = 35.0, 20.0, 8.0  # below the loud frames; over a loud background


def at_onsets(words: Sequence[TimedWord], audio: Audio) -> Words:
    """The words, whose times count from the beginning of `audio`, where they are heard."""
    if not words:
        return ()
    starts = [word.start_s + EARLY_S for word in words]
    ends = [*starts[1:], max(words[-1].end_s, starts[-1])]
    pauses = _pauses(audio)
    for n, border_s in enumerate(starts):
        distances_s = np.maximum(0.0, np.maximum(pauses[:, 0] - border_s, border_s - pauses[:, 1]))
        nearest = int(np.argmin(distances_s)) if len(pauses) else -1
        if nearest < 0 or distances_s[nearest] > REACH_S:
            continue
        pause_start_s, pause_end_s = map(float, pauses[nearest])
        if (starts[n - 1] if n else 0.0) < pause_end_s < ends[n]:
            starts[n] = pause_end_s
            if n:
                ends[n - 1] = max(starts[n - 1], min(pause_start_s, border_s))
    return tuple(
        replace(word, start_s=min(start_s, audio.duration_s), end_s=min(end_s, audio.duration_s))
        for word, start_s, end_s in zip(words, starts, ends, strict=True)
    )


def _pauses(audio: Audio) -> NDArray[np.float64]:
    """`[n, 2]`: begin and end in seconds of each silence of PAUSE_S and more."""
    levels_db = frame_levels_db(audio, FRAME_S, HOP_S)
    floor_db, loud_db = np.percentile(levels_db, (5, 95))
    threshold_db = max(loud_db - RANGE_DB, min(floor_db + ABOVE_FLOOR_DB, loud_db - QUIET_RANGE_DB))
    is_quiet = np.concatenate(([0], (levels_db < threshold_db).astype(np.int8), [0]))
    runs_s = np.flatnonzero(np.diff(is_quiet)).reshape(-1, 2).astype(np.float64) * HOP_S + FRAME_S / 2
    return runs_s[runs_s[:, 1] - runs_s[:, 0] >= PAUSE_S]
