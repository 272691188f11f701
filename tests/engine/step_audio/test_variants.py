"""Which model answers, when it is loaded, and when it has to go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.engine.errors import Cancelled, InvalidRequest, PartMissing, Unavailable
from app.engine.job import JobControl
from app.engine.step_audio.variants import Variants
from app.wording.english import english
from tests.wording import refused

MODEL_BYTES = 1000
PATIENCE_S = 10.0


@dataclass
class Weights:
    """A model by name."""

    name: str
    memory_bytes: int = MODEL_BYTES


class Machine:
    """A memory of so many bytes, and folders of models that fill it."""

    def __init__(self, folder: Path, room_bytes: int, load: Callable[[str], None] = lambda _: None) -> None:
        self.loads: list[str] = []
        folders = {name: folder / name for name in ("base", "awq", "bnb")}
        for path in folders.values():
            path.mkdir()

        def load_one(name: str, path: Path, report: Callable[[float], None]) -> Weights:
            assert path == folders[name]
            load(name)
            report(1.0)
            self.loads.append(name)
            return Weights(name)

        self.variants: Variants[Weights] = Variants(
            folders,
            {"int8": "it was never made"},
            "base",
            load_one,
            lambda _name, _path: MODEL_BYTES,
            lambda: room_bytes - sum(self.variants.memory_bytes().values()),
            lambda: None,
        )


@pytest.fixture
def roomy(tmp_path: Path) -> Machine:
    return Machine(tmp_path, 10 * MODEL_BYTES)


@pytest.fixture
def narrow(tmp_path: Path) -> Machine:
    return Machine(tmp_path, int(2.5 * MODEL_BYTES))


def test_no_wish_is_answered_by_the_default(roomy):
    assert roomy.variants.resolve(None) == "base"
    assert roomy.variants.resolve("awq") == "awq"


def test_an_absent_variant_is_refused_with_its_reason_and_what_there_is(roomy):
    with pytest.raises(InvalidRequest) as fault:
        roomy.variants.resolve("int8")
    assert "it was never made" in english(fault.value)
    assert "base, awq, bnb" in english(fault.value)


def test_a_model_is_loaded_once_and_shared(roomy):
    with roomy.variants.hold("awq", JobControl()) as first, roomy.variants.hold("awq", JobControl()) as second:
        assert first is second
    assert roomy.loads == ["awq"]
    assert roomy.variants.memory_bytes() == {"awq": MODEL_BYTES}


def test_the_least_recently_used_model_makes_room(narrow):
    for name in ("base", "awq", "base", "bnb"):
        narrow.variants.load(name)
    assert set(narrow.variants.memory_bytes()) == {"base", "bnb"}


def test_a_model_in_use_is_never_dropped(narrow):
    with narrow.variants.hold("base", JobControl()), narrow.variants.hold("awq", JobControl()):
        with refused(Unavailable, match="base, awq"):
            narrow.variants.load("bnb")
        assert set(narrow.variants.memory_bytes()) == {"base", "awq"}
    narrow.variants.load("bnb")


def test_a_model_larger_than_the_estimated_memory_is_tried_all_the_same(tmp_path):
    machine = Machine(tmp_path, MODEL_BYTES // 2)
    machine.variants.load("base")
    assert machine.loads == ["base"]


def test_a_load_in_vain_is_told_to_all_who_wait_and_tried_again(tmp_path):
    faults = [PartMissing("'model.safetensors' is cut off."), ZeroDivisionError()]

    def fail(_: str) -> None:
        if faults:
            raise faults.pop(0)

    machine = Machine(tmp_path, 10 * MODEL_BYTES, fail)
    with refused(PartMissing, match="cut off"):
        machine.variants.load("base")
    with refused(Unavailable, match="did not load"):
        machine.variants.load("base")
    machine.variants.load("base")


def test_a_cancelled_job_leaves_while_the_load_goes_on_for_the_next(tmp_path):
    go, steps = threading.Event(), []
    machine = Machine(tmp_path, 10 * MODEL_BYTES, lambda _: go.wait(PATIENCE_S) and None)
    control = JobControl(on_progress=lambda progress: (steps.append(progress.step), control.cancel()))
    with pytest.raises(Cancelled), machine.variants.hold("base", control):
        pytest.fail("the model cannot be there yet")
    assert steps == ["loading"]
    go.set()
    machine.variants.load("base")
    assert machine.loads == ["base"]


def test_two_models_are_never_loaded_at_the_same_time(tmp_path):
    under_way, most = [], []
    go = threading.Event()

    def load(name: str) -> None:
        under_way.append(name)
        most.append(len(under_way))
        go.wait(0.05)
        under_way.remove(name)

    machine = Machine(tmp_path, 10 * MODEL_BYTES, load)
    jobs = [threading.Thread(target=machine.variants.load, args=(name,)) for name in ("base", "awq", "bnb")]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(PATIENCE_S)
    assert sorted(machine.loads) == ["awq", "base", "bnb"]
    assert max(most) == 1
