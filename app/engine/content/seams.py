"""Seams: a part of a recording replaced by another sound, every sample outside of it left as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.sound.audio import Audio, Samples, as_integers, has_16_bits, rms_db

FADE_S = 0.012
LEVELLED_S = 0.02  # on each side of a seam, whose levels are brought together
LEVELLING_S = 0.05  # within which that dies away
MOST_STEP_DB = 8.0


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
    first = min(max(first, half), len(padded) - 3 * half)
    last = min(max(last, first + 2 * half), len(padded) - half)
    side = round(LEVELLED_S * rate)
    opened = _gain_db(recording.samples[max(0, leave - side) : leave], padded[first : first + side])
    closed = _gain_db(recording.samples[enter : enter + side], padded[max(0, last - side) : last])
    places = np.arange(len(padded)) / rate
    gains_db = [db * np.exp(-np.abs(places - at / rate) / LEVELLING_S) for db, at in ((opened, first), (closed, last))]
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


def _faded(out: Samples, into: Samples) -> Samples:
    """From one into the other by raised cosines whose halves sum to one."""
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(len(out)) + 0.5) / len(out))).astype(np.float32)
    return out * (1 - rise) + into * rise
