"""What the linguistic encoder reads: Kaldi filter-bank energies, stacked to a low frame rate and normalised.

The original computes them piece by piece as the samples arrive; the pieces together are exactly what is computed here
from the whole clip at once.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from app.engine.step_audio.kaldi import FRAME, HOP, log_energies

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
        if self.dither:
            frames = frames + self.dither * torch.randn(frames.shape, generator=noise)
        return log_energies(frames, _window(), self.n_mels)


@lru_cache(maxsize=1)
def _window() -> Tensor:
    return torch.hamming_window(FRAME, periodic=False, dtype=torch.float64)


def read_cmvn(path: Path) -> tuple[Tensor, Tensor]:
    """Shift and scale from a Kaldi `am.mvn`. Raises OSError, and ValueError for a file of another kind."""
    text = path.read_text(encoding="utf-8")
    return _vector(text, "AddShift"), _vector(text, "Rescale")


def _n_frames(n_samples: int) -> int:
    return 1 + (n_samples - FRAME) // HOP


def _vector(text: str, name: str) -> Tensor:
    found = re.search(rf"<{name}>[^\[]*<LearnRateCoef>\s+\S+\s+\[([^\]]*)\]", text)
    if found is None:
        raise ValueError(f"has no <{name}>")
    return torch.tensor([float(number) for number in found[1].split()], dtype=torch.float32)
