"""Weights that cannot be used: the file at fault is named, and the service lives."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from app.cache.token_cache import TokenCache
from app.engine.engine import EditXEngine
from app.engine.errors import NotReady, PartMissing
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.requests import CloneRequest, Reference
from app.engine.script import parse_script
from app.engine.step_audio.backend import StepAudioBackend
from app.engine.step_audio.weights import find_weights
from app.settings import Settings
from tests.waiting import until
from tests.wording import refused

DECODER = "Step-Audio-EditX/CosyVoice-300M-25Hz"


def copy_with(root: Path, tmp_path: Path, name: str, content: bytes) -> Path:
    """A root whose files are links to those of `root`, but for one."""
    for file in root.rglob("*"):
        if file.is_file():
            link = tmp_path / file.relative_to(root)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.slow  # each loader's own tests do the same with less
@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        (f"{DECODER}/flow.pt", lambda content: content[: len(content) // 2]),
        (f"{DECODER}/flow.pt", lambda content: content.replace(b"encoder_proj", b"encoder_prog")),
        (f"{DECODER}/cosyvoice.yaml", lambda content: content.replace(b"    num_blocks:", b"    n_blocks:")),
        (f"{DECODER}/campplus.onnx", lambda _: b"<html>404 not found</html>"),
        ("Step-Audio-Tokenizer/speech_tokenizer_v1.onnx", lambda _: b"<html>404 not found</html>"),
        ("Step-Audio-Tokenizer/linguistic_tokenizer.npy", lambda content: content[:-100]),
        ("Step-Audio-EditX/model-00002.safetensors", lambda content: content[:-100]),
        ("Step-Audio-EditX/tokenizer.model", lambda content: content[:-100]),
    ],
)
def test_a_broken_file_is_named(tiny_root, tmp_path, name, spoil):
    root = copy_with(tiny_root, tmp_path, name, spoil((tiny_root / name).read_bytes()))
    (root / "Step-Audio-EditX-AWQ-4bit").rename(tmp_path / "elsewhere")  # it would stand in for the base
    with refused(PartMissing, match=Path(name).name):
        StepAudioBackend(find_weights(root), torch.device("cpu"), TokenCache(None, 10, 10**6)).load()


@pytest.mark.slow
async def test_a_service_with_broken_weights_lives_and_says_why_it_is_not_ready(tiny_root, tmp_path):
    name = f"{DECODER}/cosyvoice.yaml"
    root = copy_with(tiny_root, tmp_path / "root", name, (tiny_root / name).read_bytes().replace(b"depth:", b"deep:"))
    settings = Settings(backend="step-audio", model_path=root, device_map="cpu", cache_dir=tmp_path, offline=True)
    engine = EditXEngine.from_settings(settings, Parts.from_settings(settings))
    await engine.start()
    try:
        await until(lambda: not engine.status().is_loading, "the end of loading", 60)
        assert not engine.status().is_ready
        with refused(NotReady, match=r"cosyvoice\.yaml"):
            await anext(engine.clone(CloneRequest(parse_script("One."), Reference(voice="heart_en")), JobControl()))
    finally:
        await engine.stop()
