"""Whisper's log-mel spectrogram, as the semantic tokenizer wants it: 128 bins, of any length, never padded to 30 s."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from transformers.audio_utils import mel_filter_bank

from app.engine.step_audio.tokenizer.preprocessing import SAMPLE_RATE

N_MELS = 128
N_FFT, HOP = 400, 160  # samples: 25 ms, 10 ms
LOWEST_POWER = 1e-10
RANGE = 8.0  # powers of ten below the loudest bin that are kept


def whisper_log_mel(samples: Tensor) -> Tensor:
    """Log-mel spectrogram `[128, n // 160]` of 16 kHz samples `[n]`, n above 200; roughly -1 to 1, float32.

    Levels are relative to the loudest bin of these very samples. Source: `log_mel_spectrogram` of openai-whisper.
    """
    window = torch.hann_window(N_FFT, dtype=torch.float64)
    spectrum = torch.stft(samples.double(), N_FFT, HOP, window=window, return_complex=True)
    power = spectrum[:, :-1].abs().square()
    levels = (slaney_filters() @ power).clamp(min=LOWEST_POWER).log10()
    return ((levels.clamp(min=float(levels.max()) - RANGE) + 4.0) / 4.0).float()


@lru_cache(maxsize=1)
def slaney_filters() -> Tensor:
    """Slaney's mel filter bank `[128, 201]`."""
    bank = mel_filter_bank(1 + N_FFT // 2, N_MELS, 0.0, SAMPLE_RATE / 2, SAMPLE_RATE, norm="slaney", mel_scale="slaney")
    return torch.from_numpy(bank.T).contiguous()
