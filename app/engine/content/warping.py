"""Which moment of one sound is which of another that says the same: dynamic time warping of their spectra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.content.joints import HOP_S, Floats, Listened

STEP_COST = 1.5  # dB, of a step in one of the two alone: they mostly go on together
PER_STEP_AWAY = 1.0  # dB, of the end of the path for each step between it and where it is expected
SLACK_S = 0.25  # by which the recording may be earlier or later than expected
SLOWEST = 1.3  # the recording may take so much longer for the same words


@dataclass(frozen=True, slots=True)
class Counterparts:
    """Which times of a recording are which of new speech that says the same words before (-1) or behind (1) a border.

    Beyond the words that both say the two go on together.
    """

    spoken_s: Floats
    recorded_s: Floats

    @classmethod
    def of(
        cls, spoken: Listened, border_s: float, shared_s: float, recorded: Listened, expected_s: float, side: int
    ) -> Counterparts:
        """By the `shared_s` before or behind the border of the new speech; in the recording it is expected there."""
        longest_s = SLOWEST * shared_s + SLACK_S
        if side < 0:
            own = spoken.near(border_s, shared_s, 0.0)
            other = recorded.near(expected_s, longest_s, SLACK_S)
        else:
            own = spoken.near(border_s, 0.0, shared_s)[::-1]
            other = recorded.near(expected_s, SLACK_S, longest_s)[::-1]
        expected = int(np.argmin(np.abs(other * HOP_S - expected_s)))
        path = warped(spoken.colours_db[own], recorded.colours_db[other], expected)
        spoken_s, recorded_s = own * HOP_S, other[path] * HOP_S
        return cls(spoken_s, recorded_s) if side < 0 else cls(spoken_s[::-1], recorded_s[::-1])

    def recorded_at(self, spoken_s: Floats | float) -> Floats:
        """Times of the recording."""
        return _carried(spoken_s, self.spoken_s, self.recorded_s)

    def spoken_at(self, recorded_s: Floats | float) -> Floats:
        """Times of the new speech."""
        return _carried(recorded_s, self.recorded_s, self.spoken_s)


def _carried(times_s: Floats | float, own_s: Floats, other_s: Floats) -> Floats:
    inside = np.interp(times_s, own_s, other_s)
    return np.asarray(inside + np.minimum(0.0, times_s - own_s[0]) + np.maximum(0.0, times_s - own_s[-1]))


def warped(one: Floats, other: Floats, expected: int) -> NDArray[np.intp]:
    """For each frame of `one` `[n, bands]` in dB the frame of `other` `[m, bands]` that it goes with, `[n]`.

    All of `one` is found in a part of `other` which ends about at its frame `expected`. Levels do not count, only
    colours. Source: H. Sakoe, S. Chiba, "Dynamic programming algorithm optimization for spoken word recognition", 1978.
    """
    a, b = (frames - frames.mean(axis=0) for frames in (one, other))
    distance = np.abs(a[:, None, :] - b[None, :, :]).mean(axis=2)
    n, m = distance.shape
    cost = np.full((n + 1, m + 1), np.inf)
    cost[0] = 0.0
    for diagonal in range(2, n + m + 1):
        rows = np.arange(max(1, diagonal - m), min(n, diagonal - 1) + 1)
        columns = diagonal - rows
        alone = np.minimum(cost[rows - 1, columns], cost[rows, columns - 1]) + STEP_COST
        cost[rows, columns] = distance[rows - 1, columns - 1] + np.minimum(cost[rows - 1, columns - 1], alone)
    i, j = n - 1, int(np.argmin(cost[n, 1:] + PER_STEP_AWAY * np.abs(np.arange(m) - expected)))
    path = np.zeros(n, np.intp)
    path[i] = j
    while i > 0:
        here = cost[i : i + 2, j : j + 2]
        choices = (here[0, 0], here[0, 1] + STEP_COST, here[1, 0] + STEP_COST)
        step = int(np.argmin(choices))
        i, j = i - (step != 2), j - (step != 1)
        path[i] = j
    return path
