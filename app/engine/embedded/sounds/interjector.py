"""The port through which sounds borrow a voice: someone who speaks a few phonemes on a given melody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.engine.job import JobControl
from app.engine.sound.audio import Audio

Contour = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Melody: from place in the sounding part, 0 to 1, to semitones above the speaker's median pitch."""


class Interjector(Protocol):
    """Someone who can speak phonemes in the speaker's voice on a given melody."""

    sample_rate: int

    def speak(self, phonemes: str, contour: Contour, rate: float, control: JobControl) -> Audio:
        """The phonemes spoken at `rate` (below 1 is slower), the pitch following `contour`."""
