"""Audio: the one shape of sound inside the engine, and the small operations every room needs.

Everything here is mono float32 in [-1, 1]. Files are read in `app/engine/sound/decoding.py`
and written in `app/engine/sound/encoding.py`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.engine.content.words import TimedWord, Words, moved, within
from app.engine.errors import SilentClip
from app.engine.sound.filters import filtered_blocks

Samples = NDArray[np.float32]

FLOOR_DB = -120.0  # level given to digital silence
SILENCE_DB = -60.0  # a clip whose loudest 20 ms lies below holds no usable speech
LOOK_S = 10.0  # of a clip that is looked through for sound: most have some in the first
FRAMES_AT_ONCE = 250  # whose energies take sixteen times the memory of their samples
LOUDNESS_BLOCK_S, LOUDNESS_HOP_S = 0.4, 0.1
LOUDNESS_GATE_LUFS, LOUDNESS_RELATIVE_GATE_DB = -70.0, 10.0  # what is softer does not count
_HIGH_PASS_TAIL_S = 0.25  # by then the filter at 38 Hz has fallen by 400 dB
PEAK_LIMIT = 0.98  # leaves room for the overshoot of lossy encoders


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Mono sound. `samples`: float32 `[n]` in [-1, 1]; `sample_rate` in Hz.

    `words` says what is said in it, and when; None where that is not known. Of a sound that comes in chunks a word
    belongs to the chunk that it begins in, and may end behind it.
    """

    samples: Samples
    sample_rate: int
    words: Words | None = None

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise TypeError(f"Audio wants float32 [n], got {self.samples.dtype} {self.samples.shape}")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate

    @property
    def content_hash(self) -> str:
        """SHA-256 over rate and samples, as hex: equal sound, equal hash."""
        digest = hashlib.sha256(f"{self.sample_rate}:".encode())
        digest.update(np.ascontiguousarray(self.samples).tobytes())
        return digest.hexdigest()

    def resampled(self, sample_rate: int) -> Audio:
        """The same sound at another rate (soxr, high quality)."""
        if sample_rate == self.sample_rate:
            return self
        import soxr  # loads in 20 ms, but only jobs need it

        samples = soxr.resample(self.samples, self.sample_rate, sample_rate).astype(np.float32, copy=False)
        return Audio(samples, sample_rate, self.words)

    def slice_s(self, start_s: float, end_s: float) -> Audio:
        """The part between two times in seconds, clipped to the sound's own length."""
        return self.part(round(start_s * self.sample_rate), round(end_s * self.sample_rate))

    def part(self, first: int, end: int) -> Audio:
        """The samples from the first up to the end, with the words whose middle lies between them."""
        first, end = max(0, first), max(0, end)
        words = self.words
        if words:
            end_s = end / self.sample_rate if end < len(self.samples) else math.inf
            words = within(words, first / self.sample_rate, end_s)
        return Audio(self.samples[first:end], self.sample_rate, words)

    def with_samples(self, samples: Samples) -> Audio:
        """Other samples in the same time."""
        return replace(self, samples=samples)

    def with_time_of(self, other: Audio) -> Audio:
        """This sound, with the words of another that was only made longer or shorter, evenly."""
        if other.words is None or not len(other.samples):
            return self
        ratio = self.duration_s / other.duration_s
        return replace(self, words=moved(other.words, lambda time_s: ratio * time_s))

    def scaled(self, gain_db: float) -> Audio:
        """The same sound louder or softer by `gain_db`, not limited."""
        return self.with_samples(self.samples * np.float32(10 ** (gain_db / 20)))


def as_integers(samples: Samples, n_bits: int) -> NDArray[np.int32]:
    """The samples as whole numbers of so many bits, as decoders have them: 1.0 is 2^(n_bits - 1), and is clipped.

    What was read from a file of as many bits is given back exactly.
    """
    full = 2.0 ** (n_bits - 1)
    return np.clip(np.round(samples * np.float32(full)), -full, full - 1).astype(np.int32)


def has_16_bits(samples: Samples) -> bool:
    """Whether the samples came with 16 bits or fewer."""
    return bool(np.array_equal(as_integers(samples, 24) % 256, np.zeros(len(samples), np.int32)))


def silence(seconds: float, sample_rate: int) -> Audio:
    """Digital silence."""
    return Audio(np.zeros(round(seconds * sample_rate), np.float32), sample_rate, words=())


