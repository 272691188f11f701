"""What a job may be asked beside its words and its edit: seed and speed, with their bounds."""

from __future__ import annotations

import secrets

from app.engine.errors import OutOfRange

MAX_SEED = 2**32 - 1
SAID_CHARS_PER_S = 25  # of fast English; Mandarin has fewer
SPEED_RANGE = (0.25, 4.0)  # of time, at the same pitch


def drawn_seed(asked: int | None = None, param: str = "seed") -> int:
    """The seed asked for; None draws one. Raises OutOfRange: a seed is never folded into the range."""
    if asked is None:
        return secrets.randbelow(MAX_SEED + 1)
    if not 0 <= asked <= MAX_SEED:
        raise OutOfRange(0, MAX_SEED, asked, param=param)
    return asked


def check_speed(speed: float, param: str = "speed") -> None:
    """Raise OutOfRange unless 0.25 <= speed <= 4."""
    low, high = SPEED_RANGE
    if not low <= speed <= high:
        raise OutOfRange(low, high, speed, param=param)


def most_transcript_chars(max_input_chars: int, max_audio_s: float) -> int:
    """How many characters may be said in one recording: as many as fast speech has in the longest that is taken."""
    return max(max_input_chars, round(SAID_CHARS_PER_S * max_audio_s))
