"""What the decoder takes from the prompt recording: its mel and its speaker's vector."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from app.engine.errors import ClipTooShort, NotFinite
from app.engine.sound.audio import Audio
from app.engine.step_audio.decoder import mel
from app.engine.step_audio.decoder.campplus import CampPlus
from app.engine.step_audio.decoder.config import DecoderConfig
from app.engine.step_audio.kaldi import FRAME, RATE_HZ
from app.engine.step_audio.waves import peak_limited, resampled


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """`mel` (1, frames, bins), not yet aligned to tokens, and `speaker` (1, width); float32 on the CPU."""

    mel: Tensor
    speaker: Tensor


class Frontend:
    """Prompt recording to conditioning. Safe to call from several threads."""

    def __init__(self, folder: Path, config: DecoderConfig) -> None:
        self._mel = config.mel
        self._speaker = CampPlus(folder, config.flow.spk_embed_dim)

    def __call__(self, audio: Audio, speaker: Tensor | None = None) -> Conditioning:
        """`speaker` is the vector of this recording where it is known already. Raises AudioTooShort, BadAudio."""
        if not np.isfinite(audio.samples).all():
            raise NotFinite(param="reference")
        audio = peak_limited(audio)
        for_mel = _at(self._mel.sampling_rate, audio)
        least_s = max(mel.least_samples(self._mel) / self._mel.sampling_rate, FRAME / RATE_HZ)
        n_for_speaker = -(-len(audio.samples) * RATE_HZ // audio.sample_rate)
        if for_mel.shape[1] < mel.least_samples(self._mel) or n_for_speaker < FRAME:
            raise ClipTooShort(audio.duration_s, least_s, param="reference")
        if speaker is None:
            speaker = self._speaker.vector(_at(RATE_HZ, audio))
        return Conditioning(mel.log_mel(for_mel, self._mel), speaker)


def _at(rate_hz: int, audio: Audio) -> Tensor:
    """The samples at that rate, (1, n)."""
    return torch.from_numpy(np.ascontiguousarray(resampled(audio.samples, audio.sample_rate, rate_hz))).unsqueeze(0)
