"""The streams of the reference, faults included: to compare ours against, golden for golden."""

from __future__ import annotations

import torch
from torch import Tensor

from app.engine.step_audio.decoder.flow_stream import ESTIMATOR_PAST, FlowStream
from app.engine.step_audio.decoder.layers import Checkpoint, unhindered
from app.engine.step_audio.decoder.vocoder import Vocoder
from app.engine.step_audio.decoder.vocoder_stream import SourceNoise

CACHED = 8  # mel frames rendered again with the next chunk


class ReferenceFlowStream(FlowStream):
    """Prepares the prompt when the first chunk is there, with its look-ahead; the noise of a chunk starts at the column
    of the cached length, so that later chunks repeat it; the encoder forgets nothing.
    """

    def prepare_before(self, ahead: Tensor) -> None:
        """Solve the prompt, which looks ahead into the first pairs (1, look-ahead, 2) of the target."""
        self._advanced(torch.cat((self._prompt_left, ahead), dim=1), False, unhindered)
        self._prompt_left = self._prompt_left[:, :0]

    def extend(self, pairs: Tensor, *, last: bool, checkpoint: Checkpoint = unhindered) -> Tensor:
        if not self._n_done:
            self.prepare_before(pairs[:, : self._flow.encoder.n_lookahead])
        return super().extend(pairs, last=last, checkpoint=checkpoint)

    def _noise_of(self, n_frames: int) -> Tensor:
        n_seen = min(self._n_done, self._n_prompt + ESTIMATOR_PAST)
        return self._noise(n_seen, n_seen + n_frames)

    def _forget(self) -> None:
        for state in self._states:
            state.keep(self._n_prompt, ESTIMATOR_PAST)


class ReferenceVocoderStream:
    """The halves of its fade sum to 1.08, the wave is limited before the fade, the source's phase starts anew in each
    chunk, and a chunk is rendered without the past.
    """

    def __init__(self, vocoder: Vocoder, noise: SourceNoise) -> None:
        self._vocoder = vocoder
        self._noise = noise
        self._n_frames = 0
        self._overlap = CACHED * vocoder.config.hop  # samples
        self._cached: tuple[Tensor, Tensor, Tensor] | None = None  # mel, source, samples

    def extend(self, mel: Tensor, *, last: bool) -> Tensor:
        """The samples that follow, (n), after another chunk (1, M, F) of the mel."""
        if self._cached is not None:
            mel = torch.cat((self._cached[0], mel), dim=2)
        first = self._n_frames - (CACHED if self._cached else 0)
        self._n_frames = first + mel.shape[2]
        source = self._vocoder.source(self._vocoder.f0(mel), self._noise(first, self._n_frames))
        if self._cached is not None:
            source[:, :, : self._overlap] = self._cached[1]
        wave = rendered(self._vocoder, mel, source)[0]
        if self._cached is not None:
            window = torch.hamming_window(2 * self._overlap, periodic=False, device=wave.device)
            rise, fall = window.chunk(2)
            wave[: self._overlap] = wave[: self._overlap] * rise + self._cached[2] * fall
        self._cached = (mel[:, :, -CACHED:], source[:, :, -self._overlap :], wave[-self._overlap :])
        return wave if last else wave[: -self._overlap]


def rendered(vocoder: Vocoder, mel: Tensor, source: Tensor) -> Tensor:
    """Mel (1, M, F) and its excitation (1, 1, N) to samples (1, N) within the model's limit."""
    generator = vocoder.generator
    return generator.limited(generator.wave(generator.columns(mel, generator.spectrum(source))))
