"""The decoder: audio tokens and a prompt recording to 24 kHz sound (CosyVoice flow matching and HiFT vocoder)."""

from __future__ import annotations

from app.engine.step_audio.decoder.conditioning import Conditioning
from app.engine.step_audio.decoder.decoder import Decoder

__all__ = ["Conditioning", "Decoder"]
