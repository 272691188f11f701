"""The pitch tracker: F0 of a clip every 5 ms, and what can be said about a speaker from it.

Normalised autocorrelation candidates and one Viterbi path over them, twice: the first pass finds the speaker's
median, the second looks only around it, which removes most octave errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.job import JobControl
from app.engine.sound.audio import Audio

Floats = NDArray[np.float64]

HOP_S = 0.005
LOWEST_HZ, HIGHEST_HZ = 55.0, 800.0
AROUND_MEDIAN = (0.5, 2.2)  # second pass: share of the first median (DIO's users do the same)

_WORK_RATE = 8000  # harmonics above 4 kHz say nothing more about F0
_LAG_RATE = 2 * _WORK_RATE  # the correlation is read at twice the rate: peaks of short periods are narrow
_PERIODS_PER_WINDOW = 3.0  # Boersma 1993: a Hann window needs three periods of the lowest F0
_FLATTEN_FROM_HZ = 1500.0  # harmonics above fade out of the correlation: they carry noise and formants
_N_CANDIDATES = 6
_BLOCK_FRAMES = 200  # 1 s: a frame takes some 40 kB while it is correlated
_MIN_FRAMES = 4  # a voiced stretch of less than 20 ms is a stray

_VOICING_THRESHOLD = 0.45
_SILENCE_SHARE = 0.03  # of the clip's loud level: below, frames lean towards unvoiced
_OCTAVE_COST = 0.02  # per octave down: of a period and its double the shorter is meant
_JUMP_COST = 0.45  # per octave between neighbouring frames
_SWITCH_COST = 0.14  # between voiced and unvoiced


@dataclass(frozen=True, slots=True, eq=False)
class Pitch:
    """F0 over time. `f0_hz` `[n_frames]`, 0 where unvoiced; frame k is centred on `k * hop_s`."""

    f0_hz: Floats
    hop_s: float = HOP_S

    @property
    def is_voiced(self) -> NDArray[np.bool_]:
        """Which frames have a voice, `[n_frames]`."""
        return self.f0_hz > 0

    @property
    def voiced_s(self) -> float:
        """Seconds with a voice."""
        return float(np.count_nonzero(self.f0_hz)) * self.hop_s

    @property
    def voiced_share(self) -> float:
        """Voiced frames of all frames, 0 to 1."""
        return float(np.mean(self.is_voiced)) if len(self.f0_hz) else 0.0

    @property
    def median_hz(self) -> float:
        """Median F0 of the voiced frames in Hz; 0 if there are none."""
        voiced = self.f0_hz[self.is_voiced]
        return float(np.median(voiced)) if len(voiced) else 0.0

    @property
    def spread_semitones(self) -> float:
        """Standard deviation of log-F0 over the voiced frames, in semitones; 0 if there are none."""
        voiced = self.f0_hz[self.is_voiced]
        return float(12 * np.std(np.log2(voiced))) if len(voiced) else 0.0

    def filled_hz(self) -> Floats:
        """F0 without gaps `[n_frames]`: straight lines in log-F0 across unvoiced frames. Needs a voiced frame."""
        voiced = np.flatnonzero(self.is_voiced)
        frames = np.arange(len(self.f0_hz))
        return np.exp2(np.interp(frames, voiced, np.log2(self.f0_hz[voiced])))


def track(audio: Audio, *, control: JobControl | None = None) -> Pitch:
    """F0 of one speaker, between LOWEST_HZ and HIGHEST_HZ.

    Source: P. Boersma, "Accurate short-term analysis of the fundamental frequency", 1993 (window-corrected
    autocorrelation, costs); two passes after design notes of the embedded engine.
    """
    samples = audio.resampled(_WORK_RATE).samples.astype(np.float64)
    n_frames = int(audio.duration_s / HOP_S) + 1
    first = Pitch(_best_path(samples, n_frames, LOWEST_HZ, HIGHEST_HZ, control))
    if not first.median_hz:
        return first
    low, high = (first.median_hz * share for share in AROUND_MEDIAN)
    return Pitch(_best_path(samples, n_frames, max(LOWEST_HZ, low), min(HIGHEST_HZ, high), control))


def _best_path(
    samples: Floats, n_frames: int, lowest_hz: float, highest_hz: float, control: JobControl | None
) -> Floats:
    f0_hz, strength, loudness = _candidates(samples, n_frames, lowest_hz, highest_hz, control)
    loud = np.percentile(loudness, 95) + 1e-9
    quietness = np.maximum(0.0, 2.0 - loudness / loud / (_SILENCE_SHARE / (1 + _VOICING_THRESHOLD)))
    score = np.concatenate(((_VOICING_THRESHOLD + quietness)[:, None], strength), axis=1)
    log2_f0 = np.concatenate((np.zeros((n_frames, 1)), np.log2(np.maximum(f0_hz, 1.0))), axis=1)
    chosen = _viterbi(score, log2_f0, control)
    path = np.where(chosen == 0, 0.0, np.exp2(log2_f0[np.arange(n_frames), chosen]))
    return _without_strays(path)


def _candidates(
    samples: Floats, n_frames: int, lowest_hz: float, highest_hz: float, control: JobControl | None
) -> tuple[Floats, Floats, Floats]:
    """Candidate F0 and strength (-inf: no candidate), each `[n_frames, n_candidates]`, and size `[n_frames]`."""
    width = int(_PERIODS_PER_WINDOW * _WORK_RATE / lowest_hz) | 1
    size = 1 << int(np.ceil(np.log2(2 * width)))
    window = np.hanning(width + 2)[1:-1]
    frequency_hz = np.fft.rfftfreq(size, 1 / _WORK_RATE)
    weight = 1 / (1 + (frequency_hz / _FLATTEN_FROM_HZ) ** 4)
    max_lag = int(np.ceil(_LAG_RATE / lowest_hz)) + 1
    min_lag = max(2, int(_LAG_RATE / highest_hz))
    n_lags = size * _LAG_RATE // _WORK_RATE

    window_power = np.abs(np.fft.rfft(window, size)) ** 2
    window_corr = np.fft.irfft(window_power, n_lags)[: max_lag + 2]
    half = width // 2
    hop = round(HOP_S * _WORK_RATE)
    padded = np.pad(samples, (half, max(half, (n_frames - 1) * hop + width - half - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, width)[::hop][:n_frames]

    f0_hz = np.zeros((n_frames, _N_CANDIDATES))
    strength = np.full((n_frames, _N_CANDIDATES), -np.inf)
    loudness = np.zeros(n_frames)
    for start in range(0, n_frames, _BLOCK_FRAMES):
        if control is not None:
            control.checkpoint()
        block = slice(start, min(start + _BLOCK_FRAMES, n_frames))
        centred = frames[block] - frames[block].mean(axis=1, keepdims=True)
        power = np.abs(np.fft.rfft(centred * window, size)) ** 2 * weight
        corr = np.fft.irfft(power, n_lags)[:, : max_lag + 2]
        energy = corr[:, :1]
        loudness[block] = np.sqrt(np.maximum(energy[:, 0], 0.0))
        corr = corr / (energy + 1e-12) * (window_corr[0] / window_corr)
        lag, height = _peaks(corr, min_lag, max_lag)
        f0_hz[block] = _LAG_RATE / lag
        in_range = (f0_hz[block] >= lowest_hz) & (f0_hz[block] <= highest_hz)
        strength[block] = np.where(in_range, height, -np.inf)
    return f0_hz, strength, loudness


def _peaks(corr: Floats, min_lag: int, max_lag: int) -> tuple[Floats, Floats]:
    """Lags and heights `[n_rows, n_candidates]` of each row's best maxima, refined by parabolas; long lags cost."""
    middle = corr[:, min_lag : max_lag + 1]
    left, right = corr[:, min_lag - 1 : max_lag], corr[:, min_lag + 1 : max_lag + 2]
    is_peak = (middle > left) & (middle >= right) & (middle > 0)
    octaves = np.log2(np.arange(min_lag, max_lag + 1) / min_lag)
    ranked = np.where(is_peak, middle - _OCTAVE_COST * octaves, -np.inf)
    best = np.argpartition(-ranked, _N_CANDIDATES, axis=1)[:, :_N_CANDIDATES]
    rows = np.arange(len(corr))[:, None]
    y0, y1, y2 = left[rows, best], middle[rows, best], right[rows, best]
    curvature = y0 - 2 * y1 + y2
    shift: Floats = np.where(is_peak[rows, best], 0.5 * (y0 - y2) / np.where(curvature == 0, 1.0, curvature), 0.0)
    height = np.minimum(y1 - 0.25 * (y0 - y2) * shift, 1.0) - _OCTAVE_COST * octaves[best]
    height = np.where(is_peak[rows, best], height, -np.inf)
    return shift + (best + min_lag), height


