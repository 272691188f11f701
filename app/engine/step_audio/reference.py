"""What is taken from a recording before the models answer: its codes for the prompt, and what conditions the decoder.

Codes and speaker vector are costly and lie in the cache; only the mel is made anew each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from app.cache.token_cache import TokenCache
from app.engine.errors import NoCodes, VoiceTooLong, VoiceTooShort
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, require_sound
from app.engine.step_audio.codes import AudioCodes
from app.engine.step_audio.decoder import Conditioning, Decoder
from app.engine.step_audio.device import exact_products
from app.engine.step_audio.tokenizer import AudioTokenizer
from app.engine.step_audio.waves import peak_limited
from app.engine.step_audio.weights.layout import SPEAKER_MODEL
from app.files import sha256_of

VERSION = 1  # raise it when an entry of the cache holds something else than before
MIN_REFERENCE_S = 1.0  # a voice cannot be told from less
MAX_REFERENCE_S = 60.0  # the model was trained with half of it; more leaves no room for the answer


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A recording as the models take it."""

    codes: AudioCodes
    conditioning: Conditioning


class Preparation:
    """Prepares recordings. Safe from any thread; ten jobs with one new clip prepare it once."""

    def __init__(self, tokenizer: AudioTokenizer, decoder: Decoder, decoder_folder: Path, cache: TokenCache) -> None:
        self._tokenizer = tokenizer
        self._decoder = decoder
        self._cache = cache
        speaker_model = sha256_of(decoder_folder / SPEAKER_MODEL)[:32]
        self._key = f"step-audio-reference-{VERSION}-{tokenizer.version}-{speaker_model}"

    def voice(self, audio: Audio, control: JobControl, param: str) -> Prepared:
        """A recording to speak after, 1 to 60 s. Raises BadAudio and its family, which name `param`; Cancelled."""
        if audio.duration_s < MIN_REFERENCE_S:
            raise VoiceTooShort(audio.duration_s, MIN_REFERENCE_S, param=param)
        if audio.duration_s > MAX_REFERENCE_S:
            raise VoiceTooLong(audio.duration_s, MAX_REFERENCE_S, param=param)
        return self.clip(audio, control, param)

    def clip(self, audio: Audio, control: JobControl, param: str, *, is_kept: bool = True) -> Prepared:
        """A recording of any length; `is_kept` False leaves the cache alone. Raises as `voice`."""
        require_sound(audio, param)
        audio = peak_limited(audio)

        def compute() -> dict[str, Any]:
            with exact_products():
                codes = self._tokenizer.encode(audio, control)
            control.checkpoint()
            return {**codes.to_json(), "speaker": self._decoder.condition(audio).speaker[0].tolist()}

        key = f"{self._key}-{audio.content_hash}"
        entry = self._cache.get_or_compute(key, compute, control.checkpoint) if is_kept else compute()
        codes = AudioCodes.from_json({name: entry[name] for name in ("vq02", "vq06")})
        if not codes.mixed():
            raise NoCodes(audio.duration_s, param=param)
        speaker = torch.tensor([entry["speaker"]], dtype=torch.float32)
        return Prepared(codes, self._decoder.condition(audio, speaker=speaker))
