"""The back half of the speech graph made quick: the same weights in operators that cost less than two thirds."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from app.engine.parts.fused_norms import convolve_stft, fuse_instance_norms
from app.engine.parts.static_convolutions import ActivationRanges, make_static
from app.engine.parts.surgery import Surgery

RANGES_PATH = Path(__file__).parents[2] / "assets" / "embedded" / "kokoro_ranges.npz"


def make_quick(model: Any, ranges: ActivationRanges) -> None:
    """Rewrite the back half, as published, in place. Raises ValueError if graph and ranges do not belong together."""
    graph = Surgery(model)
    fuse_instance_norms(graph)
    convolve_stft(graph)
    make_static(graph, ranges)
    graph.close()


def shipped_ranges() -> ActivationRanges:
    """The table that `tools/measure_speech_ranges.py` made."""
    with np.load(RANGES_PATH) as table:
        ends = list(accumulate(int(n) for n in table["n_channels"]))
        outputs = np.split(table["outputs"].astype(np.float32), ends[:-1])
        return ActivationRanges(table["inputs"], outputs)
