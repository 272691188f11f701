"""The prompt's log-mel spectrogram as the flow knows it. Every configuration has its own filters."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers.audio_utils import mel_filter_bank

from app.engine.step_audio.decoder.config import MelConfig

MAGNITUDE_EPS = 1e-9
LOG_FLOOR = 1e-5


def least_samples(config: MelConfig) -> int:
    """The shortest clip that has a spectrogram: its edges are reflected."""
    return (config.n_fft - config.hop_size) // 2 + 1


def log_mel(wave: Tensor, config: MelConfig) -> Tensor:
    """Samples (1, n) at the configuration's rate to natural-log mel magnitudes (1, frames, bins)."""
    edge = (config.n_fft - config.hop_size) // 2
    padded = F.pad(wave, (edge, edge), mode="reflect")
    window = torch.hann_window(config.win_size, dtype=wave.dtype)
    spectrum = torch.stft(
        padded, config.n_fft, config.hop_size, config.win_size, window, center=False, return_complex=True
    )
    magnitude = (spectrum.real.square() + spectrum.imag.square() + MAGNITUDE_EPS).sqrt()
    return (_filters(config).to(wave.dtype) @ magnitude).clamp(min=LOG_FLOOR).log().transpose(1, 2)


@lru_cache(maxsize=8)
def _filters(config: MelConfig) -> Tensor:
    """Triangles of equal area on Slaney's mel scale, (bins, n_fft / 2 + 1)."""
    bank = mel_filter_bank(
        1 + config.n_fft // 2,
        config.num_mels,
        config.fmin,
        config.fmax,
        config.sampling_rate,
        norm="slaney",
        mel_scale="slaney",
    )
    return torch.from_numpy(bank.T).contiguous()
