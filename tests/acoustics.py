"""What tests measure in sound: vowels of known pitch, and one figure for each trait of a voice."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfiltfilt, welch

from app.engine.sound.audio import Audio, frame_levels_db
from app.engine.sound.pitch import HOP_S, track
from app.engine.sound.psola import pitch_marks

VOWEL_FORMANTS_HZ = ((700, 90), (1200, 110), (2600, 160), (3500, 220))


def vowel(f0_hz: float | np.ndarray, seconds: float = 1.0, sample_rate: int = 24000) -> Audio:
    """A synthetic "ah": pulses at `f0_hz` (a number, or one value a sample) through four resonances."""
    n = round(seconds * sample_rate)
    phase = np.cumsum(np.broadcast_to(np.asarray(f0_hz, float), n)) / sample_rate
    top = int(0.45 * sample_rate / np.max(f0_hz))
    source = np.sum([np.cos(2 * np.pi * k * phase) for k in range(1, top)], axis=0)
    spectrum = np.fft.rfft(source)
    frequency = np.fft.rfftfreq(n, 1 / sample_rate)
    for centre, width in VOWEL_FORMANTS_HZ:
        pole = -np.pi * width + 2j * np.pi * centre
        spectrum *= np.abs(pole) ** 2 / ((2j * np.pi * frequency - pole) * (2j * np.pi * frequency - np.conj(pole)))
    samples = np.fft.irfft(spectrum, n)
    return Audio((0.3 * samples / np.abs(samples).max()).astype(np.float32), sample_rate)


def band_level_db(audio: Audio, low_hz: float, high_hz: float) -> float:
    """Power between two frequencies, in dB."""
    power = np.abs(np.fft.rfft(audio.samples.astype(float))) ** 2
    frequency = np.fft.rfftfreq(len(audio.samples), 1 / audio.sample_rate)
    return float(10 * np.log10(power[(frequency >= low_hz) & (frequency < high_hz)].sum() + 1e-12))


def brightness_db(audio: Audio) -> float:
    """Energy above against below 2 kHz."""
    return band_level_db(audio, 2000, audio.sample_rate / 2) - band_level_db(audio, 50, 2000)


def level_spread_db(audio: Audio, original: Audio) -> float:
    """Deviation of the level in dB, over the frames that hold speech in the original (of the same length)."""
    before = frame_levels_db(original, 0.04)
    return float(np.std(frame_levels_db(audio, 0.04)[before > np.percentile(before, 95) - 35]))


def formant_shift(audio: Audio, original: Audio) -> float:
    """By how many octaves the long-term envelope lies above the original's: the best match on a log-frequency axis."""
    octaves = np.arange(-0.5, 0.5, 1 / 192)
    grid = np.arange(np.log2(400), np.log2(4000), 1 / 96)
    after, before = _envelope(audio), _envelope(original)
    new = np.interp(grid, np.log2(after[0]), after[1])
    likeness = [np.corrcoef(new, np.interp(grid - o, np.log2(before[0]), before[1]))[0, 1] for o in octaves]
    return float(octaves[int(np.argmax(likeness))])


def _envelope(audio: Audio) -> tuple[np.ndarray, np.ndarray]:
    frequency, power = welch(audio.samples.astype(float), audio.sample_rate, nperseg=int(0.02 * audio.sample_rate))
    level_db = 10 * np.log10(power[1:] + 1e-12)
    return frequency[1:], level_db + 6 * np.log2(frequency[1:] / 1000)


def harmonicity(audio: Audio, low_hz: float = 1000, high_hz: float = 5000) -> float:
    """How alike neighbouring pitch periods are in a band, 0 to 1: falls with breath."""
    band = butter(4, [low_hz, min(high_hz, 0.45 * audio.sample_rate)], "bandpass", fs=audio.sample_rate, output="sos")
    samples = sosfiltfilt(band, audio.samples.astype(float))
    marks = pitch_marks(audio, track(audio))
    likeness = []
    for k in np.flatnonzero(marks.is_voiced[1:-1] & marks.is_voiced[2:]) + 1:
        start, middle, end = np.round(marks.at[k : k + 3]).astype(int)
        n = min(middle - start, end - middle)
        a, b = samples[start : start + n], samples[middle : middle + n]
        likeness.append(np.dot(a, b) / np.sqrt(np.dot(a, a) * np.dot(b, b) + 1e-12))
    return float(np.mean(likeness))


def local_jitter(audio: Audio) -> float:
    """Mean change from one period to the next as a share of the period, by the peaks of the wave below 900 Hz."""
    low = sosfiltfilt(butter(2, 900, fs=audio.sample_rate, output="sos"), audio.samples.astype(float))
    low = low if np.sum(low**3) >= 0 else -low
    marks = pitch_marks(audio, track(audio))
    changes = []
    peaks = np.array(
        [_peak_near(low, at, 0.3 * period) for at, period in zip(marks.at[1:-1], np.diff(marks.at[:-1]), strict=True)]
    )
    periods = np.diff(peaks)
    both = marks.is_voiced[1:-1][:-1] & marks.is_voiced[1:-1][1:]
    for a, b in zip(periods[:-1][both], periods[1:][both], strict=True):
        if 0.75 < a / b < 1.33:
            changes.append(abs(a - b) / (0.5 * (a + b)))
    return float(np.mean(changes))


def _peak_near(samples: np.ndarray, at: float, reach: float) -> float:
    first = max(1, round(at - reach))
    k = first + int(np.argmax(samples[first : max(first + 1, min(round(at + reach), len(samples) - 2))]))
    a, b, c = samples[k - 1 : k + 2]
    curvature = a - 2 * b + c
    return k + (0.5 * (a - c) / curvature if curvature < 0 else 0.0)


def f0_change_st(audio: Audio, original: Audio) -> np.ndarray:
    """How much higher F0 is than the original's, in semitones, at each moment voiced in both (same length)."""
    new, old = track(audio).f0_hz, track(original).f0_hz
    n = min(len(new), len(old))
    change = np.full(n, np.nan)
    both = (new[:n] > 0) & (old[:n] > 0)
    change[both] = 12 * np.log2(new[:n][both] / old[:n][both])
    return change


def vibrato_st(audio: Audio, original: Audio) -> float:
    """Strength of the 5.5 Hz movement that F0 has more than the original, in semitones."""
    change = np.clip(f0_change_st(audio, original), -3, 3)
    voiced = np.flatnonzero(~np.isnan(change))
    return float(2 * abs(np.mean(change[voiced] * np.exp(-2j * np.pi * 5.5 * voiced * HOP_S))))


def final_rise_st(audio: Audio, original: Audio) -> float:
    """By how much the last tenth of the voiced F0 rose more than its first half, in semitones."""
    change = f0_change_st(audio, original)
    change = change[~np.isnan(change)]
    return float(np.median(change[-len(change) // 10 :]) - np.median(change[: len(change) // 2]))


def similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine of two speaker embeddings, which have length 1."""
    return float(a @ b)
