"""What `whisper_edges` leans on is still there. After an upgrade, the test that fails names what broke."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
import whisper
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import TranscriptionOptions, get_suppressed_tokens
from whisper.model import ModelDimensions, Whisper

from app.engine.hearing import whisper_edges
from app.engine.hearing.languages import LANGUAGES
from app.engine.hearing.transcriber import OPENAI_MODELS

SELF = object()
CALLS: dict[str, tuple[Callable[..., Any], int, tuple[str, ...]]] = {  # positional arguments, and those by name
    "WhisperModel.encode": (WhisperModel.encode, 2, ()),
    "WhisperModel.get_prompt": (WhisperModel.get_prompt, 3, ()),
    "WhisperModel.generate_with_fallback": (WhisperModel.generate_with_fallback, 5, ()),
    "WhisperModel.add_word_timestamps": (WhisperModel.add_word_timestamps, 7, ("last_speech_timestamp",)),
    "Tokenizer": (Tokenizer.__init__, 3, ("task", "language")),
    "get_suppressed_tokens": (get_suppressed_tokens, 2, ()),
}


@pytest.mark.parametrize("name", CALLS)
def test_it_can_be_called_as_we_do(name: str):
    function, n_positional, named = CALLS[name]
    inspect.signature(function).bind(*[SELF] * n_positional, **dict.fromkeys(named, SELF))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("get_prompt", ["self", "tokenizer", "previous_tokens"]),
        ("generate_with_fallback", ["self", "encoder_output", "prompt", "tokenizer", "options"]),
        (
            "add_word_timestamps",
            [
                *("self", "segments", "tokenizer", "encoder_output", "num_frames"),
                *("prepend_punctuations", "append_punctuations", "last_speech_timestamp"),
            ],
        ),
    ],
)
def test_the_arguments_of_the_model_mean_what_they_did(name: str, parameters: list[str]):
    assert list(inspect.signature(getattr(WhisperModel, name)).parameters)[: len(parameters)] == parameters


def test_the_options_of_a_decoding_are_those_we_fill():
    class Signs:
        """As much of a tokenizer as the suppressed tokens need."""

        non_speech_tokens = (1, 2)
        transcribe = translate = sot = sot_prev = sot_lm = no_speech = 3

    options = whisper_edges.decoding_options(Signs(), [0.0, 0.2], 40)
    assert {field.name for field in fields(TranscriptionOptions)} == set(vars(options))
    assert set(options.suppress_tokens) >= {1, 2}
    assert options.max_new_tokens == 40


def test_features_are_a_hundred_frames_a_second_and_are_brought_to_thirty_seconds():
    class Model:
        feature_extractor = FeatureExtractor()

    features = whisper_edges.features_of(Model(), np.zeros(2 * 16_000, np.float32))
    assert features.shape == (80, 200)
    assert pad_or_trim(features).shape == (80, 3000)


def test_an_encoder_has_the_parts_that_are_run_one_after_the_other():
    tiny = Whisper(ModelDimensions(80, 1500, 8, 1, 2, 51865, 448, 8, 1, 3))
    torch.nn.init.zeros_(tiny.decoder.positional_embedding)  # the package leaves it unset
    probs = whisper_edges.probs_by_language(tiny, np.zeros(8000, np.float32))
    assert set(probs) == set(LANGUAGES) - {"yue"}  # of the vocabulary before the third large model
    assert sum(probs.values()) == pytest.approx(1.0)


def test_a_sound_of_any_length_is_looked_at_with_silence_behind_it():
    assert len(whisper_edges.with_quiet_end(np.ones(8000, np.float32))) == 24_000
    assert len(whisper_edges.with_quiet_end(np.ones(60 * 16_000, np.float32))) == 29 * 16_000


@pytest.mark.parametrize("name", ["feature_extractor", "hf_tokenizer", "model"])
def test_a_model_has_the_parts_we_reach_into(name: str):
    assert f"self.{name} =" in inspect.getsource(WhisperModel.__init__)


@pytest.mark.parametrize("name", OPENAI_MODELS)
def test_an_official_checkpoint_has_a_file_and_a_hash(name: str):
    file_name, sha256 = whisper_edges.official_file(name)
    assert file_name.endswith(".pt")
    assert re.fullmatch(r"[0-9a-f]{64}", sha256)


def test_a_network_has_blocks_in_encoder_and_decoder():
    tiny = Whisper(ModelDimensions(80, 8, 8, 1, 2, 10, 8, 8, 1, 3))
    assert len(list(whisper_edges.blocks_of(tiny))) == 5


def test_the_package_names_the_models_we_offer():
    assert set(OPENAI_MODELS) <= set(whisper.available_models())
