"""Seams: a part of a recording replaced by another sound, every sample outside of it left as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.sound.audio import Audio, Samples, as_integers, has_16_bits, rms_db

FADE_S = 0.012
LEVELLED_S = 0.02  # on each side of a seam, whose levels are brought together
LEVELLING_S = 0.02  # within which that dies away behind them
MOST_STEP_DB = 6.0
SHIFT_S = 0.006  # by which speech may come earlier or later, so that its waves meet those of the recording
STEP_WORTH_DB = 5.0  # a step in level that is as bad as waves that do not meet


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """The samples `begin` to `end` of a recording become `samples` `[n]`, which have the fades at both ends."""

    begin: int
    end: int
    samples: Samples


def patch(recording: Audio, leave_s: float, enter_s: float, speech: Audio | None, part: tuple[float, float]) -> Patch:
    """Leave the recording at `leave_s` for the `part` (s) of the speech, and enter it again at `enter_s`.

    Without speech one place goes over into the other. The fades lie half on each side of these times.
    """
    rate = recording.sample_rate
    half = round(FADE_S * rate / 2)
    n = len(recording.samples)
    leave = min(max(round(leave_s * rate), half), n - half)
    enter = min(max(round(enter_s * rate), half), n - half)
    before, behind = (recording.samples[at - half : at + half] for at in (leave, enter))
    if speech is None:
        return Patch(leave - half, enter + half, _faded(before, behind))
    padded = np.pad(speech.samples, 2 * half)
    first, last = round(part[0] * rate) + 2 * half, round(part[1] * rate) + 2 * half
    reach, n_padded = round(SHIFT_S * rate), len(padded)
    side = round(LEVELLED_S * rate)
    outside = recording.samples[max(0, leave - side) : leave], recording.samples[enter : enter + side]
    first = _in_phase(before, outside[0], padded, first, reach, side)
    first = min(max(first, half), n_padded - 3 * half)
    last = n_padded - _in_phase(behind[::-1], outside[1], padded[::-1], n_padded - last, reach, side)
    last = min(max(last, first + 2 * half), n_padded - half)
    opened = _gain_db(outside[0], padded[first : first + side])
    closed = _gain_db(outside[1], padded[max(0, last - side) : last])
    places = np.arange(len(padded)) / rate
    gains_db = [
        db * np.exp(-np.maximum(0.0, np.abs(places - at / rate) - LEVELLED_S) / LEVELLING_S)
        for db, at in ((opened, first), (closed, last))
    ]
    padded = (padded * 10 ** (sum(gains_db) / 20)).astype(np.float32)
    opening = _faded(before, padded[first - half : first + half])
    closing = _faded(padded[last - half : last + half], behind)
    return Patch(leave - half, enter + half, np.concatenate((opening, padded[first + half : last - half], closing)))


def patched(recording: Audio, patches: Sequence[Patch]) -> Audio:
    """The recording with all patches, in ascending order, in it; as deep as it was: 16 bits or 24."""
    n_bits = 16 if has_16_bits(recording.samples) else 24
    parts, at = [], 0
    for one in patches:
        whole = as_integers(one.samples, n_bits) / np.float32(2.0 ** (n_bits - 1))
        parts += [recording.samples[at : one.begin], whole.astype(np.float32)]
        at = one.end
    return Audio(np.concatenate([*parts, recording.samples[at:]]), recording.sample_rate)


def _gain_db(recorded: Samples, spoken: Samples) -> float:
    """What brings the speech beside a seam to the level of the recording on its other side, within bounds."""
    return float(np.clip(rms_db(recorded) - rms_db(spoken), -MOST_STEP_DB, MOST_STEP_DB))


def _in_phase(faded: Samples, outside: Samples, padded: Samples, at: int, most: int, side: int) -> int:
    """The place within reach of `at` around which the speech goes best with what is recorded at a seam before it.

    `faded` is recorded where the fade will be, `outside` before it; the speech behind it should be as loud.
    """
    half = len(faded) // 2
    first, last = max(half, at - most), min(len(padded) - max(half, side), at + most)
    if last <= first:
        return at
    windows = np.lib.stride_tricks.sliding_window_view(padded[first - half : last + half], 2 * half)
    likeness = 2 * (windows @ faded) / ((windows**2).sum(axis=1) + faded @ faded + 1e-9)
    inside = np.lib.stride_tricks.sliding_window_view(padded[first : last + side], side)
    step_db = np.abs(10 * np.log10((inside**2).mean(axis=1) + 1e-9) - rms_db(outside))
    return first + int(np.argmax(likeness - step_db / STEP_WORTH_DB))


def _faded(out: Samples, into: Samples) -> Samples:
    """From one into the other by raised cosines, at a power that does not sink however alike the two are."""
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(len(out)) + 0.5) / len(out))).astype(np.float32)
    fall = 1 - rise
    norm = float(np.linalg.norm(out) * np.linalg.norm(into))
    likeness = max(0.0, float(out @ into) / norm) if norm else 1.0
    power = rise**2 + fall**2 + 2 * likeness * rise * fall
    return np.asarray((out * fall + into * rise) / np.sqrt(power), np.float32)
