"""The short-time spectral filter: dynamics, tilt, formants, breath and whisper, at any sample rate.

Works frame by frame in batches, so its memory does not grow with the clip. Pitch and time are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.job import JobControl
from app.engine.sound.audio import Audio, frame_levels_db

Floats = NDArray[np.float64]
Spectra = NDArray[np.complex128]  # [n_frames, n_bins]

_FRAME_S = 0.043
_WHISPER_FRAME_S = 0.011  # short: a whisper lives on sharp consonants (syllable error 0.22 to 0.09 on a quick speaker)
_OVERLAP = 4  # frames start a quarter of their length apart
_BATCH_FRAMES = 256

_TILT_PIVOT_HZ, _TILT_BAND_HZ = 1000.0, (200.0, 8000.0)
_FORMANT_QUEFRENCY_S = 0.0025  # 60 coefficients at 24 kHz: formants, not harmonics
_FORMANT_LIMIT_DB = 26.0
_NOISE_QUEFRENCY_S = 0.0011  # 26 coefficients at 24 kHz: no trace of a voice below 900 Hz
_BREATH_BAND_HZ = (700.0, 1500.0)  # breath fades in between
_HARMONIC_LOSS = 0.6  # share of the voice that full breath takes away
_CONTRAST_LIMIT_DB = 9.0
_SPEECH_DEPTH_DB = 40.0  # below the loud level there is no speech whose dynamics could change
_FADE_DB = 10.0


@dataclass(frozen=True, slots=True)
class Colour:
    """What to change. `contrast`: factor on the level contour in dB; `tilt_db` per octave; `formant`: factor on
    formant frequencies; `breath`: 0 to 1.
    """

    contrast: float = 1.0
    tilt_db: float = 0.0
    formant: float = 1.0
    breath: float = 0.0


def coloured(audio: Audio, colour: Colour, rng: np.random.Generator, control: JobControl) -> Audio:
    """The clip with its dynamics, tilt, formants and breath changed. `rng` draws the breath's noise."""
    if colour == Colour():
        return audio
    frames = _Frames(audio)
    gain_db = _contrast_gain_db(audio, colour.contrast, frames)
    tilt_db = colour.tilt_db * np.log2(np.clip(frames.frequency_hz, *_TILT_BAND_HZ) / _TILT_PIVOT_HZ)
    breath = colour.breath * _ramp(frames.frequency_hz, *_BREATH_BAND_HZ)
    voice_db = 20 * np.log10(1 - _HARMONIC_LOSS * breath)
    for batch, spectra in frames.spectra(control):
        change_db: Floats = gain_db[batch, None] + tilt_db
        if colour.formant != 1.0:
            change_db = change_db + _formant_gain_db(spectra, colour.formant, frames)
        new = spectra * _ratio(change_db + voice_db)
        if colour.breath > 0:
            new += breath * _ratio(change_db) * _noise_like(spectra, frames, rng)
        frames.add(batch, new)
    return frames.audio()


def whispered(audio: Audio, rng: np.random.Generator, control: JobControl) -> Audio:
    """The clip without its voice: noise under its own spectral envelope, with the weak bass of a whisper."""
    frames = _Frames(audio, _WHISPER_FRAME_S)
    octaves = np.log2(np.maximum(frames.frequency_hz, _TILT_PIVOT_HZ) / _TILT_PIVOT_HZ)
    shape = _ratio(2 * octaves - 16 * np.exp(-((frames.frequency_hz / 500) ** 2)))
    for batch, spectra in frames.spectra(control):
        frames.add(batch, shape * _noise_like(spectra, frames, rng))
    return frames.audio()


