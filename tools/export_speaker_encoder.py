"""Make `app/assets/embedded/speaker_encoder.onnx` from Resemblyzer's checkpoint, and check it against the original.

    python -m tools.export_speaker_encoder resemblyzer.whl [--golden tests/data/speaker_embeddings.npz]

The weights (Apache-2.0) are stored as fp16 and cast to fp32 when the graph is loaded. torch and librosa are needed here
only, as the reference the export is measured against. `--golden` writes the original's embeddings of the test clips.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import onnx
import soundfile
import torch
from onnx import TensorProto, helper, numpy_helper

from app.engine.hearing import speaker
from app.engine.sound.audio import Audio

CHECKPOINT_SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
HIDDEN, LAYERS = 256, 3
CLIPS = Path(__file__).parents[1] / "tests" / "data" / "clips"

Weights = dict[str, torch.Tensor]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--golden", type=Path)
    arguments = parser.parse_args()

    weights = read_checkpoint(arguments.wheel)
    speaker.ENCODER_PATH.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(build_graph(weights), speaker.ENCODER_PATH)
    print(f"{speaker.ENCODER_PATH.name}: {speaker.ENCODER_PATH.stat().st_size} bytes")

    golden = compare_with_original(weights)
    if arguments.golden:
        np.savez(arguments.golden, **golden)


def read_checkpoint(wheel: Path) -> Weights:
    """The network's weights by name, out of the wheel; refuses any other bytes than the published ones."""
    data = zipfile.ZipFile(wheel).read("resemblyzer/pretrained.pt")
    if hashlib.sha256(data).hexdigest() != CHECKPOINT_SHA256:
        raise SystemExit("resemblyzer/pretrained.pt has another SHA-256 than the published checkpoint")
    state: Weights = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)["model_state"]
    return state


def build_graph(weights: Weights) -> onnx.ModelProto:
    """`mels [n, frames, 40]` -> `embeddings [n, 256]`: three LSTM layers, linear, ReLU, unit length."""
    initializers: list[onnx.TensorProto] = []
    nodes = [helper.make_node("Transpose", ["mels"], ["layer_0"], perm=[1, 0, 2])]

    def stored(name: str, array: np.ndarray) -> str:
        initializers.append(numpy_helper.from_array(array.astype(np.float16), f"{name}_fp16"))
        nodes.append(helper.make_node("Cast", [f"{name}_fp16"], [name], to=TensorProto.FLOAT))
        return name

    initializers.append(numpy_helper.from_array(np.array([1], np.int64), "direction_axis"))
    for layer in range(LAYERS):
        inputs = [f"layer_{layer}", *(stored(f"{k}{layer}", v) for k, v in onnx_lstm(weights, layer).items())]
        outputs = [f"steps_{layer}", f"last_{layer}"]
        nodes.append(helper.make_node("LSTM", inputs, outputs, hidden_size=HIDDEN))
        nodes.append(helper.make_node("Squeeze", [outputs[0], "direction_axis"], [f"layer_{layer + 1}"]))
    initializers.append(numpy_helper.from_array(np.array([0], np.int64), "first_axis"))
    nodes += [
        helper.make_node("Squeeze", [f"last_{LAYERS - 1}", "first_axis"], ["last"]),
        helper.make_node(
            "Gemm",
            [
                "last",
                stored("linear", weights["linear.weight"].numpy()),
                stored("bias", weights["linear.bias"].numpy()),
            ],
            ["projected"],
            transB=1,
        ),
        helper.make_node("Relu", ["projected"], ["positive"]),
        helper.make_node("LpNormalization", ["positive"], ["embeddings"], axis=1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "speaker_encoder",
        [helper.make_tensor_value_info("mels", TensorProto.FLOAT, ["n", "frames", speaker.N_MELS])],
        [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", HIDDEN])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def onnx_lstm(weights: Weights, layer: int) -> dict[str, np.ndarray]:
    """One layer's matrices in ONNX's form: gates ordered input, output, forget, cell (torch: i, f, g, o)."""

    def ordered(name: str) -> np.ndarray:
        i, f, g, o = np.split(weights[f"lstm.{name}_l{layer}"].numpy(), 4)
        return np.concatenate([i, o, f, g])

    bias = np.concatenate([ordered("bias_ih"), ordered("bias_hh")])
    return {"W": ordered("weight_ih")[None], "R": ordered("weight_hh")[None], "B": bias[None]}


def compare_with_original(weights: Weights) -> dict[str, np.ndarray]:
    """Print the differences on the test clips; the original's embeddings by clip name."""
    encoder = speaker.SpeakerEncoder()
    original = OriginalNetwork(weights)
    golden: dict[str, np.ndarray] = {}
    for path in sorted(CLIPS.glob("*.flac")):
        samples, rate = soundfile.read(path, dtype="float32")
        clip = Audio(samples, rate)
        speech = speaker.at_encoder_level(speaker.without_pauses(clip.resampled(speaker.SAMPLE_RATE))).samples
        theirs = librosa.feature.melspectrogram(
            y=speech, sr=speaker.SAMPLE_RATE, n_fft=speaker.WINDOW, hop_length=speaker.HOP, n_mels=speaker.N_MELS
        ).T
        mel_error = np.abs(speaker.mel_spectrogram(speech) - theirs).max() / theirs.max()
        golden[path.stem] = original.embed(speaker.partial_mels(speech))
        cosine = float(encoder.embed(clip) @ golden[path.stem])  # both have length 1
        print(f"{path.stem}: mel difference {mel_error:.1e} of the maximum, cosine {cosine:.6f}")
    return golden


class OriginalNetwork:
    """The network in torch, fp32, as published."""

    def __init__(self, weights: Weights) -> None:
        self.lstm = torch.nn.LSTM(speaker.N_MELS, HIDDEN, LAYERS, batch_first=True)
        self.linear = torch.nn.Linear(HIDDEN, HIDDEN)
        self.lstm.load_state_dict(self._part(weights, "lstm."))
        self.linear.load_state_dict(self._part(weights, "linear."))

    @staticmethod
    def _part(weights: Weights, prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}

    @torch.no_grad()
    def embed(self, mels: np.ndarray) -> np.ndarray:
        _, (hidden, _) = self.lstm(torch.from_numpy(mels))
        raw = torch.relu(self.linear(hidden[-1]))
        mean = (raw / raw.norm(dim=1, keepdim=True)).mean(dim=0)
        return (mean / mean.norm()).numpy()


if __name__ == "__main__":
    main()
