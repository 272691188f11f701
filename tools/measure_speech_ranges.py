"""Make `app/assets/embedded/kokoro_ranges.npz`: what values the speech model's convolutions meet and make.

    python -m tools.measure_speech_ranges models/embedded

Every second stock voice says a sentence, by turns at its own pitch, lower and higher, through the graph as published.
About five minutes of CPU time. After a change of the table raise CUT_VERSION in `app/engine/parts/graph_cut.py`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.embedded.voice.kokoro import token_ids
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.parts.fused_norms import fuse_instance_norms, snake_of
from app.engine.parts.graph_cut import DURATIONS, ENERGY, F0, FEATURES, cut
from app.engine.parts.onnx_model import OnnxModel
from app.engine.parts.quick_graph import RANGES_PATH
from app.engine.parts.static_convolutions import quantisable, turned_range
from app.engine.parts.surgery import Surgery
from tools.make_stock_table import SENTENCES

PITCHES = (1.0, 0.7, 1.4)
THREADS = 2
_FLOAT = 1  # ONNX's number of the type

Extremes = list[NDArray[np.float32]]
"""For each convolution: lowest and highest of its input, lowest and highest of its output; `[channels]` each."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, help="folder of the embedded engine's weights")
    graph = parser.parse_args().models / "kokoro-v1.0.int8.onnx"
    import onnx

    front, back = cut(graph)
    surgery = Surgery(back)
    fuse_instance_norms(surgery)
    found = quantisable(surgery)
    snakes = [snake_of(surgery, convolution.source) for convolution in found]
    observe(back, surgery, [name for convolution in found for name in (convolution.source, convolution.target)])
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "front.onnx", Path(folder) / "back.onnx"
        for model, path in zip((front, back), paths, strict=True):
            onnx.save(model, str(path))
        clips = list(extremes(*(OnnxModel(path, threads=THREADS, frees_memory=True) for path in paths)))
    inputs, outputs = [], []
    for n, snake in enumerate(snakes):
        lows, highs, out_lows, out_highs = (np.stack([clip[4 * n + k] for clip in clips]) for k in range(4))
        ranges = [turned_range(snake, *pair) for pair in zip(lows, highs, strict=True)] if snake else [(np.nan,) * 2]
        # A rare peak is better cut than a step made wider for all: the mean over clips of what each reaches.
        inputs.append(np.mean(ranges, axis=0))
        outputs.append(np.stack((widened(out_lows, -1), widened(out_highs, 1)), axis=1))
    np.savez_compressed(
        RANGES_PATH,
        inputs=np.array(inputs, np.float32),
        outputs=np.concatenate(outputs).astype(np.float16),
        n_channels=[len(channels) for channels in outputs],
    )
    print(f"{RANGES_PATH.name}: {RANGES_PATH.stat().st_size} bytes")


def widened(reached: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """`[clips, channels]` to `[channels]`: the mean over clips, and a standard deviation more."""
    return np.asarray(reached.mean(0) + side * reached.std(0))


def observe(model: Any, surgery: Surgery, tensors: list[str]) -> None:
    """Let the graph give the lowest and highest value of each channel of these tensors, and nothing else."""
    from onnx import helper

    time = surgery.constant("axis_of_time", np.array([2], np.int64))
    names = []
    for n, tensor in enumerate(tensors):
        for operator in ("ReduceMin", "ReduceMax"):
            names.append(surgery.make(f"{n}/{operator}", operator, [tensor, time], keepdims=0))
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, _FLOAT, None) for name in names)
    surgery.close()


def extremes(front: OnnxModel, back: OnnxModel) -> Iterator[Extremes]:
    """What each clip reached."""
    voices = StockVoices()
    for n, name in enumerate(voices.names[::2]):
        language = "zh" if voices.info(name).locale == "zh-CN" else "en"
        tokens = token_ids(SENTENCES[language][n % 2])
        style = voices.style(name, len(tokens) - 2)[None]
        melody = front.run({"tokens": np.array([tokens]), "style": style, "speed": np.ones(1, np.float32)})
        given = dict(zip((F0, ENERGY, FEATURES, DURATIONS), melody, strict=True))
        del given[DURATIONS]
        given[F0] = given[F0] * np.float32(PITCHES[n % len(PITCHES)])
        yield [values.reshape(-1) for values in back.run({**given, "style": style})]
        print(name, flush=True)


if __name__ == "__main__":
    main()
