"""The vocoder's parts over their weights: fundamental frequency, excitation and generator."""

from __future__ import annotations

from app.engine.step_audio.decoder.config import VocoderConfig
from app.engine.step_audio.decoder.generator import Generator
from app.engine.step_audio.decoder.params import Params
from app.engine.step_audio.decoder.source import F0Predictor, HarmonicSource


class Vocoder:
    """Holds only weights: safe to call from several threads. `VocoderStream` goes through them."""

    def __init__(self, params: Params, config: VocoderConfig) -> None:
        self.config = config
        self.f0 = F0Predictor(params.below("f0_predictor"))
        self.source = HarmonicSource(params.below("m_source"), config)
        self.generator = Generator(params, config)
