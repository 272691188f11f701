"""Large pieces of work share the cores, in the order in which they were asked for."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from app.engine.errors import Cancelled
from app.engine.job import JobControl
from app.engine.large_work import Turns
from app.engine.parts import onnx_model
from app.engine.parts.onnx_model import OnnxModel
from tests.waiting import wait_until


class Crowd:
    """Pieces of work that end when they are told to, each in a thread of its own."""

    def __init__(self, turns: Turns) -> None:
        self.begun: list[str] = []
        self._turns = turns
        self._ends: dict[str, threading.Event] = {}
        self._pool = ThreadPoolExecutor(8)

    def ask(self, name: str, threads: int, control: JobControl | None = None) -> Future[None]:
        """Ask for a turn, behind all who have asked before."""
        self._ends[name] = threading.Event()
        n_before = self.n_waiting + len(self.begun)
        outcome = self._pool.submit(self._work, name, threads, control)
        wait_until(lambda: self.n_waiting + len(self.begun) > n_before, f"{name} to ask")
        return outcome

    @property
    def n_waiting(self) -> int:
        return len(self._turns._waiting)

    def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()

    def close(self) -> None:
        self.end(*self._ends)
        self._pool.shutdown()

    def _work(self, name: str, threads: int, control: JobControl | None) -> None:
        with self._turns.taken(threads, control):
            self.begun.append(name)
            assert self._ends[name].wait(10)


@pytest.fixture
def crowd():
    crowd = Crowd(Turns(2))
    yield crowd
    crowd.close()


def test_as_much_is_done_at_once_as_there_are_cores_and_who_asked_first_goes_first(crowd: Crowd):
    for name in ("a", "b", "c", "d"):
        crowd.ask(name, 1)
    assert crowd.begun == ["a", "b"]
    crowd.end("b")
    wait_until(lambda: len(crowd.begun) == 3, "the third")
    crowd.end("a")
    wait_until(lambda: len(crowd.begun) == 4, "the fourth")
    assert crowd.begun == ["a", "b", "c", "d"]


def test_work_on_many_threads_goes_alone_and_is_not_passed_by_smaller_work(crowd: Crowd):
    crowd.ask("small", 1)
    crowd.ask("large", 16)
    crowd.ask("late", 1)
    assert crowd.begun == ["small"]
    crowd.end("small")
    wait_until(lambda: len(crowd.begun) == 2, "the large one")
    assert crowd.begun == ["small", "large"]
    crowd.end("large")
    wait_until(lambda: len(crowd.begun) == 3, "the late one")


def test_a_job_that_is_stopped_waits_no_longer_and_holds_up_nobody(crowd: Crowd):
    control = JobControl()
    crowd.ask("first", 2)
    stopped = crowd.ask("stopped", 2, control)
    crowd.ask("behind", 2)
    control.cancel()
    with pytest.raises(Cancelled):
        stopped.result(5)
    crowd.end("first")
    wait_until(lambda: crowd.begun == ["first", "behind"], "who waited behind it")


def test_a_turn_is_given_back_when_the_work_fails():
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), turns.taken(1):
        raise ZeroDivisionError
    with turns.taken(1):
        pass


@pytest.mark.parametrize("takes_turns", [True, False])
def test_graphs_that_take_much_memory_wait_for_their_turn_and_others_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, takes_turns: bool
):
    turns = Turns(1)
    monkeypatch.setattr(onnx_model, "LARGE_WORK", turns)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "negative", [x], [y])
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "negative.onnx")
    model = OnnxModel(tmp_path / "negative.onnx", threads=1, takes_turns=takes_turns)
    with ThreadPoolExecutor(1) as pool:
        with turns.taken(1):
            answer = pool.submit(model.run, {"x": np.ones(1, np.float32)})
            if takes_turns:
                wait_until(lambda: len(turns._waiting) == 1, "the graph to wait")
                assert not answer.done()
            else:
                answer.result(5)
        assert answer.result(5)[0].tolist() == [-1.0]
