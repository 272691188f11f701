"""OnnxModel: one ONNX graph, on the CPU or a CUDA device, which a job can abort while it runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from app.engine.job import JobControl
from app.engine.large_work import LARGE_WORK

logger = logging.getLogger(__name__)

CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"

_ERRORS_ONLY = 3  # ONNX Runtime's log level


class OnnxModel:
    """A loaded graph. Safe to call from several threads; calls share its `threads` worker threads."""

    def __init__(
        self,
        path: Path,
        *,
        threads: int,
        frees_memory: bool = False,
        takes_turns: bool = False,
        device: str = "cpu",
    ) -> None:
        """`frees_memory` gives working memory back after each run: for long runs; many short ones would pay for it.

        `takes_turns` lets a run wait for other large work (`large_work.py`). `device` is "cpu", or "cuda" with or
        without a number; without the CUDA provider the CPU serves for it.
        """
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # Idle workers sleep instead of spinning: spinning cost 30 % more CPU time in Kokoro on two threads and was
        # no faster, and the cores are shared with other models and the web server.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._threads, self._frees_memory, self._takes_turns = threads, frees_memory, takes_turns
        self._session = ort.InferenceSession(str(path), options, providers=_providers(device))
        if device != "cpu" and CUDA not in self._session.get_providers():
            logger.warning("%s runs on the CPU: ONNX Runtime cannot use CUDA here", path.name)
        self.inputs: list[str] = [value.name for value in self._session.get_inputs()]
        self.outputs: list[str] = [value.name for value in self._session.get_outputs()]

    def run(self, feeds: Mapping[str, NDArray[Any]], control: JobControl | None = None) -> list[NDArray[Any]]:
        """All outputs in the graph's order. Raises Cancelled or DeadlineExceeded soon after `control` is stopped."""
        run_options = ort.RunOptions()
        if self._frees_memory:
            run_options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        turn = LARGE_WORK.taken(self._threads, control) if self._takes_turns else nullcontext()
        if control is None:
            with turn:
                return self._results(feeds, run_options)

        def abort() -> None:
            run_options.terminate = True

        with turn, control.aborting(abort):
            try:
                return self._results(feeds, run_options)
            except Exception:
                control.checkpoint()  # the job's own reason, if it was stopped, instead of the runtime's complaint
                raise

    def _results(self, feeds: Mapping[str, NDArray[Any]], run_options: ort.RunOptions) -> list[NDArray[Any]]:
        return [np.asarray(value) for value in self._session.run(None, dict(feeds), run_options)]


def _providers(device: str) -> list[str | tuple[str, dict[str, str]]]:
    """Execution providers by preference."""
    if device == "cpu" or CUDA not in ort.get_available_providers():
        return [CPU]
    _, _, number = device.partition(":")
    # The exhaustive search for convolution algorithms would run again at each new input length; TF32 flips codes.
    return [(CUDA, {"device_id": number or "0", "cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}), CPU]
