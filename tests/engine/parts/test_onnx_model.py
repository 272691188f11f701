"""A graph's run ends when its job is stopped, however long it would have gone on."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from app.engine.errors import Cancelled
from app.engine.job import JobControl
from app.engine.parts.onnx_model import OnnxModel
from app.settings import PROJECT
from tests.waiting import wait_until


@pytest.fixture
def endless(tmp_path: Path) -> OnnxModel:
    """A graph that adds one to its input 2**62 times."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y"))
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    body = helper.make_graph(
        [
            helper.make_node("Add", ["before", "one"], ["after"]),
            helper.make_node("Identity", ["goes_on"], ["goes_on_after"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, [1]),
        ],
        [
            helper.make_tensor_value_info("goes_on_after", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, [1]),
        ],
        [one],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["turns", "go", "x"], ["y"], body=body)],
        "endless",
        [x],
        [y],
        [
            helper.make_tensor("turns", TensorProto.INT64, [], [2**62]),
            helper.make_tensor("go", TensorProto.BOOL, [], [True]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "endless.onnx")
    return OnnxModel(tmp_path / "endless.onnx", threads=1)


class Watched(JobControl):
    """Says when a native call has begun that cancelling would abort."""

    def __init__(self) -> None:
        super().__init__()
        self.can_abort = False

    def aborting(self, abort):
        self.can_abort = True
        return super().aborting(abort)


def test_a_graph_under_way_is_aborted_when_its_job_is_cancelled(endless: OnnxModel) -> None:
    control = Watched()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(endless.run, {"x": np.zeros(1, np.float32)}, control)
        wait_until(lambda: control.can_abort, "the graph to begin")
        control.cancel()
        with pytest.raises(Cancelled):
            run.result(60)


@pytest.mark.slow
def test_onnxruntime_keeps_no_record_to_send_to_its_makers(tmp_path: Path) -> None:
    load = "from app.engine.parts.onnx_model import OnnxModel; from pathlib import Path; import sys;"
    load += "OnnxModel(Path(sys.argv[1]), threads=1)"
    graph = PROJECT / "app/assets/embedded/speaker_encoder.onnx"
    environ = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    homes = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", load, graph], cwd=PROJECT, env=environ | homes, check=True)
    assert list(tmp_path.rglob("*")) == []
