"""Kokoro: speech from phonemes and a style, in two steps so that melody and timing can be changed between them.

`plan` decides F0, energy and durations (the graph's front); `render` makes the sound (its back, 95 % of the time).
`style[:128]` is the timbre and drives `render`; `style[128:]` is the prosody and drives `plan`. They may come from
different voices. Knows nothing of text, voices' names or references.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.errors import TooManyPhonemes
from app.engine.job import JobControl
from app.engine.parts.graph_cut import ENERGY, F0, FEATURES
from app.engine.parts.onnx_model import OnnxModel
from app.engine.parts.parts import Parts
from app.engine.sound.audio import Audio

Floats = NDArray[np.float32]

SAMPLE_RATE = 24_000
FRAME = 600  # samples of one frame of durations and features
MAX_PHONEMES = 509  # rows of a voice table less one; the graph takes 512 tokens with its pads
AUDIBLE_ENERGY = -7.0  # of a plan; below it the sound lies 45 dB under the loud parts (within 0.1 s, on 18 passages)
UNVOICED_BELOW_HZ = 30.0  # the front's F0 in unvoiced frames lies below

_VOCABULARY = Path(__file__).parents[3] / "assets" / "embedded" / "kokoro_vocabulary.json"
_PAD = 0


@cache
def vocabulary() -> dict[str, int]:
    """The 114 symbols Kokoro reads and their token numbers."""
    table: dict[str, int] = json.loads(_VOCABULARY.read_text(encoding="utf-8"))
    return table


@dataclass(frozen=True, slots=True, eq=False)
class SpeechPlan:
    """How to say `phonemes`. Shapes with T frames of 25 ms: `f0_hz` and `energy` [2T], `features` [1, 512, T].

    `durations` [n + 2]: frames of each phoneme with the pads before and after. `energy` is roughly logarithmic.
    """

    phonemes: str
    f0_hz: Floats
    energy: Floats
    features: Floats
    durations: NDArray[np.int64]

    @property
    def duration_s(self) -> float:
        """Length of the sound this plan renders to."""
        return float(self.features.shape[2] * FRAME / SAMPLE_RATE)

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """`[2T]`, true where there is a pitch."""
        return self.f0_hz >= UNVOICED_BELOW_HZ

    def times_s(self) -> NDArray[np.float64]:
        """`[n, 2]`: start and end of each phoneme in seconds, pads left out."""
        edges = np.cumsum(self.durations) * (FRAME / SAMPLE_RATE)
        return np.stack((edges[:-2], edges[1:-1]), axis=1)

    @property
    def sounding(self) -> tuple[int, int]:
        """The frame at which something is heard first, and the one after the last; all frames where nothing is."""
        loud = np.flatnonzero(self.energy > AUDIBLE_ENERGY) // 2
        return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, self.features.shape[2])

    def with_silence_after(self, n_frames: int) -> SpeechPlan:
        """The same plan with at most so much after the last that is heard: silence costs as much as speech.

        Silence before the first is kept: without it, what is rendered comes out softer and less natural.
        """
        end = min(self.sounding[1] + n_frames, self.features.shape[2])
        return replace(
            self,
            f0_hz=self.f0_hz[: 2 * end],
            energy=self.energy[: 2 * end],
            features=self.features[:, :, :end],
            durations=np.diff(np.minimum(np.cumsum([0, *self.durations]), end)),
        )

    def with_f0(self, f0_hz: NDArray[np.floating]) -> SpeechPlan:
        """The same plan with another pitch contour `[2T]` in Hz; zeros are unvoiced."""
        if f0_hz.shape != self.f0_hz.shape:
            raise ValueError(f"F0 wants shape {self.f0_hz.shape}, got {f0_hz.shape}")
        return replace(self, f0_hz=f0_hz.astype(np.float32))


class Kokoro:
    """The loaded speech model. Safe to use from several threads."""

    sample_rate = SAMPLE_RATE

    def __init__(self, parts: Parts, threads: int) -> None:
        """Load both halves of the graph. Raises PartMissing."""
        front, back = parts.kokoro_halves()
        self._front = OnnxModel(front, threads=threads)
        # Working memory grows with the passage, by about 1.6 MB a phoneme; kept, it would stay at the longest one's.
        self._back = OnnxModel(back, threads=threads, frees_memory=True, takes_turns=True)

    def plan(self, phonemes: str, style: Floats, control: JobControl | None = None, speed: float = 1.0) -> SpeechPlan:
        """Melody and timing for up to 509 phonemes. `style` [256]; `speed` above 1 is faster.

        Raises InvalidRequest for too many phonemes, ValueError for symbols Kokoro has no token for.
        """
        feeds: dict[str, NDArray[Any]] = {
            "tokens": np.array([token_ids(phonemes)], np.int64),
            "style": style[None].astype(np.float32, copy=False),
            "speed": np.array([speed], np.float32),
        }
        f0_hz, energy, features, durations = self._front.run(feeds, control)
        return SpeechPlan(phonemes, f0_hz[0], energy[0], features, durations)

    def render(
        self,
        plan: SpeechPlan,
        style: Floats,
        control: JobControl | None = None,
        frames: NDArray[np.int64] | None = None,
    ) -> Audio:
        """The sound of a plan, or of these frames of it in a row: 25 ms each. Raises Cancelled, DeadlineExceeded."""
        if frames is None:
            frames = np.arange(plan.features.shape[2])
        halves = (2 * frames[:, None] + np.arange(2)).reshape(-1)
        feeds: dict[str, NDArray[Any]] = {
            F0: plan.f0_hz[None, halves],
            ENERGY: plan.energy[None, halves],
            FEATURES: plan.features[:, :, frames],
            "style": style[None].astype(np.float32, copy=False),
        }
        (samples,) = self._back.run(feeds, control)
        return Audio(np.clip(samples.reshape(-1), -1.0, 1.0), SAMPLE_RATE)


def token_ids(phonemes: str) -> list[int]:
    """Token numbers with a pad at both ends."""
    if not phonemes:
        raise ValueError("there are no phonemes to speak")
    if len(phonemes) > MAX_PHONEMES:
        raise TooManyPhonemes(len(phonemes), MAX_PHONEMES)
    table = vocabulary()
    if unknown := sorted(set(phonemes) - table.keys()):
        raise ValueError(f"Kokoro has no token for {unknown}")
    return [_PAD, *(table[symbol] for symbol in phonemes), _PAD]
