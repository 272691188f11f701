"""The tiny model roots: the same seed gives the same bytes, and any sizes give a root that loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.engine.step_audio.decoder import Decoder
from app.engine.step_audio.language_model.loading import load_language_model
from app.engine.step_audio.prompts.text_tokenizer import load_text_tokenizer
from app.engine.step_audio.tokenizer import AudioTokenizer
from app.engine.step_audio.weights import find_weights
from tools.make_tiny_models import make_root
from tools.tiny_models.weights import Sizes

OTHER_SIZES = Sizes(
    paraformer_width=24,
    paraformer_layers=4,
    vq06_width=8,
    hidden=40,
    heads=10,
    groups=2,
    layers=3,
    feed_forward=56,
    shards=3,
    flow_width=48,
    flow_heads=3,
    flow_blocks=1,
    estimator_width=24,
    estimator_depth=1,
    vocoder_channels=16,
)


def contents(root: Path) -> dict[Path, bytes]:
    return {file.relative_to(root): file.read_bytes() for file in root.rglob("*") if file.is_file()}


@pytest.mark.slow
def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path):
    for name, seed in (("first", 7), ("again", 7), ("other", 8)):
        make_root(tmp_path / name, seed, OTHER_SIZES)
    first, again, other = (contents(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    changed = {path.name for path in first if first[path] != other[path]}
    assert {"model.pt", "flow.pt", "hift.pt", "campplus.onnx", "model-00001.safetensors"} <= changed


@pytest.mark.slow
def test_other_sizes_load(tmp_path, load_clip):
    make_root(tmp_path, 1, OTHER_SIZES)
    folders = find_weights(tmp_path)
    assert len(list(folders.model.glob("*.safetensors"))) == 3
    assert json.loads((folders.model / "config.json").read_text())["hidden_size"] == 40
    assert load_language_model(folders.model).config.num_attention_groups == 2
    assert load_text_tokenizer(folders.model).encode("human\n") == [4623, 78]
    clip = load_clip("ref_zh_male").slice_s(0, 2)
    codes = AudioTokenizer.from_pretrained(folders.tokenizer).encode(clip)
    decoder = Decoder.from_pretrained(folders.decoder)
    sounds = decoder.stream(codes.mixed(), decoder.condition(clip)).push(codes.mixed()[:20], last=True)
    assert sum(sound.duration_s for sound in sounds) == pytest.approx(20 / 5 * 0.12)
