"""The port through which sounds borrow a voice: someone who speaks a few phonemes on a given melody.

To speak them costs half a second; what was spoken is remembered, so that a sound costs that once for each voice.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
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


class Interjections:
    """What voices have spoken lately, in at most 32 clips of a second or so. Thread-safe."""

    MOST = 32

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clips: OrderedDict[object, Audio] = OrderedDict()

    def get_or_speak(self, key: object, speak: Callable[[], Audio]) -> Audio:
        """The clip of that key. Two that want it at once may both speak it: they speak the same."""
        with self._lock:
            if key in self._clips:
                self._clips.move_to_end(key)
                return self._clips[key]
        clip = speak()
        with self._lock:
            self._clips[key] = clip
            while len(self._clips) > self.MOST:
                self._clips.popitem(last=False)
        return clip


class Remembering:
    """An Interjector who does not speak again what `voice`, by that name, has spoken."""

    def __init__(self, interjector: Interjector, voice: str, interjections: Interjections) -> None:
        self._interjector = interjector
        self._voice = voice
        self._interjections = interjections
        self.sample_rate = interjector.sample_rate

    def speak(self, phonemes: str, contour: Contour, rate: float, control: JobControl) -> Audio:
        """As Interjector."""
        melody = contour(np.linspace(0.0, 1.0, 33)).tobytes()
        return self._interjections.get_or_speak(
            (self._voice, phonemes, rate, melody), lambda: self._interjector.speak(phonemes, contour, rate, control)
        )
