"""What the decoder takes from the prompt recording: its mel and its speaker's vector."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from app.engine.audio import Audio
from app.engine.errors import AudioTooShort, BadAudio
from app.engine.step_audio.decoder import fbank, mel
from app.engine.step_audio.decoder.config import DecoderConfig
from app.engine.step_audio.decoder.resample import resampled
from app.engine.step_audio.decoder.speaker import SpeakerEncoder

PEAK = 0.6  # louder prompts are brought down to this; quieter ones stay


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """`mel` (1, frames, bins), not yet aligned to tokens, and `speaker` (1, width); float32 on the CPU."""

    mel: Tensor
    speaker: Tensor

    def rounded(self) -> Conditioning:
        """Both rounded to bfloat16, as the reference's upper layer does; float32 is better."""
        return Conditioning(self.mel.bfloat16().float(), self.speaker.bfloat16().float())


class Frontend:
    """Prompt recording to conditioning. Safe to call from several threads."""

    def __init__(self, folder: Path, config: DecoderConfig) -> None:
        self._mel = config.mel
        self._speaker = SpeakerEncoder(folder, config.flow.spk_embed_dim)

    def __call__(self, audio: Audio, speaker: Tensor | None = None) -> Conditioning:
        """`speaker` is the vector of this recording where it is known already. Raises AudioTooShort, BadAudio."""
        if not torch.from_numpy(audio.samples).isfinite().all():
            raise BadAudio("The reference holds values that are no numbers.", param="reference")
        wave = levelled(torch.from_numpy(audio.samples).unsqueeze(0))
        for_mel = resampled(wave, audio.sample_rate, self._mel.sampling_rate)
        least_s = max(mel.least_samples(self._mel) / self._mel.sampling_rate, fbank.FRAME / fbank.RATE_HZ)
        n_for_speaker = -(-len(audio.samples) * fbank.RATE_HZ // audio.sample_rate)
        if for_mel.shape[1] < mel.least_samples(self._mel) or n_for_speaker < fbank.FRAME:
            message = f"The reference has {audio.duration_s:.3f} s; the decoder needs at least {least_s:.3f} s."
            raise AudioTooShort(message, param="reference")
        if speaker is None:
            speaker = self._speaker.vector(resampled(wave, audio.sample_rate, fbank.RATE_HZ))
        return Conditioning(mel.log_mel(for_mel, self._mel), speaker)


def levelled(wave: Tensor) -> Tensor:
    """Samples whose peak is at most PEAK."""
    peak = wave.abs().max() if wave.numel() else torch.tensor(0.0)
    return wave / peak * PEAK if peak > PEAK else wave
