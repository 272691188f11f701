"""Mel to wave, chunk by chunk, as close to the whole file's wave as the hold-back allows; a whole file is one chunk.

Each chunk is rendered again with all the past that the vocoder can see. The latest frames are held back until their
future is known; what was held back fades into its better rendering. The pitch of every frame that is given out is
final, because it depends on fewer frames than are held back, and the phase runs on from chunk to chunk: both
renderings of a joint are in step, so the halves of the fade sum to one.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from app.engine.step_audio.decoder.layers import Checkpoint, unhindered
from app.engine.step_audio.decoder.source import F0_CONTEXT, Phase
from app.engine.step_audio.decoder.vocoder import Vocoder

HELD_BACK = 8  # mel frames (160 ms)
FADE = 1  # mel frame over which a joint fades: what was held back gets worse towards its end

SourceNoise = Callable[[int, int], Tensor | None]  # first and last frame to (1, samples, tones), None for none


class VocoderStream:
    """One stream. Not safe to share between threads; several streams may share a `Vocoder`."""

    def __init__(self, vocoder: Vocoder, noise: SourceNoise) -> None:
        self._vocoder = vocoder
        self._noise = noise
        self._mel: Tensor | None = None  # (1, M, frames from _first on)
        self._first = 0  # frame where the kept mel begins
        self._phase: Phase | None = None  # of the frame before the first one that is rendered
        self._rendered_from = 0
        self._n_given = 0  # frames given out
        self._held = torch.empty(0)  # rendering of the frames after them

    def extend(self, mel: Tensor, *, last: bool, checkpoint: Checkpoint = unhindered) -> Tensor:
        """The samples that follow, (n), within the model's limit, after another chunk (1, M, F) of the mel."""
        self._mel = mel if self._mel is None else torch.cat((self._mel, mel), dim=2)
        n_frames = self._first + self._mel.shape[2]
        f0 = self._vocoder.f0(self._mel)[:, self._rendered_from - self._first :]
        wave = self._rendering(f0, n_frames, checkpoint)[(self._n_given - self._rendered_from) * self._hop :]
        wave = self._joined(wave)
        until = n_frames if last else max(self._n_given, n_frames - HELD_BACK)
        n_samples = (until - self._n_given) * self._hop
        self._held, self._n_given = wave[n_samples:].clone(), until
        self._forget(f0)
        return self._vocoder.generator.limited(wave[:n_samples])

    @property
    def _hop(self) -> int:
        return self._vocoder.config.hop

    def _rendering(self, f0: Tensor, n_frames: int, checkpoint: Checkpoint) -> Tensor:
        """Samples (n) of the frames from `_rendered_from` on, not limited."""
        assert self._mel is not None
        generator = self._vocoder.generator
        source = self._vocoder.source(f0, self._noise(self._rendered_from, n_frames), self._phase)
        mel = self._mel[:, :, self._rendered_from - self._first :]
        return generator.wave(generator.columns(mel, generator.spectrum(source), checkpoint))[0]

    def _joined(self, wave: Tensor) -> Tensor:
        """The new rendering, faded in over the old one of the same samples."""
        n = min(FADE * self._hop, len(self._held), len(wave))
        if not n:
            return wave
        place = (torch.arange(n, device=wave.device, dtype=wave.dtype) + 0.5) / n
        rise = 0.5 - 0.5 * torch.cos(math.pi * place)
        wave[:n] = self._held[:n] + rise * (wave[:n] - self._held[:n])
        return wave

    def _forget(self, f0: Tensor) -> None:
        """Drop the mel that no later sample depends on; `f0` (1, n) begins at `_rendered_from`."""
        assert self._mel is not None
        keep_from = max(self._rendered_from, self._n_given - self._vocoder.generator.context)
        if passed := keep_from - self._rendered_from:
            self._phase = self._vocoder.source.phase_after(f0[:, :passed], self._phase)
            self._rendered_from = keep_from
        first = max(self._first, keep_from - F0_CONTEXT)
        self._mel, self._first = self._mel[:, :, first - self._first :].clone(), first
