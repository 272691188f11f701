"""The tiny golden decoder, unpacked and loaded once, and what the reference computes with it."""

from __future__ import annotations

import io
import lzma
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from app.engine.step_audio.decoder import Conditioning, Decoder

DATA = Path(__file__).parents[3] / "data" / "reference" / "decoder"


@pytest.fixture(scope="session")
def goldens() -> Mapping[str, Tensor]:
    """What the reference computes, by name."""
    with np.load(io.BytesIO(lzma.decompress((DATA / "goldens.npz.xz").read_bytes()))) as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays}


@pytest.fixture(scope="session")
def decoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint as it lies on a user's disk. Not to be changed: take `decoder_copy` for that."""
    folder = tmp_path_factory.mktemp("decoder") / "CosyVoice-300M-25Hz"
    folder.mkdir()
    for name in ("cosyvoice.yaml", "campplus.onnx"):
        shutil.copyfile(DATA / name, folder / name)
    for name in ("flow.pt", "hift.pt"):
        (folder / name).write_bytes(lzma.decompress((DATA / f"{name}.xz").read_bytes()))
    return folder


@pytest.fixture
def decoder_copy(decoder_folder: Path, tmp_path: Path) -> Path:
    """A checkpoint of the test's own."""
    return Path(shutil.copytree(decoder_folder, tmp_path / decoder_folder.name))


@pytest.fixture(scope="session")
def decoder(decoder_folder: Path) -> Decoder:
    return Decoder.from_pretrained(decoder_folder)


@pytest.fixture(scope="session")
def conditioning(goldens: Mapping[str, Tensor]) -> Conditioning:
    """Of the golden case c1."""
    return Conditioning(goldens["c1_prompt_feat"], goldens["c1_spk_embedding"])


@pytest.fixture(scope="session")
def prompt_tokens(goldens: Mapping[str, Tensor]) -> list[int]:
    """Of the golden case c1."""
    return [int(token) for token in goldens["c1_prompt_mixed"]]


@pytest.fixture(scope="session")
def stream_tokens(goldens: Mapping[str, Tensor]) -> list[int]:
    """The 243 tokens of the golden stream, 5.9 s."""
    return [int(token) for token in goldens["s_target_mixed"]]
