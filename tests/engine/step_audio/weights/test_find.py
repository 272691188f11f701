"""Finding the weights: what counts as there, and how what is missing is told."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch

from app.engine.errors import PartMissing
from app.engine.facts.files import NoPlainFile
from app.engine.step_audio.weights import find_weights, layout
from app.engine.step_audio.weights.file_faults import file_fault
from app.engine.step_audio.weights.layout import MANIFEST
from app.engine.step_audio.weights.manifest import Manifest, ManifestFile, read_manifest
from app.wording.english import english
from tests.engine.step_audio.weights.planted_weights import (
    POINTER,
    cut,
    plant_model,
    plant_root,
    plant_tensors,
    plant_tokenizer,
)

FLOW = f"{layout.DECODER}/flow.pt"
ENCODER = f"{layout.LINGUISTIC_ENCODER}/model.pt"


@pytest.mark.parametrize("given", ["", layout.TOKENIZER, layout.MODELS["base"]])
def test_the_root_or_either_folder_finds_the_rest(tmp_path: Path, given: str) -> None:
    found = find_weights(plant_root(tmp_path) / given)
    assert found.root == tmp_path
    assert found.tokenizer == tmp_path / "Step-Audio-Tokenizer"
    assert found.model == tmp_path / "Step-Audio-EditX"
    assert found.decoder == tmp_path / "Step-Audio-EditX" / "CosyVoice-300M-25Hz"


def test_the_folders_of_the_hubs_own_tools_are_found(tmp_path: Path) -> None:
    plant_root(tmp_path / "stepfun-ai")
    assert find_weights(tmp_path).tokenizer == tmp_path / "stepfun-ai" / "Step-Audio-Tokenizer"


def test_a_folder_of_another_name_is_known_by_what_it_holds(tmp_path: Path) -> None:
    plant_tokenizer(tmp_path / "Step-Audio-Tokenizer")
    plant_model(tmp_path / "my-voice", "awq")
    found = find_weights(tmp_path / "my-voice")
    assert found.variants == {"awq": tmp_path / "my-voice"}
    assert found.decoder == tmp_path / "my-voice" / layout.DECODER


def test_a_root_with_the_name_of_a_model_is_still_a_root(tmp_path: Path) -> None:
    root = plant_root(tmp_path / layout.MODELS["base"])
    assert find_weights(root).root == root
    assert find_weights(root / layout.MODELS["base"]).root == root


def test_bnb_is_quantised_from_base_where_it_has_no_folder(tmp_path: Path) -> None:
    found = find_weights(plant_root(tmp_path))
    assert found.variants == {"base": found.model, "bnb": found.model}
    assert "Step-Audio-EditX-AWQ-4bit" in english(found.absent_variants["awq"])


def test_every_variant_with_a_folder_is_found(tmp_path: Path) -> None:
    found = find_weights(plant_root(tmp_path, "base", "awq", "bnb"))
    assert found.variants == {variant: tmp_path / name for variant, name in layout.MODELS.items()}
    assert not found.absent_variants


def test_a_quantised_folder_alone_is_enough(tmp_path: Path) -> None:
    found = find_weights(plant_root(tmp_path, "awq"))
    assert list(found.variants) == ["awq"]
    assert set(found.absent_variants) == {"base", "bnb"}
    assert found.model == tmp_path / layout.MODELS["awq"]


def test_a_broken_variant_leaves_the_others_and_is_told(tmp_path: Path) -> None:
    plant_root(tmp_path, "base", "awq")
    cut(tmp_path / layout.MODELS["base"] / "model-00001.safetensors")
    found = find_weights(tmp_path)
    assert list(found.variants) == ["awq"]
    assert "model-00001.safetensors is cut off" in english(found.absent_variants["base"])


def test_a_broken_decoder_is_replaced_by_that_of_another_variant(tmp_path: Path) -> None:
    plant_root(tmp_path, "base", "awq")
    cut(tmp_path / layout.MODELS["base"] / FLOW)
    assert find_weights(tmp_path).decoder == tmp_path / layout.MODELS["awq"] / layout.DECODER


def test_nothing_there_tells_what_was_looked_for_where_and_the_command(tmp_path: Path) -> None:
    with pytest.raises(PartMissing) as missing:
        find_weights(tmp_path / "no such folder")
    told = english(missing.value)
    assert f"{tmp_path}/no such folder" in told
    for name in (layout.TOKENIZER, *layout.MODELS.values(), layout.DECODER):
        assert name in told
    assert f"python -m app.main download --models-dir '{tmp_path}/no such folder'" in told


@pytest.mark.parametrize(
    ("folder", "name", "told"),
    [
        (layout.TOKENIZER, "linguistic_tokenizer.npy", "is cut off"),
        (layout.TOKENIZER, "speech_tokenizer_v1.onnx", "is cut off"),
        (layout.TOKENIZER, ENCODER, "is cut off"),
        (layout.MODELS["base"], FLOW, "is cut off"),
        (layout.MODELS["base"], f"{layout.DECODER}/campplus.onnx", "is cut off"),
        (layout.MODELS["base"], "model-00001.safetensors", "is cut off"),
        (layout.MODELS["base"], layout.SHARD_INDEX, "is cut off"),
        (layout.MODELS["base"], layout.CONFIG, "is cut off"),
    ],
)
def test_a_file_that_is_cut_off_is_named_as_such(tmp_path: Path, folder: str, name: str, told: str) -> None:
    cut(plant_root(tmp_path) / folder / name)
    assert f"{name} {told}" in missing_of(tmp_path)


NEEDED = [(layout.TOKENIZER, name) for name in layout.TOKENIZER_FILES] + [
    (layout.MODELS["base"], name)
    for name in (*layout.DECODER_FILES, layout.CONFIG, layout.TEXT_TOKENIZER, "model-00001.safetensors")
]


@pytest.mark.parametrize(("folder", "name"), NEEDED)
def test_every_file_that_loading_needs_is_missed_by_name(tmp_path: Path, folder: str, name: str) -> None:
    (plant_root(tmp_path) / folder / name).unlink()
    assert f"{name} is missing" in missing_of(tmp_path)


@pytest.mark.parametrize(("folder", "name"), NEEDED)
def test_a_pointer_is_never_taken_for_the_file(tmp_path: Path, folder: str, name: str) -> None:
    (plant_root(tmp_path) / folder / name).write_bytes(POINTER)
    assert f"{name} is a Git LFS pointer" in missing_of(tmp_path)


def test_an_onnx_file_that_is_text_is_refused(tmp_path: Path) -> None:
    plant_root(tmp_path)
    (tmp_path / layout.TOKENIZER / "speech_tokenizer_v1.onnx").write_text("<!DOCTYPE html><p>Not found</p>")
    assert "speech_tokenizer_v1.onnx is cut off, or no ONNX file" in missing_of(tmp_path)


def test_a_shard_that_the_index_names_is_missed(tmp_path: Path) -> None:
    model = plant_root(tmp_path) / layout.MODELS["base"]
    plant_tensors(model, {"a": torch.zeros(2), "b": torch.zeros(2), "c": torch.zeros(2)}, n_shards=3)
    find_weights(tmp_path)
    (model / "model-00002.safetensors").unlink()
    assert "model-00002.safetensors is missing" in missing_of(tmp_path)


def test_one_file_of_tensors_needs_no_index(tmp_path: Path) -> None:
    model = plant_root(tmp_path) / layout.MODELS["base"]
    (model / layout.SHARD_INDEX).unlink()
    assert "model.safetensors is missing" in missing_of(tmp_path)
    (model / "model-00001.safetensors").rename(model / layout.SINGLE_SHARD)
    assert find_weights(tmp_path).variants["base"] == model


@pytest.mark.parametrize("index", [{}, {"weight_map": {}}, {"weight_map": [1]}])
def test_an_index_without_files_is_a_fault(tmp_path: Path, index: dict[str, object]) -> None:
    (plant_root(tmp_path) / layout.MODELS["base"] / layout.SHARD_INDEX).write_text(json.dumps(index))
    assert f"{layout.SHARD_INDEX} names no files" in missing_of(tmp_path)


def test_a_download_under_way_is_not_whole(tmp_path: Path) -> None:
    model = plant_root(tmp_path) / layout.MODELS["base"]
    (model / "model-00001.safetensors").rename(model / "model-00001.safetensors.part")
    assert "model-00001.safetensors is only partly downloaded" in missing_of(tmp_path)


def test_a_size_other_than_the_manifests_is_told(tmp_path: Path) -> None:
    model = plant_root(tmp_path) / layout.MODELS["base"]
    size_bytes = (model / FLOW).stat().st_size
    Manifest("huggingface", "a/b", "main", (ManifestFile(FLOW, 12, "0" * 64),)).write(model)
    assert f"{FLOW} has {size_bytes} bytes instead of 12" in missing_of(tmp_path)


def missing_of(root: Path) -> str:
    with pytest.raises(PartMissing) as missing:
        find_weights(root)
    return english(missing.value)


def test_a_pipe_in_the_place_of_weights_is_told_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "model.safetensors")
    os.mkfifo(tmp_path / MANIFEST)
    assert file_fault(tmp_path / "model.safetensors", 100) == NoPlainFile()
    assert read_manifest(tmp_path) is None
