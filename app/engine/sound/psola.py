"""Pitch and time by TD-PSOLA: the clip's own periods, placed anew.

Marks sit where each pitch period holds its energy. Output marks are walked one period at a time, so a change of pitch,
of rate and the jitter of single periods are all one step length; with nothing to change the clip comes out unchanged.
Source: E. Moulines, F. Charpentier, "Pitch-synchronous waveform processing techniques", 1990.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.job import JobControl
from app.engine.sound.audio import Audio, Samples
from app.engine.sound.filters import band_pass, filtered
from app.engine.sound.pitch import Pitch

Floats = NDArray[np.float64]

_UNVOICED_STEP_S = 0.008
_MARK_BAND_HZ = 900.0  # the first formant and below carry the beat of the voice
_MARK_BAND_REACH_S = 0.1  # by then the filter's lower edge has fallen by 180 dB
_MARK_MARGIN_S = 0.08  # around a voiced span: the two means reach two periods of 55 Hz and more
_N_PHASES = 4  # grains are placed to a quarter of a sample: coarser placing is heard as roughness
_LEAST_OVERLAP = 0.35  # floor of the window sum, so that gaps between far grains stay quiet
_SHORTEST_PERIOD_S = 1 / 1200
_HALF_TAPS = 12  # of the fractional delay: flat to 0.9 of the band
_GRAINS_PER_CHECK = 200


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Pitch marks. `at` `[n]`: sample positions, rising; `is_voiced` `[n - 1]`: k to k + 1 is a period of the voice."""

    at: Floats
    is_voiced: NDArray[np.bool_]


def resynthesised(
    audio: Audio,
    pitch: Pitch,
    ratio: Floats,
    rate: float,
    jitter: float = 0.0,
    rng: np.random.Generator | None = None,
    control: JobControl | None = None,
) -> Audio:
    """The clip with its F0 multiplied by `ratio` (per pitch frame, `[n_frames]`) and played `rate` times as fast.

    `jitter` is the standard deviation of single periods as a share of their length (needs `rng`). Formants stay.
    """
    marks = pitch_marks(audio, pitch)
    if len(marks.at) < 3:
        return audio
    if control is not None:
        control.checkpoint()
    rate_hz = audio.sample_rate
    ratio_at = np.interp(marks.at / rate_hz, np.arange(len(ratio)) * pitch.hop_s, ratio)
    sources, places = _walk(marks, ratio_at, rate, jitter, rng or np.random.default_rng(0), rate_hz)
    n_out = round(len(audio.samples) / rate)
    return Audio(_overlap_added(audio.samples, marks, sources, places, n_out, control), rate_hz)


def pitch_marks(audio: Audio, pitch: Pitch) -> Marks:
    """Where the periods of the voice are, by the phase of the fundamental in the rectified low band.

    The band is demodulated by the tracked F0 and averaged over two periods, exactly: all other harmonics vanish, and
    what remains is the place of each period's energy, to a fraction of a sample.
    """
    n, rate_hz = len(audio.samples), audio.sample_rate
    if not pitch.is_voiced.any():
        return _evenly_marked(n, rate_hz)
    half_wave, octaves = _half_wave(audio), np.log2(pitch.filled_hz())
    margin = round(_MARK_MARGIN_S * rate_hz)
    pieces: list[Floats] = []
    for start, end in _voiced_spans(pitch, rate_hz, n):
        around = np.arange(max(0, start - margin), min(n, end + margin))
        f0_hz = np.exp2(np.interp(around / rate_hz, np.arange(len(octaves)) * pitch.hop_s, octaves))
        phase = np.cumsum(f0_hz) * (2 * np.pi / rate_hz)
        beat = _averaged(half_wave[around] * np.exp(-1j * phase), rate_hz / f0_hz)
        span = slice(start - around[0], end - around[0])
        turns = (phase[span] + np.unwrap(np.angle(beat[span]))) / (2 * np.pi)
        turns = np.maximum.accumulate(turns) + 1e-9 * np.arange(end - start)
        whole = np.arange(np.ceil(turns[0]), np.floor(turns[-1]) + 1)
        pieces.append(np.interp(whole, turns, np.arange(start, end)))
    return _with_unvoiced([p for p in pieces if len(p) > 1], n, rate_hz)


def _half_wave(audio: Audio) -> Floats:
    """The low band's half that points where the voice's peaks point: it beats once a period even in a pure tone."""
    band = band_pass(audio.sample_rate, 50.0, min(_MARK_BAND_HZ, 0.45 * audio.sample_rate))
    low = filtered(audio.samples, audio.sample_rate, band, _MARK_BAND_REACH_S)
    return np.maximum(low if np.sum(low**3) >= 0 else -low, 0.0)


def _averaged(values: NDArray[np.complex128], period: Floats) -> NDArray[np.complex128]:
    """Mean of `values` over one period before and one after each sample, to a fraction of a sample, twice."""
    time = np.arange(len(values))
    for _ in range(2):
        total = np.concatenate((np.zeros(1, np.complex128), np.cumsum(values)))
        edges = np.arange(len(total))
        later = np.interp(time + 0.5 + period, edges, total)
        values = np.asarray(later - np.interp(time + 0.5 - period, edges, total), np.complex128)
    return values


