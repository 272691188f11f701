"""Which moment of one sound is which of another that says the same: dynamic time warping of their spectra."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEP_COST = 1.5  # dB, of a step in one of the two alone: they mostly go on together


def warped(one: Floats, other: Floats) -> NDArray[np.intp]:
    """For each frame of `one` `[n, bands]` in dB the frame of `other` `[m, bands]` that it goes with, `[n]`.

    Both begin with the same moment; where they end is open, as one may go on. Levels do not count, only colours.
    Source: H. Sakoe, S. Chiba, "Dynamic programming algorithm optimization for spoken word recognition", 1978.
    """
    a, b = (frames - frames.mean(axis=0) for frames in (one, other))
    distance = np.abs(a[:, None, :] - b[None, :, :]).mean(axis=2)
    n, m = distance.shape
    cost = np.full((n + 1, m + 1), np.inf)
    cost[0, 0] = 0.0
    for diagonal in range(2, n + m + 1):
        rows = np.arange(max(1, diagonal - m), min(n, diagonal - 1) + 1)
        columns = diagonal - rows
        alone = np.minimum(cost[rows - 1, columns], cost[rows, columns - 1]) + STEP_COST
        cost[rows, columns] = distance[rows - 1, columns - 1] + np.minimum(cost[rows - 1, columns - 1], alone)
    i, j = _open_end(cost[1:, 1:])
    path = np.zeros(n, np.intp)
    path[i:] = j
    while i >= 0 and j >= 0:
        path[i] = j
        here = cost[i : i + 2, j : j + 2]
        choices = (here[0, 0], here[0, 1] + STEP_COST, here[1, 0] + STEP_COST)
        step = int(np.argmin(choices))
        i, j = i - (step != 2), j - (step != 1)
    return path


def _open_end(cost: Floats) -> tuple[int, int]:
    """Where the path ends: at the end of one of the two, at the least cost a step."""
    n, m = cost.shape
    last_row, last_column = cost[-1] / (n + np.arange(1, m + 1)), cost[:, -1] / (m + np.arange(1, n + 1))
    if last_row.min() <= last_column.min():
        return n - 1, int(np.argmin(last_row))
    return int(np.argmin(last_column)), m - 1
