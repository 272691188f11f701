"""The tiny golden checkpoint of the language model, unpacked once."""

from __future__ import annotations

import json
import lzma
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.engine.step_audio.language_model.loading import load_language_model
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.prompts.text_tokenizer import TextTokenizer, load_text_tokenizer

STEP1 = Path(__file__).parents[2] / "data" / "reference" / "step1"


@pytest.fixture(scope="session")
def step1_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint as it lies on a user's disk. Not to be changed: take `step1_copy` for that."""
    folder = tmp_path_factory.mktemp("step1") / "Step-Audio-EditX"
    folder.mkdir()
    for file in STEP1.iterdir():
        if file.suffix == ".xz":
            (folder / file.stem).write_bytes(lzma.decompress(file.read_bytes()))
        else:
            shutil.copyfile(file, folder / file.name)
    return folder


@pytest.fixture
def step1_copy(step1_folder: Path, tmp_path: Path) -> Path:
    """A checkpoint of the test's own."""
    return Path(shutil.copytree(step1_folder, tmp_path / step1_folder.name))


@pytest.fixture(scope="session")
def step1_model(step1_folder: Path) -> Step1ForCausalLM:
    return load_language_model(step1_folder)


@pytest.fixture(scope="session")
def step1_tokenizer(step1_folder: Path) -> TextTokenizer:
    return load_text_tokenizer(step1_folder)


@pytest.fixture(scope="session")
def step1_arrays() -> Mapping[str, NDArray[Any]]:
    with np.load(STEP1 / "goldens.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="session")
def step1_prompts() -> dict[str, Any]:
    prompts: dict[str, Any] = json.loads((STEP1 / "prompts.json").read_text(encoding="utf-8"))
    return prompts
