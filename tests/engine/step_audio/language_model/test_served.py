"""Many callers of one model: each reads in a thread of its own, the model's thread is there only meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.engine.job import JobControl
from app.engine.step_audio.language_model.generation import Generation
from app.engine.step_audio.language_model.loop import LanguageModelLoop, run_alone
from app.engine.step_audio.language_model.served import ServedModel
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from tests.engine.step_audio.language_model.conftest import Prompts
from tests.waiting import wait_until


@pytest.fixture
def loop(endless_model: Step1ForCausalLM) -> LanguageModelLoop:
    return LanguageModelLoop(endless_model, n_slots=3, capacity=400)


def has_thread() -> bool:
    return any(thread.name == "language-model" for thread in threading.enumerate())


@pytest.mark.slow
def test_readers_in_threads_get_what_each_gets_alone(
    endless_model: Step1ForCausalLM, loop: LanguageModelLoop, prompts: Prompts
):
    served = ServedModel(loop)

    def ids(seed: int) -> list[int]:
        return list(served.start(Generation(prompts["clone"], max_new_tokens=5 + seed, seed=seed)))

    with ThreadPoolExecutor(8) as readers:
        together = list(readers.map(ids, range(8)))
    alone = [Generation(prompts["clone"], max_new_tokens=5 + seed, seed=seed) for seed in range(8)]
    assert together == [list(run_alone(endless_model, generation)) for generation in alone]
    wait_until(lambda: not has_thread(), "the model's thread to end")
    assert loop.n_free == 3


def test_a_job_that_stops_leaves_its_slot_while_nobody_reads(loop: LanguageModelLoop, prompts: Prompts):
    served, control = ServedModel(loop), JobControl()
    generation = served.start(Generation(prompts["short"], max_new_tokens=350, seed=1, control=control))
    next(generation)
    control.cancel()
    wait_until(lambda: loop.n_free == 3 and not has_thread(), "the slot to be free")
    assert generation.reason == "cancelled"


def test_a_step_that_breaks_reaches_its_readers_and_the_next_is_answered(
    loop: LanguageModelLoop, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
):
    served = ServedModel(loop)
    with monkeypatch.context() as patch:
        patch.setattr(loop._step, "decode", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            list(served.start(Generation(prompts["short"], max_new_tokens=5, seed=1)))
    assert len(list(served.start(Generation(prompts["short"], max_new_tokens=5, seed=1)))) == 5


def test_a_reader_lends_its_worker_while_it_waits(loop: LanguageModelLoop, prompts: Prompts):
    control, lent = JobControl(), list[bool]()
    control.on_wait = lambda: _Noted(lent)
    list(ServedModel(loop).start(Generation(prompts["clone"], max_new_tokens=5, seed=1, control=control)))
    assert lent[:2] == [True, False]


class _Noted:
    def __init__(self, notes: list[bool]) -> None:
        self._notes = notes

    def __enter__(self) -> None:
        self._notes.append(True)

    def __exit__(self, *_: object) -> None:
        self._notes.append(False)