def rms_db(samples: Samples) -> float:
    """Root-mean-square level in dB relative to full scale; FLOOR_DB for silence."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return max(FLOOR_DB, 10 * np.log10(power)) if power > 0 else FLOOR_DB


def frame_levels_db(audio: Audio, frame_s: float = 0.02, hop_s: float = 0.01) -> NDArray[np.float64]:
    """RMS level in dB of each frame, `[n_frames]`; at least one frame."""
    frame, hop = max(1, round(frame_s * audio.sample_rate)), max(1, round(hop_s * audio.sample_rate))
    n_lacking = max(0, frame - len(audio.samples))
    padded = np.pad(audio.samples, (0, n_lacking)) if n_lacking else audio.samples
    power = np.empty((len(padded) - frame) // hop + 1)
    for first in range(0, len(power), FRAMES_AT_ONCE):
        n_frames = min(FRAMES_AT_ONCE, len(power) - first)
        stretch = padded[first * hop : (first + n_frames - 1) * hop + frame]
        energy = np.concatenate(([0.0], np.cumsum(np.square(stretch, dtype=np.float64))))
        starts = np.arange(n_frames) * hop
        power[first : first + n_frames] = np.maximum(energy[starts + frame] - energy[starts], 0.0) / frame
    levels: NDArray[np.float64] = np.maximum(10 * np.log10(power + 1e-12), FLOOR_DB)
    return levels


def is_silent(audio: Audio) -> bool:
    """True when nothing in the clip is above SILENCE_DB. Looks at a stretch after the other, until it finds sound."""
    overlap_s = 0.02  # a frame
    starts = np.arange(0.0, max(audio.duration_s, LOOK_S), LOOK_S)
    stretches = (audio.slice_s(start_s, start_s + LOOK_S + overlap_s) for start_s in starts)
    return all(not len(stretch.samples) or float(frame_levels_db(stretch).max()) < SILENCE_DB for stretch in stretches)


def require_sound(audio: Audio, param: str) -> None:
    """Raise SilentAudio, naming the field, when the clip holds nothing above SILENCE_DB."""
    if is_silent(audio):
        raise SilentClip(SILENCE_DB, param=param)


def loudness_lufs(audio: Audio) -> float:
    """Integrated loudness (ITU-R BS.1770-4); RMS-based for clips under its 0.4 s block."""
    if audio.duration_s <= LOUDNESS_BLOCK_S:
        return rms_db(audio.samples)
    rate = audio.sample_rate
    n_blocks = int(np.round((audio.duration_s - LOUDNESS_BLOCK_S) / LOUDNESS_HOP_S)) + 1
    begins = (np.arange(n_blocks) * LOUDNESS_HOP_S * rate).astype(int)
    ends = np.minimum(
        ((np.arange(n_blocks) * LOUDNESS_HOP_S + LOUDNESS_BLOCK_S) * rate).astype(int), len(audio.samples)
    )
    energy = _weighted_energy(audio, np.concatenate((begins, ends)))
    power = (energy[n_blocks:] - energy[:n_blocks]) / (LOUDNESS_BLOCK_S * rate)
    sounding = power[_lufs(power) >= LOUDNESS_GATE_LUFS]
    if not len(sounding):
        return FLOOR_DB
    return float(_lufs(sounding[_lufs(sounding) > _lufs(sounding.mean()) - LOUDNESS_RELATIVE_GATE_DB].mean()))


def _weighted_energy(audio: Audio, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum of squares up to each of these samples, after BS.1770's two filters: a shelf and a high-pass."""
    rate = audio.sample_rate

    def response(hz: NDArray[np.float64]) -> NDArray[np.complex128]:
        z = np.exp(-2j * np.pi * hz / rate)  # one sample of delay
        return np.asarray(_high_shelf(z, rate) * _high_pass(z, rate), np.complex128)

    energy, total = np.zeros(len(at)), 0.0
    for begin, block in filtered_blocks(audio.samples, rate, response, _HIGH_PASS_TAIL_S):
        running = total + np.concatenate(([0.0], np.cumsum(np.square(block))))
        inside = (at >= begin) & (at <= begin + len(block))
        energy[inside], total = running[at[inside] - begin], float(running[-1])
    return energy


def _high_shelf(z: NDArray[np.complex128], rate_hz: int) -> NDArray[np.complex128]:
    """Response of the shelf of 4 dB from 1500 Hz; formulas of Bristow-Johnson's cookbook of biquad filters."""
    gain, angle = 10 ** (4.0 / 40), 2 * np.pi * 1500.0 / rate_hz
    cosine, width = np.cos(angle), np.sqrt(2 * gain) * np.sin(angle)
    up, down = (gain + 1) + (gain - 1) * cosine, (gain + 1) - (gain - 1) * cosine
    above = gain * (up + width - 2 * ((gain - 1) + (gain + 1) * cosine) * z + (up - width) * z**2)
    return np.asarray(above / (down + width + 2 * ((gain - 1) - (gain + 1) * cosine) * z + (down - width) * z**2))


