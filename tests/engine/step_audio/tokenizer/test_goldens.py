"""Every stage of the tokenizer gives what the original gave, from the same clips and weights."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.engine.sound.audio import Audio
from app.engine.step_audio.tokenizer import AudioTokenizer, preprocessed
from app.engine.step_audio.tokenizer.encoder import SinglePassEncoder
from app.engine.step_audio.tokenizer.features import FrontEnd, read_cmvn
from app.engine.step_audio.tokenizer.files import TokenizerFiles
from app.engine.step_audio.tokenizer.mel import whisper_log_mel
from app.engine.step_audio.tokenizer.paraformer import ParaformerConfig, load_encoder
from tests.engine.step_audio.tokenizer.golden import CASES, FACTS, clip, golden, golden_clip, golden_parts

PIECE = 480_000  # samples of one piece of the semantic tokenizer
# The codes of all cases are compared in the quick suite; each stage on its way only for clips of a second or two.
STAGES = [pytest.param(case, marks=[pytest.mark.slow] if CASES[case]["n_pre"] >= PIECE else []) for case in CASES]


@pytest.fixture(scope="module")
def files(weights: Path) -> TokenizerFiles:
    return TokenizerFiles.in_folder(weights)


@pytest.fixture(scope="module")
def encoder(files: TokenizerFiles) -> SinglePassEncoder:
    return SinglePassEncoder(load_encoder(ParaformerConfig.read(files.config), files, "cpu"))


@cache
def wave_of(case: str) -> Audio:
    return preprocessed(golden_clip(case), trim=CASES[case]["trim"])


def features_of(case: str, files: TokenizerFiles, dither: float = 0.0) -> Tensor:
    return FrontEnd(80, *read_cmvn(files.cmvn), dither).features(torch.from_numpy(wave_of(case).samples))


def assert_near(case: str, stage: str, got: NDArray[np.float32] | Tensor, tolerance: float) -> None:
    for place, wanted in golden_parts(case, stage):
        np.testing.assert_allclose(np.asarray(got)[place], wanted, rtol=0, atol=tolerance)


@pytest.mark.parametrize("case", STAGES)
def test_the_preprocessed_wave_is_the_originals(case: str) -> None:
    samples = wave_of(case).samples
    assert len(samples) == CASES[case]["n_pre"]
    total, total_size, total_square, lowest, highest = CASES[case]["pre_stats"]
    exact = samples.astype(np.float64)
    assert [exact.sum(), lowest, highest] == pytest.approx([total, exact.min(), exact.max()], abs=1e-3)
    assert [np.abs(exact).sum(), np.square(exact).sum()] == pytest.approx([total_size, total_square], rel=1e-5)
    assert_near(case, "pre", samples, 1e-5)


@pytest.mark.parametrize("case", STAGES)
def test_features_and_encoder_output_are_the_originals(
    case: str, files: TokenizerFiles, encoder: SinglePassEncoder
) -> None:
    features = features_of(case, files)
    assert_near(case, "feats", features, 1e-3)
    assert_near(case, "enc", encoder.encode([features])[0], 2e-4)


@pytest.mark.parametrize("case", STAGES)
def test_whispers_spectrogram_is_the_originals(case: str) -> None:
    pieces = torch.split(torch.from_numpy(wave_of(case).samples), PIECE)
    for _, wanted in golden_parts(case, "mel0"):
        torch.testing.assert_close(whisper_log_mel(pieces[0]), torch.from_numpy(wanted), rtol=0, atol=1e-4)
    for _, wanted in golden_parts(case, "mel_last"):
        last = [piece for piece in pieces if len(piece) >= 480][-1]
        torch.testing.assert_close(whisper_log_mel(last)[:, :60], torch.from_numpy(wanted), rtol=0, atol=1e-4)


@pytest.mark.parametrize("case", STAGES)
def test_the_codes_are_the_originals(case: str, tokenizer: AudioTokenizer) -> None:
    codes = tokenizer.encode(golden_clip(case), trim=CASES[case]["trim"])
    assert codes.vq02 == golden(case, "vq02").tolist()
    assert codes.vq06 == golden(case, "vq06").tolist()
    assert codes.mixed() == (golden(case, "speech_tokens") - 65536).tolist()
    assert hashlib.sha256(codes.prompt_string().encode()).hexdigest() == CASES[case]["token_str_sha256"]


def test_clips_of_any_length_end_where_the_originals_do(tokenizer: AudioTokenizer) -> None:
    samples = clip(FACTS["edge_lengths"]["wave"]).samples
    rows = FACTS["edge_lengths"]["rows"]
    codes = tokenizer.encode_preprocessed([Audio(samples[: row["n"]], 16_000) for row in rows])
    assert [(c.vq02, len(c.vq06)) for c in codes] == [(row["vq02"], row["n_vq06"]) for row in rows]


def test_dither_is_the_originals_when_its_generator_has_our_seed(weights: Path, files: TokenizerFiles) -> None:
    assert_near("dither1_seed777", "feats", features_of("sil24k", files, dither=1.0), 1e-3)
    codes = AudioTokenizer.from_pretrained(weights).encode(golden_clip("sil24k"))
    assert codes.vq02 == golden("dither1_seed777", "vq02").tolist()
