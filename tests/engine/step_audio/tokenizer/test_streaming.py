"""Whole clips at once give what FunASR gives when the same sound arrives in pieces."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from app.engine.step_audio.tokenizer import AudioTokenizer
from app.engine.step_audio.tokenizer.files import TokenizerFiles
from app.settings import PROJECT
from tests.engine.step_audio.tokenizer.golden import voice

LENGTHS = (600, 879, 880, 3_840, 4_719, 4_720, 11_520, 20_001, 33_333)


@pytest.mark.slow  # importing funasr takes ten seconds
def test_features_encoder_and_codes_are_those_of_the_stock_streaming_path(weights: Path, tmp_path: Path) -> None:
    waves = {str(n): voice(n, 16_000, 2.5)[:n] for n in LENGTHS}
    np.savez(tmp_path / "waves.npz", **waves)
    files = TokenizerFiles.in_folder(weights)
    module = "tests.engine.step_audio.tokenizer.streaming_oracle"
    places = [str(files.checkpoint.parent), str(tmp_path / "waves.npz"), str(tmp_path / "stock.npz")]
    subprocess.run([sys.executable, "-m", module, *places], cwd=PROJECT, capture_output=True, check=True)

    linguistic = AudioTokenizer.from_pretrained(weights, dither=0.0)._linguistic
    centroids = torch.from_numpy(np.load(files.centroids))
    with np.load(tmp_path / "stock.npz") as stock:
        for n, wave in waves.items():
            features = linguistic._front_end.features(torch.from_numpy(wave))
            encoded = torch.from_numpy(stock[f"{n}/encoded"])
            np.testing.assert_allclose(features, stock[f"{n}/features"], rtol=0, atol=1e-3)
            np.testing.assert_allclose(linguistic._encoder.encode([features])[0], encoded, rtol=0, atol=2e-4)
            assert linguistic.codes([wave])[0] == torch.cdist(encoded, centroids).argmin(dim=1).tolist()
