"""Loading: any sizes the checkpoint has, every fault told by file and reason, the process left as it was."""

from __future__ import annotations

import random
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from app.engine.errors import PartMissing
from app.engine.step_audio.tokenizer import AudioTokenizer
from app.engine.step_audio.tokenizer.features import n_feature_frames
from app.engine.step_audio.tokenizer.files import TokenizerFiles
from app.wording.english import english
from benchmarks.paraformer_loop import encoded_in_pieces
from tests.engine.step_audio.tokenizer.golden import golden_clip
from tests.engine.step_audio.tokenizer.random_paraformer import random_encoder, write_paraformer

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 885000000\n"


def fault_of(folder: Path) -> str:
    with pytest.raises(PartMissing) as caught:
        AudioTokenizer.from_pretrained(folder)
    assert str(folder.parent) not in english(caught.value)
    return english(caught.value)


@pytest.mark.parametrize(
    ("conf", "n_mels"),
    [
        ({"output_size": 48, "attention_heads": 3, "linear_units": 40, "num_blocks": 2, "kernel_size": 5}, 80),
        ({"output_size": 32, "attention_heads": 8, "linear_units": 64, "num_blocks": 1, "kernel_size": 9}, 40),
    ],
    ids=["80 mels", "40 mels"],
)
def test_sizes_come_from_the_checkpoint(own_weights: Path, conf: dict[str, Any], n_mels: int) -> None:
    stock = random_encoder(7, 7 * n_mels, **conf)
    write_paraformer(own_weights, stock, conf, n_mels)
    tokenizer = AudioTokenizer.from_pretrained(own_weights)
    samples = golden_clip("short16k").samples
    vq02 = tokenizer._linguistic.codes([samples])[0]
    assert len(vq02) == n_feature_frames(len(samples))
    features = tokenizer._linguistic._front_end.features(torch.from_numpy(samples))
    centroids = torch.from_numpy(np.load(own_weights / "linguistic_tokenizer.npy"))
    assert vq02 == torch.cdist(encoded_in_pieces(stock, features), centroids).argmin(dim=1).tolist()


def test_an_absent_folder_lists_everything_that_is_absent(tmp_path: Path) -> None:
    told = fault_of(tmp_path / "nowhere")
    for name in ("linguistic_tokenizer.npy", "speech_tokenizer_v1.onnx", "model.pt", "config.yaml", "am.mvn"):
        assert f"{name} is missing" in told


def overwritten(field: str, content: bytes) -> Callable[[TokenizerFiles], None]:
    return lambda files: getattr(files, field).write_bytes(content)


def with_array(shape: tuple[int, ...], value: float = 0.0, dtype: str = "float32") -> Callable[[TokenizerFiles], None]:
    return lambda files: np.save(files.centroids, np.full(shape, value, dtype))


def with_config(old: str, new: str) -> Callable[[TokenizerFiles], None]:
    return lambda files: files.config.write_text(files.config.read_text().replace(old, new))


def with_weights(change: Callable[[dict[str, Any]], Any]) -> Callable[[TokenizerFiles], None]:
    return lambda files: torch.save(change(torch.load(files.checkpoint, weights_only=True)), files.checkpoint)


def without(name: str) -> Callable[[TokenizerFiles], None]:
    return with_weights(lambda state: {key: weight for key, weight in state.items() if key != name})


def cut_off(files: TokenizerFiles) -> None:
    files.checkpoint.write_bytes(files.checkpoint.read_bytes()[:100_000])


def with_graph(change: Callable[[onnx.ModelProto], None]) -> Callable[[TokenizerFiles], None]:
    def write(files: TokenizerFiles) -> None:
        model = onnx.load(files.semantic_graph)
        change(model)
        onnx.save(model, files.semantic_graph)

    return write


def twice(model: onnx.ModelProto) -> None:
    """Give each code twice."""
    rewired(model, onnx.helper.make_node("Concat", ["before", "before"], ["indices"], axis=1))


def raised(model: onnx.ModelProto) -> None:
    """Add 4096 to each code."""
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(4096, np.int32), "offset"))
    rewired(model, onnx.helper.make_node("Add", ["before", "offset"], ["indices"]))


def rewired(model: onnx.ModelProto, node: onnx.NodeProto) -> None:
    """Let one more node come after the graph's last."""
    (last,) = (node for node in model.graph.node if "indices" in node.output)
    last.output[:] = ["before"]
    model.graph.node.append(node)