class _Frames:
    """A clip cut into windowed frames, and the buffer its changed frames are laid into."""

    def __init__(self, audio: Audio, frame_s: float = _FRAME_S) -> None:
        self.sample_rate = audio.sample_rate
        self.size = 1 << round(np.log2(frame_s * audio.sample_rate))
        self.hop = self.size // _OVERLAP
        self.frequency_hz: Floats = np.asarray(np.fft.rfftfreq(self.size, 1 / audio.sample_rate), np.float64)
        self.window = np.asarray(np.hanning(self.size + 1)[:-1], np.float64)
        self.n_samples = len(audio.samples)
        self.n_frames = -(-(self.n_samples + self.size) // self.hop)
        padded_size = (self.n_frames - 1) * self.hop + self.size
        padding = (self.size - self.hop, padded_size - self.n_samples - self.size + self.hop)
        self._input: Floats = np.pad(audio.samples.astype(np.float64), padding)
        self._output: Floats = np.zeros(padded_size)

    @property
    def centres_s(self) -> Floats:
        """Time of each frame's middle in the clip."""
        middle = np.arange(self.n_frames) * self.hop + self.size / 2 - (self.size - self.hop)
        return np.asarray(middle / self.sample_rate)

    def spectra(self, control: JobControl) -> Iterator[tuple[slice, Spectra]]:
        """Batches of frame numbers with their spectra."""
        windows = np.lib.stride_tricks.sliding_window_view(self._input, self.size)[:: self.hop]
        for start in range(0, self.n_frames, _BATCH_FRAMES):
            control.checkpoint()
            batch = slice(start, min(start + _BATCH_FRAMES, self.n_frames))
            yield batch, np.fft.rfft(windows[batch] * self.window)

    def add(self, batch: slice, spectra: Spectra) -> None:
        """Lay changed frames of a batch into the output."""
        pieces = np.fft.irfft(spectra, self.size) * self.window
        for k, piece in enumerate(pieces, batch.start):
            self._output[k * self.hop : k * self.hop + self.size] += piece

    def audio(self) -> Audio:
        """All frames laid together."""
        begin = self.size - self.hop
        full = self._output[begin : begin + self.n_samples] / (np.sum(self.window**2) / self.hop)
        return Audio(full.astype(np.float32), self.sample_rate)


def _contrast_gain_db(audio: Audio, contrast: float, frames: _Frames) -> Floats:
    """Gain of each frame that multiplies the distance of speech from its mean level, `[n_frames]`."""
    if contrast == 1.0:
        return np.zeros(frames.n_frames)
    hop_s = 0.01
    levels = frame_levels_db(audio, 0.04, hop_s)
    floor = float(np.percentile(levels, 95)) - _SPEECH_DEPTH_DB
    mean = float(np.mean(levels[levels >= floor]))
    gain = np.clip((contrast - 1) * (np.maximum(levels, floor) - mean), -_CONTRAST_LIMIT_DB, _CONTRAST_LIMIT_DB)
    if contrast < 1:  # pauses keep their level, or their noise would come up
        gain *= np.clip(1 + (levels - floor) / _FADE_DB, 0.0, 1.0)
    return np.interp(frames.centres_s, np.arange(len(levels)) * hop_s + 0.02, gain)


def _formant_gain_db(spectra: Spectra, factor: float, frames: _Frames) -> Floats:
    """Gain that moves each frame's envelope along frequency by `factor`."""
    envelope_db = _envelope_db(spectra, _FORMANT_QUEFRENCY_S, frames)
    source = np.minimum(frames.frequency_hz / factor, frames.frequency_hz[-1]) / frames.frequency_hz[1]
    below = np.minimum(source.astype(int), len(source) - 2)
    share = source - below
    moved_db = (1 - share) * envelope_db[:, below] + share * envelope_db[:, below + 1]
    return np.asarray(np.clip(moved_db - envelope_db, -_FORMANT_LIMIT_DB, _FORMANT_LIMIT_DB))


def _noise_like(spectra: Spectra, frames: _Frames, rng: np.random.Generator) -> Spectra:
    """White noise under the frames' envelopes, at the frames' power."""
    envelope = _ratio(_envelope_db(spectra, _NOISE_QUEFRENCY_S, frames))
    n_samples = (len(spectra) - 1) * frames.hop + frames.size
    windows = np.lib.stride_tricks.sliding_window_view(rng.standard_normal(n_samples), frames.size)[:: frames.hop]
    noise = np.fft.rfft(windows * frames.window) / np.sqrt(np.sum(frames.window**2))
    power = np.sum(np.abs(spectra) ** 2, axis=1) / np.maximum(np.sum(envelope**2, axis=1), 1e-20)
    return np.asarray(noise * envelope * np.sqrt(power)[:, None])


def _envelope_db(spectra: Spectra, quefrency_s: float, frames: _Frames) -> Floats:
    """Smooth log spectrum of each frame: its cepstrum up to `quefrency_s`."""
    level_db = 20 * np.log10(np.abs(spectra) + 1e-9)
    n_kept = round(quefrency_s * frames.sample_rate)
    cepstra = np.fft.irfft(level_db, frames.size)
    cepstra[:, n_kept + 1 : frames.size - n_kept] = 0.0
    return np.asarray(np.fft.rfft(cepstra).real)


def _ramp(frequency_hz: Floats, low_hz: float, high_hz: float) -> Floats:
    """0 below `low_hz`, 1 above `high_hz`, a raised cosine over log frequency in between."""
    place = np.log(np.maximum(frequency_hz, 1.0) / low_hz) / np.log(high_hz / low_hz)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(place, 0.0, 1.0)))


def _ratio(level_db: Floats) -> Floats:
    return np.asarray(10 ** (level_db / 20))
