"""Non-negative least squares, the active-set method of Lawson and Hanson (Solving Least Squares Problems, chapter 23).

scipy's does the same, and brings 50 MB of what else it optimises.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TOLERANCE = 1e-10  # of a gradient, for columns of length one or so


def non_negative(columns: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """The weights `[n]`, none below zero, with which `columns` [m, n] together come nearest to `target` [m]."""
    matrix, wanted = columns.astype(np.float64), target.astype(np.float64)
    weights = np.zeros(matrix.shape[1])
    is_used = np.zeros(matrix.shape[1], bool)
    while True:
        gain = np.where(is_used, -np.inf, matrix.T @ (wanted - matrix @ weights))
        if is_used.all() or gain.max() <= _TOLERANCE:
            return weights
        is_used[int(np.argmax(gain))] = True
        while True:
            fitted = np.zeros_like(weights)
            fitted[is_used] = np.linalg.lstsq(matrix[:, is_used], wanted)[0]
            sinking = np.flatnonzero(is_used & (fitted <= 0))
            if not len(sinking):
                break
            # As far towards the fit as the first weight takes to reach zero; that one is left out from now on.
            way = weights[sinking] / (weights[sinking] - fitted[sinking])
            weights = weights + way.min() * (fitted - weights)
            is_used[sinking[np.argmin(way)]] = False
            weights[~is_used] = 0.0
        weights = fitted
