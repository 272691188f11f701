"""How the channels of a recording become one: those that are silent are left out, those of opposite sign are turned.

A plain mean loses what cancels: a balanced line that was wired as stereo, a microphone with its poles swapped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.sound.audio import Samples

MAX_COMPARED = 8  # channels; recordings with more of them are averaged
SILENT_DB = -40.0  # below the loudest channel: it would only add its noise, and halve the level
OPPOSITE = -0.3  # correlation with the loudest channel below which a channel is its negative, more or less


class ChannelStatistics:
    """What must be known of all of a recording before its channels can be weighed."""

    def __init__(self, n_channels: int) -> None:
        self._is_small = n_channels <= MAX_COMPARED
        self._products: NDArray[np.float64] = np.zeros((n_channels, n_channels))

    def add(self, channels: NDArray[Any]) -> None:
        """Take note of samples, `[channels, n]`."""
        if self._is_small and len(channels) == len(self._products):
            values = channels.astype(np.float64, copy=False)
            self._products += values @ values.T

    def weights(self) -> NDArray[np.float64]:
        """The weight of each channel in the sum, `[channels]`; those of a plain mean where all is well."""
        energies = np.diag(self._products)
        loudest = int(np.argmax(energies))
        if energies[loudest] <= 0:
            return np.full(len(energies), 1 / len(energies))
        sounding = energies > energies[loudest] * 10 ** (SILENT_DB / 10)
        likeness = self._products[loudest] / np.sqrt(np.maximum(energies * energies[loudest], 1e-30))
        weights: NDArray[np.float64] = np.where(likeness < OPPOSITE, -1.0, 1.0) * sounding / sounding.sum()
        return weights


class Downmix:
    """Makes one channel of many by a plain mean, and learns meanwhile how they should have been weighed."""

    def __init__(self, weights: NDArray[np.float64] | None = None) -> None:
        """`weights` of the channels, where they are known already."""
        self._weights = weights
        self._statistics: ChannelStatistics | None = None

    def mixed(self, channels: NDArray[Any]) -> Samples:
        """One channel, `[n]`, of `[channels, n]` in [-1, 1]."""
        if self._weights is not None and len(self._weights) == len(channels):
            return (self._weights @ channels.astype(np.float64, copy=False)).astype(np.float32)
        if self._weights is None and len(channels) > 1:
            self._statistics = self._statistics or ChannelStatistics(len(channels))
            self._statistics.add(channels)
        mean: Samples = channels.mean(axis=0, dtype=np.float64).astype(np.float32)
        return mean

    def better(self) -> Downmix | None:
        """How to mix the same channels once more; None where their mean loses nothing."""
        weights = self._statistics.weights() if self._statistics else None
        if weights is None or np.allclose(weights, 1 / len(weights)):
            return None
        return Downmix(weights)
