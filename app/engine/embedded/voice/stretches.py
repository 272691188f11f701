"""Where a plan may be cut, so that its first second can be heard while the rest is made.

A stretch is rendered alone, but from the plan of the whole passage, so its melody and timing are the passage's. The
decoder's norms look at all that is rendered together: a stretch of nothing but speech comes out duller and up to 4 dB
softer than in its sentence. With the silence before the sentence in front its level errs by 0.2 to 2.3 dB (log-spectral
distance 7.6 dB against 10.3 without; two roundings of one sentence are 5 apart).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.embedded.voice.kokoro import FRAME, SAMPLE_RATE, SpeechPlan

FRAMES_A_SECOND = SAMPLE_RATE / FRAME
FIRST_S = 1.0  # of speech, after the silence that the model begins with
GROWTH = 2.0  # each stretch is made while the one before it sounds, on two cores in a third to a half of its length
LONGEST_S = 4.0
TOLERANCE = 0.2  # share of a stretch's length by which it may be longer or shorter, to end at a quiet place
CONTEXT = 4  # frames rendered beyond a cut and thrown away: the decoder's upper layers see 90 ms
VOICED_COST = 3.0  # in units of energy: at a cut between voiced frames the phases do not meet


def cuts(plan: SpeechPlan) -> list[int]:
    """Frames at which the plan is cut, with its begin and end: `[0, ..., T]`."""
    n_frames, lead = plan.features.shape[2], int(plan.durations[0])
    cost = plan.energy + VOICED_COST * plan.voiced  # [2T], half frames
    found, length_s = [0], FIRST_S
    begin = lead
    while n_frames - begin > (1 + 2 * TOLERANCE) * length_s * FRAMES_A_SECOND:
        low, high = (begin + round((1 + side * TOLERANCE) * length_s * FRAMES_A_SECOND) for side in (-1, 1))
        around = [float(cost[2 * frame - 1 : 2 * frame + 2].mean()) for frame in range(low, high)]
        begin = low + int(np.argmin(around))
        found.append(begin)
        length_s = min(GROWTH * length_s, LONGEST_S)
    return [*found, n_frames]


def frames_to_render(plan: SpeechPlan, begin: int, end: int) -> tuple[NDArray[np.int64], int]:
    """The frames to render for a stretch, and how many of them come before it.

    The stretch with its context, and in front of it the silence before the passage, unless it has that at its end.
    """
    n_frames, lead = plan.features.shape[2], int(plan.durations[0])
    first, last = max(0, begin - CONTEXT), min(n_frames, end + CONTEXT)
    silence = np.arange(lead if begin > 0 and end < n_frames else 0)
    return np.concatenate((silence, np.arange(first, last))), len(silence) + begin - first