FAULTS = [
    ("linguistic_tokenizer.npy", "Git LFS pointer", overwritten("centroids", POINTER)),
    ("linguistic_tokenizer.npy", "no numpy file", overwritten("centroids", b"hello")),
    ("linguistic_tokenizer.npy", "(1024, 65) instead of (1024, 64)", with_array((1024, 65))),
    ("linguistic_tokenizer.npy", "(64) instead of", with_array((64,))),
    ("linguistic_tokenizer.npy", "(1025, 64) instead of", with_array((1025, 64))),
    ("linguistic_tokenizer.npy", "(0, 64) instead of", with_array((0, 64))),
    ("linguistic_tokenizer.npy", "finite", with_array((1024, 64), np.nan)),
    ("linguistic_tokenizer.npy", "finite", with_array((1024, 64), dtype="int64")),
    ("speech_tokenizer_v1.onnx", "Git LFS pointer", overwritten("semantic_graph", POINTER)),
    ("speech_tokenizer_v1.onnx", "no ONNX file", overwritten("semantic_graph", b"this is a text file\n")),
    ("speech_tokenizer_v1.onnx", "is empty", overwritten("semantic_graph", b"")),
    ("speech_tokenizer_v1.onnx", "ONNX Runtime", overwritten("semantic_graph", b"\x0a\x02hi")),
    ("speech_tokenizer_v1.onnx", "instead of 12 codes", with_graph(twice)),
    ("speech_tokenizer_v1.onnx", "codes outside 0 to 4095", with_graph(raised)),
    ("model.pt", "Git LFS pointer", overwritten("checkpoint", POINTER)),
    ("model.pt", "cut off", cut_off),
    ("model.pt", "no weights named 'encoder.", with_weights(lambda _: {"decoder.x": torch.zeros(1)})),
    ("model.pt", "no weights named 'encoder.", with_weights(lambda _: [1, 2, 3])),
    ("model.pt", "lacks 'encoder.after_norm.bias'", without("encoder.after_norm.bias")),
    ("model.pt", "holds 'encoder.more'", with_weights(lambda state: {**state, "encoder.more": torch.zeros(1)})),
    ("model.pt", "shape (64, 1, 11)", with_config("kernel_size: 11", "kernel_size: 9")),
    ("config.yaml", "sections", overwritten("config", b"hello: world\n")),
    ("config.yaml", "not a YAML file", overwritten("config", b"{{{")),
    (
        "config.yaml",
        "encoder: ConformerEncoder",
        with_config("encoder: SANMEncoderChunkOpt", "encoder: ConformerEncoder"),
    ),
    ("config.yaml", "n_mels: many", with_config("n_mels: 80", "n_mels: many")),
    ("model.pt", "no weights named 'encoder.", with_weights(lambda _: {"state_dict": 1})),
    ("config.yaml", "lfr_n: 3", with_config("lfr_n: 6", "lfr_n: 3")),
    ("config.yaml", "fs: 8000", with_config("fs: 16000", "fs: 8000")),
    ("config.yaml", "input_layer: conv2d", with_config("input_layer: pe_online", "input_layer: conv2d")),
    ("config.yaml", "FunASR refuses", with_config("linear_units: 128", "linear_unitz: 128")),
    ("am.mvn", "no <AddShift>", overwritten("cmvn", b"hello\n")),
    (
        "am.mvn",
        "560 of each",
        overwritten("cmvn", b"<AddShift> 2 2\n<LearnRateCoef> 0 [ 1 2 ]\n<Rescale> 2 2\n<LearnRateCoef> 0 [ 1 2 ]"),
    ),
]


@pytest.mark.parametrize(("name", "reason", "spoil"), FAULTS, ids=[f"{name}: {reason}" for name, reason, _ in FAULTS])
def test_a_broken_file_is_named_with_what_is_wrong(
    own_weights: Path, name: str, reason: str, spoil: Callable[[TokenizerFiles], None]
) -> None:
    spoil(TokenizerFiles.in_folder(own_weights))
    told = fault_of(own_weights)
    assert name in told
    assert reason in told


def test_the_version_names_weights_and_dither(own_weights: Path, weights: Path) -> None:
    version = AudioTokenizer.from_pretrained(weights).version
    assert AudioTokenizer.from_pretrained(own_weights).version == version
    assert AudioTokenizer.from_pretrained(weights, dither=0.0).version != version
    centroids = TokenizerFiles.in_folder(own_weights).centroids
    np.save(centroids, np.load(centroids)[::-1])
    assert AudioTokenizer.from_pretrained(own_weights).version != version


def test_the_version_survives_moving_the_folder(own_weights: Path, weights: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(own_weights, tmp_path / "elsewhere")
    assert AudioTokenizer.from_pretrained(moved).version == AudioTokenizer.from_pretrained(weights).version


def test_loading_leaves_seeds_threads_and_the_network_alone(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("loading must not ask the network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    before = (random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist(), torch.get_num_threads())
    AudioTokenizer.from_pretrained(weights)
    after = (random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist(), torch.get_num_threads())
    assert after == before


def test_only_the_one_module_of_funasr_is_imported(weights: Path) -> None:
    AudioTokenizer.from_pretrained(weights)
    assert "funasr.auto.auto_model" not in sys.modules
    assert "modelscope" not in sys.modules
