"""The doctor on planted folders: what is told of each, and how bad it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from app.doctor.findings import Finding, Level, row
from app.doctor.weights import LoadingPlace, fit_findings, neural_findings
from app.engine.step_audio.weights import find_weights, layout
from app.engine.step_audio.weights.manifest import Manifest, ManifestFile
from app.files import sha256_of
from tests.engine.step_audio.weights.planted_weights import cut, plant_root, plant_tensors

BASE = layout.MODELS["base"]
ROOMY = LoadingPlace("in main memory", 10**9, value_bytes=4)
EMBEDDINGS, HEAD = torch.arange(32.0).reshape(8, 4), torch.ones(8, 4)


def findings_of(root: Path, *, is_needed: bool = False) -> dict[str, Finding]:
    return {finding.subject: finding for finding in neural_findings(root, is_needed=is_needed, place=ROOMY)}


def test_whole_folders_pass(tmp_path: Path) -> None:
    found = findings_of(plant_root(tmp_path, "base", "awq"))
    assert found["neural weights"].level is Level.PASS
    assert "base, awq, bnb" in found["neural weights"].seen
    assert found["head of EditX"].level is Level.PASS
    assert found["head of EditX-AWQ-4bit"].level is Level.PASS


@pytest.mark.parametrize(("is_needed", "level"), [(False, Level.PASS), (True, Level.FAIL)])
def test_no_weights_at_all_fail_only_when_asked_for(tmp_path: Path, is_needed: bool, level: Level) -> None:
    found = findings_of(tmp_path, is_needed=is_needed)["neural weights"]
    assert found.level is level
    assert "python -m app.main download" in found.advice


@pytest.mark.parametrize(("is_needed", "level"), [(False, Level.WARN), (True, Level.FAIL)])
def test_broken_weights_name_the_file(tmp_path: Path, is_needed: bool, level: Level) -> None:
    cut(plant_root(tmp_path) / BASE / layout.DECODER / "flow.pt")
    found = findings_of(tmp_path, is_needed=is_needed)["neural weights"]
    assert found.level is level
    assert "flow.pt is cut off" in found.seen
    assert "download" in found.advice


@pytest.mark.parametrize(
    ("tied", "tensors", "level", "seen"),
    [
        (None, {"embed": EMBEDDINGS, "head": HEAD}, Level.PASS, "untied"),
        (False, {"embed": EMBEDDINGS, "head": HEAD}, Level.PASS, "untied"),
        (True, {"embed": EMBEDDINGS, "head": HEAD}, Level.FAIL, "one of their own"),
        (False, {"embed": EMBEDDINGS}, Level.FAIL, "have none"),
        (True, {"embed": EMBEDDINGS}, Level.PASS, "tied to the embeddings"),
        (False, {"embed": EMBEDDINGS, "head": EMBEDDINGS.clone()}, Level.WARN, "the same matrix"),
        (True, {"embed": EMBEDDINGS, "head": EMBEDDINGS.clone()}, Level.WARN, "the same matrix"),
        (False, {"embed": EMBEDDINGS, "head": EMBEDDINGS.bfloat16()}, Level.PASS, "untied"),
    ],
)
@pytest.mark.parametrize("n_shards", [1, 2])
def test_the_head_is_judged_by_the_weights_not_by_the_configuration(
    tmp_path: Path, tied: bool | None, tensors: dict[str, torch.Tensor], level: Level, seen: str, n_shards: int
) -> None:
    model = plant_root(tmp_path) / BASE
    names = {"embed": "model.embed_tokens.weight", "head": "lm_head.weight"}
    plant_tensors(model, {names[key]: tensor for key, tensor in tensors.items()}, n_shards=min(n_shards, len(tensors)))
    config = {"model_type": "step1"} | ({} if tied is None else {"tie_word_embeddings": tied})
    (model / layout.CONFIG).write_text(json.dumps(config))
    found = findings_of(tmp_path)["head of EditX"]
    assert found.level is level
    assert seen in found.seen


def test_weights_without_embeddings_are_a_failure(tmp_path: Path) -> None:
    plant_tensors(plant_root(tmp_path) / BASE, {"other": EMBEDDINGS})
    assert "embed_tokens" in findings_of(tmp_path)[f"head of {BASE}"].seen


def test_hashes_are_those_of_the_manifest(tmp_path: Path) -> None:
    model = plant_root(tmp_path) / BASE
    tokenizer = model / layout.TEXT_TOKENIZER
    file = ManifestFile(layout.TEXT_TOKENIZER, tokenizer.stat().st_size, sha256_of(tokenizer))
    Manifest("modelscope", "a/b", "master", (file,)).write(model)
    assert findings_of(tmp_path)["hashes of EditX"].level is Level.PASS
    assert findings_of(tmp_path)["hashes of Tokenizer"].level is Level.WARN, "no manifest, nothing known"

    tokenizer.write_bytes(tokenizer.read_bytes()[::-1])
    changed = findings_of(tmp_path)["hashes of EditX"]
    assert changed.level is Level.FAIL
    assert "tokenizer.model has SHA-256" in changed.seen


@pytest.mark.parametrize(("free_bytes", "level"), [(10**9, Level.PASS), (1000, Level.WARN)])
def test_weights_that_do_not_fit_are_a_warning(tmp_path: Path, free_bytes: int, level: Level) -> None:
    found = find_weights(plant_root(tmp_path, "base", "awq"))
    told = {fit.subject: fit.level for fit in fit_findings(found, LoadingPlace("here", free_bytes, value_bytes=2))}
    assert told == {"memory for base": level, "memory for awq": level}


def test_a_row_shows_the_level_what_was_seen_and_what_to_do() -> None:
    lines = row(Finding(Level.FAIL, "head", "first\nsecond", "do this")).splitlines()
    assert lines[0].split() == ["fail", "head", "first"]
    assert lines[1].strip() == "second"
    assert lines[2].strip() == "> do this"
