"""What the linguistic encoder reads: Kaldi filter-bank energies, stacked to a low frame rate and normalised.

The original computes them piece by piece as the samples arrive; the pieces together are exactly what is computed here
from the whole clip at once. Source of the filter bank: Kaldi's `compute-fbank-feats`, as torchaudio has it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from app.engine.step_audio.tokenizer.preprocessing import SAMPLE_RATE

FRAME, HOP = 400, 160  # samples of a frame (25 ms), and from one to the next (10 ms)
N_FFT = 512
LOWEST_HZ = 20.0
LOWEST_ENERGY = 2.0**-23  # single precision's epsilon: the floor of the logarithm
PRE_EMPHASIS = 0.97
SAMPLE_SCALE = 32768.0  # Kaldi counts in 16-bit steps; so does the dither
STACKED, STRIDE = 7, 6  # filter-bank frames in one feature frame, and from one to the next
PIECE = 3840  # samples (240 ms) that give the original four feature frames at a time
SHORTEST_TAIL = 880  # samples: seven frames, fewer than which the original does not look at
DITHER_SEED = 777

_BLOCK = 4096  # frames computed at a time, which bounds the working memory


def n_feature_frames(n_samples: int) -> int:
    """Feature frames, and so vq02 codes, of a clip: four for each 240 ms, and what the last, shorter piece gives."""
    n_pieces, tail = divmod(n_samples, PIECE)
    if tail < SHORTEST_TAIL:
        return 4 * n_pieces
    return math.ceil(_n_frames(n_samples) / STRIDE)


@dataclass(frozen=True, slots=True, eq=False)
class FrontEnd:
    """Samples to features. `shift` and `scale` `[n_mels * 7]`: the features' mean, negative, and inverse deviation.

    `dither` is the strength of the noise added to each frame, in 16-bit steps. Its generator begins anew with each
    clip, so that a clip has one sequence of features whatever was computed before.
    """

    n_mels: int
    shift: Tensor
    scale: Tensor
    dither: float

    @property
    def n_features(self) -> int:
        """Numbers in one feature frame."""
        return self.n_mels * STACKED

    def features(self, samples: Tensor) -> Tensor:
        """Feature frames `[n_feature_frames(n), n_mels * 7]` of 16 kHz samples `[n]`, float32 on the CPU."""
        n_frames = n_feature_frames(len(samples))
        if not n_frames:
            return samples.new_empty(0, self.n_features)
        energies = self._log_energies(samples)
        # Three copies of the first frame put it in the middle of the first stack; the last one fills the last stack.
        n_missing = max(0, (n_frames - 1) * STRIDE + STACKED - (STACKED // 2 + len(energies)))
        energies = torch.cat((energies[:1].expand(STACKED // 2, -1), energies, energies[-1:].expand(n_missing, -1)))
        stacks = energies.unfold(0, STACKED, STRIDE)[:n_frames].transpose(1, 2).reshape(n_frames, -1)
        return (stacks + self.shift) * self.scale

    def _log_energies(self, samples: Tensor) -> Tensor:
        """Log mel energies of each frame `[n, n_mels]`."""
        noise = torch.Generator().manual_seed(DITHER_SEED)
        frames = (samples * SAMPLE_SCALE).unfold(0, FRAME, HOP)
        return torch.cat([self._block_energies(block, noise) for block in torch.split(frames, _BLOCK)])

    def _block_energies(self, frames: Tensor, noise: torch.Generator) -> Tensor:
        """In double precision: weak bins beside strong ones lose three digits in single."""
        if self.dither:
            frames = frames + self.dither * torch.randn(frames.shape, generator=noise)
        frames = frames.double()
        frames = frames - frames.mean(dim=1, keepdim=True)
        before = torch.cat((frames[:, :1], frames[:, :-1]), dim=1)
        power = torch.fft.rfft((frames - PRE_EMPHASIS * before) * _window(), n=N_FFT).abs().square()
        energies: Tensor = power @ mel_filters(self.n_mels)
        return energies.clamp(min=LOWEST_ENERGY).log().float()


@lru_cache(maxsize=1)
def _window() -> Tensor:
    return torch.hamming_window(FRAME, periodic=False, dtype=torch.float64)


@lru_cache(maxsize=4)
def mel_filters(n_mels: int) -> Tensor:
    """Triangles on Kaldi's mel scale, 20 Hz to 8 kHz, `[n_fft // 2 + 1, n_mels]`; the topmost bin is not used."""
    lowest, highest = _mel(LOWEST_HZ), _mel(SAMPLE_RATE / 2)
    spacing = (highest - lowest) / (n_mels + 1)
    left = lowest + torch.arange(n_mels, dtype=torch.float64) * spacing
    bins_hz = torch.arange(N_FFT // 2, dtype=torch.float64).unsqueeze(1) * (SAMPLE_RATE / N_FFT)
    bins = 1127.0 * (1.0 + bins_hz / 700.0).log()
    rise = (bins - left) / spacing
    fall = (left + 2 * spacing - bins) / spacing
    return functional.pad(torch.minimum(rise, fall).clamp(min=0.0), (0, 0, 0, 1))


def read_cmvn(path: Path) -> tuple[Tensor, Tensor]:
    """Shift and scale from a Kaldi `am.mvn`. Raises OSError, and ValueError for a file of another kind."""
    text = path.read_text(encoding="utf-8")
    return _vector(text, "AddShift"), _vector(text, "Rescale")


def _n_frames(n_samples: int) -> int:
    return 1 + (n_samples - FRAME) // HOP


def _mel(hz: float) -> float:
    return 1127.0 * math.log(1.0 + hz / 700.0)


def _vector(text: str, name: str) -> Tensor:
    found = re.search(rf"<{name}>[^\[]*<LearnRateCoef>\s+\S+\s+\[([^\]]*)\]", text)
    if found is None:
        raise ValueError(f"has no <{name}>")
    return torch.tensor([float(number) for number in found[1].split()], dtype=torch.float32)