def _high_pass(z: NDArray[np.complex128], rate_hz: int) -> NDArray[np.complex128]:
    """Response of the high-pass at 38 Hz with quality 0.5."""
    angle = 2 * np.pi * 38.0 / rate_hz
    cosine, width = np.cos(angle), np.sin(angle)
    return np.asarray(0.5 * (1 + cosine) * (1 - z) ** 2 / (1 + width - 2 * cosine * z + (1 - width) * z**2))


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of K-weighted mean squares."""
    lufs: NDArray[np.float64] = -0.691 + 10 * np.log10(np.maximum(power, 1e-20))
    return lufs


def faded_gain(audio: Audio, first_db: float, last_db: float) -> Audio:
    """The same sound with a gain that goes from one to the other without a step, not limited."""
    if first_db == last_db:
        return audio.scaled(first_db) if first_db else audio
    gains = 10 ** (np.linspace(first_db, last_db, len(audio.samples)) / 20)
    return audio.with_samples(audio.samples * gains.astype(np.float32))


def soft_limited(samples: Samples) -> Samples:
    """Samples bent smoothly below PEAK_LIMIT from three quarters of it on; untouched where they never reach that."""
    knee = 0.75 * PEAK_LIMIT
    size = np.abs(samples)
    if not len(samples) or float(size.max()) <= knee:
        return samples
    span = PEAK_LIMIT - knee
    bent = knee + span * np.tanh((size - knee) / span)
    return np.where(size > knee, np.sign(samples) * bent, samples).astype(np.float32)


def crossfade(left: Audio, right: Audio, overlap_s: float) -> Audio:
    """Join two clips of one rate by a raised-cosine fade whose halves sum to one. Raises ValueError for two rates."""
    _require_one_rate((left, right))
    n = min(round(overlap_s * left.sample_rate), len(left.samples), len(right.samples))
    if n == 0:
        return joined((left, right))
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n)).astype(np.float32)
    joint = left.samples[-n:] * (1 - rise) + right.samples[:n] * rise
    samples = np.concatenate((left.samples[:-n], joint, right.samples[n:]))
    return Audio(samples, left.sample_rate, _words_in_line((left, right), n))


def edge_faded(audio: Audio, fade_s: float = 0.005) -> Audio:
    """The clip with its first and last `fade_s` faded from and to zero, so that joining it makes no click."""
    n = min(round(fade_s * audio.sample_rate), len(audio.samples) // 2)
    if n == 0:
        return audio
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n)).astype(np.float32)
    samples = audio.samples.copy()
    samples[:n] *= rise
    samples[-n:] *= rise[::-1]
    return audio.with_samples(samples)


def without_silent_ends(audio: Audio, lead_s: float, tail_s: float, range_db: float = 45.0) -> Audio:
    """The clip from `lead_s` before its first to `tail_s` after its last frame within `range_db` of its loudest."""
    levels = frame_levels_db(audio)
    sounding = np.flatnonzero(levels > levels.max() - range_db)
    return audio.slice_s(sounding[0] * 0.01 - lead_s, sounding[-1] * 0.01 + 0.02 + tail_s)


def joined(pieces: Sequence[Audio]) -> Audio:
    """All pieces of one rate, end to end. Raises ValueError for several rates."""
    _require_one_rate(pieces)
    return Audio(np.concatenate([p.samples for p in pieces]), pieces[0].sample_rate, _words_in_line(pieces))


def _words_in_line(pieces: Sequence[Audio], overlap: int = 0) -> Words | None:
    """The words of pieces end to end, each beginning `overlap` samples before the end of the one before.

    None if those of one piece are not known.
    """
    words: list[TimedWord] = []
    n_before = 0
    for piece in pieces:
        if piece.words is None and len(piece.samples):
            return None
        words += moved(piece.words or (), (n_before / piece.sample_rate).__add__)
        n_before += len(piece.samples) - overlap
    return tuple(words)


def _require_one_rate(pieces: Sequence[Audio]) -> None:
    rates_hz = sorted({piece.sample_rate for piece in pieces})
    if len(rates_hz) > 1:
        raise ValueError(f"clips of {' and '.join(map(str, rates_hz))} Hz cannot be joined as they are")


def split_at_silences(audio: Audio, max_s: float) -> Iterator[Audio]:
    """Cut into pieces of at most `max_s` seconds, each cut at the quietest moment of its last third.

    Concatenated, the pieces are the clip again, sample by sample.
    """
    rate, limit = audio.sample_rate, int(max_s * audio.sample_rate)
    start = 0
    while len(audio.samples) - start > limit:
        window = Audio(audio.samples[start + limit * 2 // 3 : start + limit], rate)
        quietest = int(np.argmin(frame_levels_db(window, 0.1, 0.01)))
        cut = start + limit * 2 // 3 + round((quietest * 0.01 + 0.05) * rate)
        cut = min(cut, start + limit)
        yield audio.part(start, cut)
        start = cut
    yield audio.part(start, len(audio.samples))