def _voiced_spans(pitch: Pitch, rate_hz: int, n: int) -> list[tuple[int, int]]:
    """Voiced stretches as sample ranges; a frame reaches half a hop to both sides."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], pitch.is_voiced.astype(np.int8), [0]))))
    at = np.clip(np.round((edges - 0.5) * pitch.hop_s * rate_hz).astype(int), 0, n)
    return [(int(a), int(b)) for a, b in at.reshape(-1, 2) if b - a > 1]


def _evenly_marked(n: int, rate_hz: int) -> Marks:
    at = np.linspace(0.0, float(n), max(2, round(n / (rate_hz * _UNVOICED_STEP_S)) + 1))
    return Marks(at, np.zeros(len(at) - 1, bool))


def _with_unvoiced(runs: list[Floats], n: int, rate_hz: int) -> Marks:
    """Marks of the voiced runs with even ones in between, from 0 to n."""
    step = rate_hz * _UNVOICED_STEP_S
    at: list[Floats] = [np.zeros(1)]
    voiced: list[NDArray[np.bool_]] = []
    last = 0.0
    for run in [*runs, np.array([float(n)])]:
        run = run[run > last + 1.0]
        if not len(run):
            continue
        n_steps = max(1, round((run[0] - last) / step))
        at += [np.linspace(last, run[0], n_steps + 1)[1:-1], run]
        voiced += [np.zeros(n_steps, bool), np.ones(len(run) - 1, bool)]
        last = float(run[-1])
    return Marks(np.concatenate(at), np.concatenate(voiced))


def _walk(
    marks: Marks, ratio: Floats, rate: float, jitter: float, rng: np.random.Generator, rate_hz: int
) -> tuple[NDArray[np.intp], Floats]:
    """Which mark's grain goes where: mark numbers and output positions in samples, each `[n_grains]`."""
    at = marks.at.tolist()
    period = np.diff(marks.at).tolist()
    stretch = np.where(marks.is_voiced, 1 / ratio[:-1], 1.0).tolist()
    is_voiced = marks.is_voiced.tolist()
    shortest, last = rate_hz * _SHORTEST_PERIOD_S, len(period) - 1
    end = at[-1] / rate
    sources: list[int] = []
    places: list[float] = []
    place = at[0] / rate
    while place <= end + 0.5:
        source = place * rate
        k = min(max(bisect_right(at, source + 1e-6) - 1, 0), last)
        sources.append(k + 1 if source - at[k] > 0.5 * period[k] else k)
        places.append(place)
        step = period[k] * stretch[k]
        if jitter and is_voiced[k]:
            step *= 1 + jitter * float(np.clip(rng.standard_normal(), -2.5, 2.5))
        place += max(step, shortest)
    return np.array(sources, np.intp), np.array(places)


def _overlap_added(
    samples: Samples, marks: Marks, sources: NDArray[np.intp], places: Floats, n_out: int, control: JobControl | None
) -> Samples:
    """Two-period grains around the source marks laid at their places and divided by the sum of their windows."""
    periods = np.diff(marks.at)
    left, right = np.concatenate((periods[:1], periods)), np.concatenate((periods, periods[-1:]))
    margin = int(periods.max()) + 8
    shift = np.round((marks.at[sources] - places) * _N_PHASES).astype(int)  # input less output time, in phases
    delayed = _at_phases(np.pad(samples, 2 * margin), needed=bool(np.any(shift % _N_PHASES)))
    first = np.ceil(places - left[sources]).astype(int)
    last = np.floor(places + right[sources]).astype(int)
    source_first = first + shift // _N_PHASES + 2 * margin

    total = np.zeros(n_out + 2 * margin)
    weight = np.zeros(n_out + 2 * margin)
    for i, (k, place, begin, end) in enumerate(zip(sources, places, first, last, strict=True)):
        if control is not None and i % _GRAINS_PER_CHECK == 0:
            control.checkpoint()
        begin, end = max(begin, -margin), min(end, n_out + margin - 1)
        if end < begin:
            continue
        from_place = np.arange(begin, end + 1) - place
        window = 0.5 + 0.5 * np.cos(np.pi * from_place / np.where(from_place < 0, left[k], right[k]))
        start = source_first[i] + begin - first[i]
        grain = delayed[shift[i] % _N_PHASES][start : start + len(window)]
        total[begin + margin : end + margin + 1] += window * grain
        weight[begin + margin : end + margin + 1] += window
    inside = slice(margin, margin + n_out)
    return (total[inside] / np.maximum(weight[inside], _LEAST_OVERLAP)).astype(np.float32)


def _at_phases(samples: Samples, needed: bool) -> list[Samples]:
    """The signal read 0, 1/4, 2/4, 3/4 of a sample later; only the first where no other is needed."""
    if not needed:
        return [samples]
    taps = np.arange(-_HALF_TAPS, _HALF_TAPS + 1)
    later = [samples]
    for phase in range(1, _N_PHASES):
        offset = taps + phase / _N_PHASES
        kernel = np.sinc(offset) * np.cos(np.pi * offset / (2 * _HALF_TAPS + 2)) ** 2
        later.append(np.convolve(samples, (kernel / kernel.sum()).astype(np.float32), mode="same"))
    return later
