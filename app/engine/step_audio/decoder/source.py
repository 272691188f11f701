"""The vocoder's excitation: fundamental frequency from the mel, and from it a sum of harmonics with noise.

Source: Wang et al., "Neural Source-Filter Waveform Models", 2019 (arXiv:1904.12088). The phase is summed in float64
and wrapped, so it stays exact in a file of any length; the reference sums it in float32, where the error grows.
F: mel frames, N = hop F: samples, K: tones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.config import VocoderConfig
from app.engine.step_audio.decoder.layers import Linear
from app.engine.step_audio.decoder.params import Params

F0_LAYERS = 5
F0_CONTEXT = F0_LAYERS  # frames to each side that a frame's pitch depends on: one for each layer


class F0Predictor:
    """Mel (1, M, F) to fundamental frequency (1, F) in Hz."""

    def __init__(self, params: Params) -> None:
        names = [f"condnet.{2 * i}" for i in range(F0_LAYERS)]
        self._convs = [(params[f"{name}.weight"], params[f"{name}.bias"]) for name in names]
        self._classifier = Linear.of(params, "classifier")

    def __call__(self, mel: Tensor) -> Tensor:
        x = mel
        for weight, bias in self._convs:
            x = F.elu(F.conv1d(x, weight, bias, padding=1))
        return self._classifier(x.transpose(1, 2)).squeeze(-1).abs()


@dataclass(frozen=True, slots=True)
class Phase:
    """Where the tones stand at a frame's centre, in cycles 0 to 1, float64 (K)."""

    cycles: Tensor


class HarmonicSource:
    """Fundamental frequency to excitation. Holds only weights."""

    def __init__(self, params: Params, config: VocoderConfig) -> None:
        self._merge = Linear.of(params, "l_linear")
        self._config = config

    def __call__(self, f0: Tensor, noise: Tensor | None, before: Phase | None = None) -> Tensor:
        """f0 (1, F) in Hz and standard normal noise (1, N, K), None for none, to the excitation (1, 1, N).

        `before` is the phase of the frame before the first; without it the signal begins here.
        """
        config = self._config
        tones = config.nsf_alpha * torch.sin(self._angles(f0[0], before)).to(f0.dtype)  # (N, K)
        voiced = (f0[0] > config.nsf_voiced_threshold).to(f0.dtype)
        voiced = voiced.repeat_interleave(config.hop).unsqueeze(-1)
        tones = tones * voiced
        if noise is not None:
            amplitude = voiced * config.nsf_sigma + (1 - voiced) * config.nsf_alpha / 3
            tones = tones + amplitude * noise[0].to(f0.device, f0.dtype)
        return torch.tanh(self._merge(tones)).view(1, 1, -1)

    def phase_after(self, f0: Tensor, before: Phase | None) -> Phase:
        """The phase at the centre of the last frame of f0 (1, F), F > 0."""
        return Phase(self._centres(self._turns(f0[0]), before)[-1])

    def _turns(self, f0: Tensor) -> Tensor:
        """Cycles of each tone in a frame, float64 (F, K)."""
        tones = torch.arange(1, self._config.n_tones + 1, device=f0.device, dtype=torch.float64)
        per_sample = torch.remainder(f0.double().unsqueeze(1) * tones / self._config.sampling_rate, 1.0)
        return per_sample * self._config.hop

    def _centres(self, turns: Tensor, before: Phase | None) -> Tensor:
        """Cycles at each frame's centre, 0 to 1, float64 (F, K). A frame's own turns lie before its centre."""
        start = turns.new_zeros(turns.shape[1]) if before is None else before.cycles
        return torch.remainder(start + turns.cumsum(0), 1.0)

    def _angles(self, f0: Tensor, before: Phase | None) -> Tensor:
        """Radians of each tone at each sample, (N, K): straight lines between the frames' centres, flat at the ends."""
        hop = self._config.hop
        turns = self._turns(f0)
        centres = self._centres(turns, before)
        left = turns.clone()
        if before is None:
            left[0] = 0
        right = torch.cat((turns[1:], torch.zeros_like(turns[:1])))
        place = (torch.arange(hop, device=f0.device, dtype=torch.float64) + 0.5) / hop - 0.5  # -0.5 to 0.5 in a frame
        place = place.view(1, hop, 1)
        slope = torch.where(place < 0, left.unsqueeze(1), right.unsqueeze(1))
        cycles = centres.unsqueeze(1) + place * slope
        return (torch.remainder(cycles, 1.0).float() * (2 * math.pi)).flatten(0, 1)