def _viterbi(score: Floats, log2_f0: Floats, control: JobControl | None) -> NDArray[np.intp]:
    """The path of highest score less transition costs, `[n_frames]`; state 0 is unvoiced."""
    n_frames, n_states = score.shape
    came_from = np.zeros((n_frames, n_states), np.intp)
    switch = np.zeros((n_states, n_states))
    switch[0, 1:] = switch[1:, 0] = _SWITCH_COST
    jump = np.zeros((n_frames - 1, n_states, n_states))
    jump[:, 1:, 1:] = _JUMP_COST * np.abs(log2_f0[1:, 1:, None] - log2_f0[:-1, None, 1:])
    cost = jump + switch  # [frame, to, from]
    total = score[0]
    states = np.arange(n_states)
    for t in range(1, n_frames):
        if control is not None and t % _BLOCK_FRAMES == 0:
            control.checkpoint()
        arriving = total - cost[t - 1]
        came_from[t] = arriving.argmax(axis=1)
        total = arriving[states, came_from[t]] + score[t]
    path = np.zeros(n_frames, np.intp)
    path[-1] = int(total.argmax())
    for t in range(n_frames - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path


def _without_strays(f0_hz: Floats) -> Floats:
    """F0 with voiced stretches shorter than 20 ms taken out."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (f0_hz > 0).astype(np.int8), [0]))))
    cleaned = f0_hz.copy()
    for start, end in edges.reshape(-1, 2):
        if end - start < _MIN_FRAMES:
            cleaned[start:end] = 0.0
    return cleaned
