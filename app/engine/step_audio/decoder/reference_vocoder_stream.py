"""Mel to wave, chunk by chunk, exactly as the reference does it: kept to compare against, not to listen to.

Its faults, which `vocoder_stream.py` does not have: the halves of the fade sum to 1.08, the wave is limited before the
fade, the source's phase starts anew in each chunk, and a chunk is rendered without the past.
"""

from __future__ import annotations

import torch
from torch import Tensor

from app.engine.step_audio.decoder.layers import Checkpoint, unhindered
from app.engine.step_audio.decoder.vocoder import Vocoder
from app.engine.step_audio.decoder.vocoder_stream import SourceNoise

CACHED = 8  # mel frames rendered again with the next chunk


class ReferenceVocoderStream:
    """One stream. Not safe to share between threads."""

    def __init__(self, vocoder: Vocoder, noise: SourceNoise) -> None:
        self._vocoder = vocoder
        self._noise = noise
        self._n_frames = 0
        self._overlap = CACHED * vocoder.config.hop  # samples
        self._cached: tuple[Tensor, Tensor, Tensor] | None = None  # mel, source, samples

    def extend(self, mel: Tensor, *, last: bool, checkpoint: Checkpoint = unhindered) -> Tensor:
        """The samples that follow, (n), after another chunk (1, M, F) of the mel."""
        if self._cached is not None:
            mel = torch.cat((self._cached[0], mel), dim=2)
        first = self._n_frames - (CACHED if self._cached else 0)
        self._n_frames = first + mel.shape[2]
        source = self._vocoder.source(self._vocoder.f0(mel), self._noise(first, self._n_frames))
        if self._cached is not None:
            source[:, :, : self._overlap] = self._cached[1]
        wave = self._vocoder.rendered(mel, source, checkpoint)[0]
        if self._cached is not None:
            window = torch.hamming_window(2 * self._overlap, periodic=False, device=wave.device)
            rise, fall = window.chunk(2)
            wave[: self._overlap] = wave[: self._overlap] * rise + self._cached[2] * fall
        self._cached = (mel[:, :, -CACHED:], source[:, :, -self._overlap :], wave[-self._overlap :])
        return wave if last else wave[: -self._overlap]
