"""Joints: where one sound can be left for another without being heard.

A good joint is quiet or voiceless on both sides, alike in level and colour, and near the place it is wanted at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.sound.audio import Audio, frame_levels_db
from app.engine.sound.pitch import track

Floats = NDArray[np.floating[Any]]
Steps = NDArray[np.intp]

HOP_S = 0.005
LEVEL_FRAME_S = 0.02  # of a level on one side of a joint
N_BANDS, LOWEST_HZ = 14, 120.0
QUIET_DB = 25.0  # below the loud frames: what is softer hides a joint, voiced or not

# What a joint costs, in decibels: distance from where it is wanted, a voice, loudness, unlike levels and colours.
_PER_S_AWAY, _VOICE, _PER_DB_LOUD = 40.0, 12.0, 0.35
_PER_DB_STEP, _PER_DB_STEEP, _PER_DB_COLOUR, _PER_S_APART = 1.0, 3.0, 1.5, 80.0
STEEP_DB = 2.0  # beyond, a step in level begins to be heard


@dataclass(frozen=True, slots=True)
class Joint:
    """Leave one sound at `leave_s`, enter the other at `enter_s`; `is_hidden`: neither is loud and voiced there.

    `step_db` is how far their levels are apart.
    """

    leave_s: float
    enter_s: float
    is_hidden: bool
    step_db: float
    cost: float

    @property
    def is_smooth(self) -> bool:
        """Whether nothing of it will be heard."""
        return self.is_hidden and self.step_db <= STEEP_DB


class Listened:
    """A sound, looked at in steps of 5 ms."""

    def __init__(self, audio: Audio, floor_db: float | None = None) -> None:
        """`floor_db`: what is softer counts as that soft, as noise will cover it."""
        self.audio = audio
        self._floor_db = -90.0 if floor_db is None else floor_db

    @cached_property
    def levels_db(self) -> Floats:
        """Of the 20 ms around each step, `[n]`."""
        half = round(LEVEL_FRAME_S / 2 * self.audio.sample_rate)
        padded = Audio(np.pad(self.audio.samples, (half, half)), self.audio.sample_rate)
        return np.maximum(frame_levels_db(padded, LEVEL_FRAME_S, HOP_S), self._floor_db)

    @cached_property
    def is_voiced(self) -> NDArray[np.bool_]:
        """At each step, `[n]`."""
        voiced = track(self.audio).is_voiced
        return np.asarray(np.pad(voiced, (0, max(0, len(self.levels_db) - len(voiced))))[: len(self.levels_db)])

    @cached_property
    def is_quiet(self) -> NDArray[np.bool_]:
        """Where it is so soft that nobody hears a joint, `[n]`."""
        return np.asarray(self.levels_db < np.percentile(self.levels_db, 90.0) - QUIET_DB)

    @cached_property
    def is_hiding(self) -> NDArray[np.bool_]:
        """Where a joint would be hidden, `[n]`."""
        return np.asarray(~self.is_voiced | self.is_quiet)

    @cached_property
    def colours_db(self) -> Floats:
        """Levels of bands around each step, `[n, bands]`."""
        rate, n = self.audio.sample_rate, len(self.levels_db)
        width = round(0.02 * rate)
        hop = HOP_S * rate
        starts = np.round(np.arange(n) * hop).astype(int)
        padded = np.pad(self.audio.samples, (width // 2, width + round(hop)))
        frames = padded[starts[:, None] + np.arange(width)] * np.hanning(width)
        power = np.abs(np.fft.rfft(frames, axis=1)) ** 2 / width
        edges_hz = np.geomspace(LOWEST_HZ, min(7000.0, 0.45 * rate), N_BANDS + 1)
        edges = np.clip((edges_hz * width / rate).astype(int), 1, power.shape[1] - 1)
        bands = [power[:, a : max(b, a + 1)].mean(axis=1) for a, b in pairwise(edges)]
        floor = 10 ** ((self._floor_db - 10) / 10)
        return np.asarray(10 * np.log10(np.stack(bands, axis=1) + floor))

    def near(self, at_s: float, before_s: float, after_s: float) -> Steps:
        """The steps around a time."""
        first, last = round((at_s - before_s) / HOP_S), round((at_s + after_s) / HOP_S)
        n = len(self.levels_db)
        return np.arange(max(0, min(first, n - 1)), max(1, min(last + 1, n)))

    def side_db(self, steps: Steps, side: int) -> Floats:
        """Levels of the 20 ms before (-1) or after (+1) the steps."""
        n = len(self.levels_db)
        return self.levels_db[np.clip(steps + side * round(LEVEL_FRAME_S / 2 / HOP_S), 0, n - 1)]


@dataclass(frozen=True, slots=True)
class Border:
    """Where two words meet in a sound: about `at_s`, and how far before and after that a joint may be."""

    at_s: float
    before_s: float
    after_s: float


def best_joint(
    left: Listened, leave: Border, right: Listened, enter: Border, same_s: Callable[[Floats], Floats] | None = None
) -> Joint:
    """The best place to leave `left` at a border of its own for `right` at one of its own.

    `same_s` gives for times of `left` those of `right` where the same is said; None where nothing is.
    """
    a, b = left.near(leave.at_s, leave.before_s, leave.after_s), right.near(enter.at_s, enter.before_s, enter.after_s)
    away_a, away_b = a * HOP_S - leave.at_s, b * HOP_S - enter.at_s
    loud = max(float(np.percentile(left.levels_db, 90.0)), float(np.percentile(right.levels_db, 90.0)))

    def own(listened: Listened, steps: Steps, away: NDArray[np.floating[Any]]) -> Floats:
        quiet = np.maximum(listened.levels_db[steps] - (loud - 45.0), 0.0)
        return np.asarray(_PER_S_AWAY * np.abs(away) + _VOICE * ~listened.is_hiding[steps] + _PER_DB_LOUD * quiet)

    step_db = np.abs(left.side_db(a, -1)[:, None] - right.side_db(b, +1)[None, :])
    colour_db = np.abs(left.colours_db[a][:, None, :] - right.colours_db[b][None, :, :]).mean(axis=2)
    apart_s = np.zeros((len(a), len(b)))
    if same_s is not None:
        apart_s = np.abs(b[None, :] * HOP_S - same_s(a * HOP_S)[:, None])
    cost = (
        own(left, a, away_a)[:, None]
        + own(right, b, away_b)[None, :]
        + _PER_DB_STEP * step_db
        + _PER_DB_STEEP * np.maximum(step_db - STEEP_DB, 0.0)
        + _PER_DB_COLOUR * colour_db
        + _PER_S_APART * apart_s
    )
    i, j = np.unravel_index(int(np.argmin(cost)), cost.shape)
    is_hidden = bool(left.is_hiding[a[i]] and right.is_hiding[b[j]])
    return Joint(float(a[i] * HOP_S), float(b[j] * HOP_S), is_hidden, float(step_db[i, j]), float(cost[i, j]))
