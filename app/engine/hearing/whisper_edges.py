"""All that leans on the inside of faster-whisper and openai-whisper: what they need not keep when they are upgraded.

The models are passed as they come from the packages. `tests/engine/hearing/test_whisper_edges.py` names what an upgrade
broke.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.engine.hearing.transcriber import BEAM_SIZE, MAX_COMPRESSION

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

MIN_LOGPROB = -1.0
MAX_NO_SPEECH_PROB = 0.6
RATE_HZ = 16000
QUIET_END_S = 1.0  # without silence behind it an end that is cut off passes for a rarer language
MAX_LOOK_S = 28.0
PREPENDED = "\"'“¿([{-"
APPENDED = "\"'.。,，!！?？:：”)]}、"

# ---- faster-whisper -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decoding:
    """One decoding of a window, with the figures Whisper gives for all of it."""

    tokens: list[int]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float


def features_of(model: Any, samples: NDArray[np.float32]) -> Any:
    """The mel features [mels, frames] of samples at 16 kHz, 100 frames a second."""
    return model.feature_extractor(samples)[:, :-1]


def encoded(model: Any, features: Any) -> Any:
    """What the encoder makes of features, brought to the 30 s it takes."""
    from faster_whisper.audio import pad_or_trim

    return model.encode(pad_or_trim(features))


def language_probs(model: Any, encoding: Any) -> dict[str, float]:
    """How likely each language is, by its ISO-639-1 code; the likeliest comes first."""
    if not model.model.is_multilingual:
        return {"en": 1.0}
    return {token[2:-2]: prob for token, prob in model.model.detect_language(encoding)[0]}  # <|en|>


def shortly_encoded(model: Any, samples: NDArray[np.float32]) -> Any:
    """What the encoder makes of so much sound, not brought to 30 s: the time it takes goes with the length.

    Good for the language, not for the words: those loop.
    """
    return model.encode(features_of(model, with_quiet_end(samples)))


def with_quiet_end(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """As much of the samples as a look takes, with silence behind them."""
    return np.pad(samples[: round(MAX_LOOK_S * RATE_HZ)], (0, round(QUIET_END_S * RATE_HZ)))


def tokenizer_of(model: Any, language: str, task: str) -> Any:
    """The tokenizer that transcribes or translates this language."""
    from faster_whisper.tokenizer import Tokenizer

    return Tokenizer(model.hf_tokenizer, model.model.is_multilingual, task=task, language=language)


def read(
    model: Any, encoding: Any, tokenizer: Any, opening: str, *, temperatures: Sequence[float], max_new_tokens: int
) -> Decoding:
    """Decode a window that goes on from the text of `opening`."""
    prompt = model.get_prompt(tokenizer, tokenizer.encode(" " + opening) if opening else [])
    options = decoding_options(tokenizer, temperatures, max_new_tokens)
    result, avg_logprob, temperature, ratio = model.generate_with_fallback(encoding, prompt, tokenizer, options)
    return Decoding(result.sequences_ids[0], temperature, avg_logprob, ratio, result.no_speech_prob)


def add_words(model: Any, encoding: Any, tokenizer: Any, records: list[dict[str, Any]], n_frames: int) -> None:
    """Give each record ("seek", "start", "end", "tokens") its "words", and the end of its last one, by alignment."""
    model.add_word_timestamps([records], tokenizer, encoding, n_frames, PREPENDED, APPENDED, last_speech_timestamp=0.0)


def decoding_options(tokenizer: Any, temperatures: Sequence[float], max_new_tokens: int) -> Any:
    """All options of one decoding."""
    from faster_whisper.transcribe import TranscriptionOptions, get_suppressed_tokens

    return TranscriptionOptions(
        beam_size=BEAM_SIZE,
        best_of=BEAM_SIZE,
        patience=1,
        length_penalty=1,
        repetition_penalty=1,
        no_repeat_ngram_size=0,
        temperatures=temperatures,
        compression_ratio_threshold=MAX_COMPRESSION,
        log_prob_threshold=MIN_LOGPROB,
        no_speech_threshold=MAX_NO_SPEECH_PROB,
        max_new_tokens=max_new_tokens,
        suppress_blank=True,
        suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
        max_initial_timestamp=1.0,
        without_timestamps=False,
        word_timestamps=True,
        # What follows belongs to faster-whisper's own loop, which is not used.
        condition_on_previous_text=False,
        prompt_reset_on_temperature=0.5,
        initial_prompt=None,
        prefix=None,
        prepend_punctuations=PREPENDED,
        append_punctuations=APPENDED,
        multilingual=False,
        clip_timestamps=[0.0],
        hallucination_silence_threshold=None,
        hotwords=None,
    )


# ---- openai-whisper -------------------------------------------------------------------------------------------------


def official_file(name: str) -> tuple[str, str]:
    """Name and SHA-256 of an official checkpoint."""
    import whisper

    sha256, file_name = whisper._MODELS[name].split("/")[-2:]  # .../<sha256>/<file>
    return file_name, sha256


def probs_by_language(model: Any, samples: NDArray[np.float32]) -> dict[str, float]:
    """How likely each language is, by an encoding of just so much sound; the package's own way takes one of 30 s."""
    import torch
    import whisper
    from torch.nn.functional import gelu
    from whisper.tokenizer import get_tokenizer

    if not model.is_multilingual:
        return {"en": 1.0}
    encoder = model.encoder
    tokenizer = get_tokenizer(multilingual=True, num_languages=model.num_languages)
    mel = whisper.log_mel_spectrogram(with_quiet_end(samples), model.dims.n_mels).to(model.device)
    with torch.inference_mode():
        heard = gelu(encoder.conv2(gelu(encoder.conv1(mel[None])))).permute(0, 2, 1)
        heard = (heard + encoder.positional_embedding[: heard.shape[1]]).to(heard.dtype)
        for block in encoder.blocks:
            heard = block(heard)
        logits = model.logits(torch.tensor([[tokenizer.sot]], device=model.device), encoder.ln_post(heard))[0, 0]
        probs = logits[list(tokenizer.all_language_tokens)].softmax(dim=-1).tolist()
    return dict(zip(tokenizer.all_language_codes, probs, strict=True))


def blocks_of(model: Any) -> Iterator[torch.nn.Module]:
    """All blocks of the network, encoder and decoder."""
    for part in (model.encoder, model.decoder):
        yield from part.blocks
