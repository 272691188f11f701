"""Delivery: how a text is said this time. Another seed is another delivery of the same text in the same voice.

The ranges are narrow enough that all deliveries are as clear and as like the voice (measured in
docs/performance.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RATE = (0.95, 1.06)  # of time: above 1 is quicker
RANGE = (0.9, 1.15)  # of the pitch's deviation from its median
DECLINATION_ST = (-1.2, 1.2)  # semitones from the first voiced frame to the last, beside what the melody has


@dataclass(frozen=True, slots=True)
class Delivery:
    """Tempo, melody, and which of the near voices lends its prosody: `prosody` 0 is the nearest."""

    rate: float = 1.0
    pitch_range: float = 1.0
    declination_st: float = 0.0
    prosody: int = 0


PLAIN = Delivery()


def delivery_of(seed: int) -> Delivery:
    """The delivery that a seed stands for. Seed 0 is the plain one, which measurements compare."""
    if seed == 0:
        return PLAIN
    rng = np.random.default_rng(seed)
    return Delivery(
        rate=float(rng.uniform(*RATE)),
        pitch_range=float(rng.uniform(*RANGE)),
        declination_st=float(rng.uniform(*DECLINATION_ST)),
        prosody=int(rng.integers(2**16)),
    )
