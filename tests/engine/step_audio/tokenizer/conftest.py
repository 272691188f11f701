"""The golden weights in a folder of the tests' own, and the tokenizer they make."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.engine.step_audio.tokenizer import AudioTokenizer
from tests.engine.step_audio.tokenizer.golden import FOLDER, WEIGHTS


def copy_weights(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in WEIGHTS:
        source = FOLDER / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    return folder


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `Step-Audio-Tokenizer` folder to read; a copy, because its hashes are remembered in it."""
    return copy_weights(tmp_path_factory.mktemp("golden") / "Step-Audio-Tokenizer")


@pytest.fixture
def own_weights(tmp_path: Path) -> Path:
    """A `Step-Audio-Tokenizer` folder to break."""
    return copy_weights(tmp_path / "Step-Audio-Tokenizer")


@pytest.fixture(scope="session")
def tokenizer(weights: Path) -> AudioTokenizer:
    """Without dither, as the goldens were made."""
    return AudioTokenizer.from_pretrained(weights, dither=0.0)
