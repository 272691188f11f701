"""How tests of the decoder compare sounds."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def worst(found: Tensor, wanted: Tensor) -> float:
    """The largest difference; infinite where the shapes differ."""
    return float((found.double() - wanted.double()).abs().max()) if found.shape == wanted.shape else math.inf


def snr_db(found: Tensor, wanted: Tensor) -> float:
    """Signal to error ratio."""
    error = (found.double() - wanted.double()).square().sum()
    return float(10 * torch.log10(wanted.double().square().sum() / error.clamp(min=1e-30)))


def relative_rms(found: Tensor, wanted: Tensor) -> float:
    """RMS of the difference over the standard deviation of what was wanted."""
    return float((found - wanted).square().mean().sqrt() / wanted.std())
