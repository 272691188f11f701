"""Cut the Kokoro graph in two, so that F0 and energy are in our hands between the halves.

front  tokens [1, n], style [1, 256], speed [1]  ->  F0 [1, 2T], energy [1, 2T], features [1, 512, T], durations [n]
back   F0, energy, features, style               ->  audio [600 T] at 24 kHz

The front is as published, the back is made quick (`quick_graph.py`). Halves are made once and kept; their names carry
the graph's size and the cut's version, so that another graph or another cut never meets old halves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.files import replacing

CUT_VERSION = 2  # of the cut, of what makes the back quick, and of its table of ranges

# Inner tensors of kokoro-v1.0.int8.onnx, whose SHA-256 is pinned in table.py.
F0 = "/encoder/Reshape_output_0"
ENERGY = "/encoder/Reshape_1_output_0"
FEATURES = "/encoder/MatMul_1_output_0"
DURATIONS = "/encoder/Gather_output_0"


def cut_paths(graph: Path, folder: Path) -> tuple[Path, Path]:
    """Where the halves of a graph lie in the folder: front, back."""
    stem = f"{graph.stem}-{graph.stat().st_size}-cut{CUT_VERSION}"
    return folder / f"{stem}-front.onnx", folder / f"{stem}-back.onnx"


def ensure_cut(graph: Path, folder: Path) -> tuple[Path, Path]:
    """The halves of the graph in the folder, made if they are not there. Each appears whole or not at all."""
    front, back = cut_paths(graph, folder)
    if not (front.exists() and back.exists()):
        from app.engine.parts.quick_graph import make_quick, shipped_ranges

        folder.mkdir(parents=True, exist_ok=True)
        front_model, back_model = cut(graph)
        make_quick(back_model, shipped_ranges())
        _save(front_model, front)
        _save(back_model, back)
    return front, back


def cut(graph: Path) -> tuple[Any, Any]:
    """The halves as ONNX models, front and back, as published."""
    import onnx
    from onnx.utils import Extractor

    extractor: Any = Extractor(onnx.load(str(graph)))
    return (
        extractor.extract_model(["tokens", "style", "speed"], [F0, ENERGY, FEATURES, DURATIONS]),
        extractor.extract_model([F0, ENERGY, FEATURES, "style"], ["audio"]),
    )


def _save(model: Any, target: Path) -> None:
    import onnx

    with replacing(target) as draft:
        onnx.save(model, str(draft), format="protobuf")
