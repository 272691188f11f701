"""All generations in one loop: who comes and goes between steps, and what each says whoever else is there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from app.engine.job import JobControl
from app.engine.step_audio.language_model.generation import Generation, Guidance
from app.engine.step_audio.language_model.loop import LanguageModelLoop, run_alone
from app.engine.step_audio.language_model.packed_linear import pack_linears
from app.engine.step_audio.language_model.step1_config import Step1Config
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM, Step1Model
from app.engine.step_audio.language_model.token_choice import Choice
from tests.engine.step_audio.language_model.conftest import Prompts

NAMES = ("short", "edit", "clone", "mixed")
CAPACITY = 640


def loop_of(model: Step1ForCausalLM, n_slots: int) -> LanguageModelLoop:
    return LanguageModelLoop(model, n_slots=n_slots, capacity=CAPACITY)


def run(loop: LanguageModelLoop) -> None:
    while not loop.is_idle:
        loop.step()


def alone(
    model: Step1ForCausalLM, prompt: Sequence[int], n: int, seed: int, guidance: Guidance | None = None
) -> list[int]:
    return list(run_alone(model, Generation(prompt, max_new_tokens=n, seed=seed, guidance=guidance)))


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Rows and new ids of each pass through the model."""
    shapes: list[tuple[int, int]] = []
    real = Step1Model.states

    def spy(self: Step1Model, ids: torch.Tensor, *rest: Any) -> torch.Tensor:
        shapes.append((ids.shape[0], ids.shape[1]))
        return real(self, ids, *rest)

    monkeypatch.setattr(Step1Model, "states", spy)
    return shapes


# ---- together and alone --------------------------------------------------------------------------------------------


def test_a_seed_says_the_same_alone_and_in_a_full_batch(endless_model: Step1ForCausalLM, prompts: Prompts):
    wanted = [alone(endless_model, prompts[name], 6 + 3 * n, seed=n) for n, name in enumerate(NAMES)]
    loop = loop_of(endless_model, n_slots=4)
    together = [
        Generation(prompts[name], max_new_tokens=6 + 3 * n, seed=n) for n, name in enumerate(NAMES)
    ]  # fmt: skip
    for generation in together:
        loop.add(generation)
    run(loop)
    assert [list(generation) for generation in together] == wanted


@pytest.mark.slow
def test_who_joins_and_leaves_changes_nothing_for_the_others(endless_model: Step1ForCausalLM, prompts: Prompts):
    """Twelve of different lengths through three slots, one coming every two steps."""
    sizes = [3, 11, 1, 7, 2, 9, 16, 4, 1, 6, 12, 5]
    names = list(itertools.islice(itertools.cycle(NAMES), len(sizes)))
    loop = loop_of(endless_model, n_slots=3)
    generations = []
    for n, (size, name) in enumerate(zip(sizes, names, strict=True)):
        generations.append(Generation(prompts[name], max_new_tokens=size, seed=n))
        loop.add(generations[-1])
        loop.step()
        loop.step()
    run(loop)
    assert loop.n_free == 3
    for n, (generation, size, name) in enumerate(zip(generations, sizes, names, strict=True)):
        assert list(generation) == alone(endless_model, prompts[name], size, seed=n)


@pytest.mark.slow
@pytest.mark.parametrize(("n_threads", "dtype"), [(1, torch.float32), (2, torch.float32), (1, torch.bfloat16)])
def test_rows_of_real_width_say_the_same_alone_and_together(n_threads: int, dtype: torch.dtype):
    """Where rounding decides: the widths of the published model's head and groups, random weights, bit by bit."""
    config = Step1Config(
        hidden_size=768, intermediate_size=2048, num_attention_heads=12, num_attention_groups=4, num_hidden_layers=2
    )
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = Step1ForCausalLM(config).eval().to(dtype)
        prompt_of = [torch.randint(65_536, 70_656, (20 + 17 * n,)).tolist() for n in range(9)]
    pack_linears(model.model)
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        wanted = [alone(model, prompt, 24, seed=n) for n, prompt in enumerate(prompt_of)]
        loop = loop_of(model, n_slots=8)
        together = [Generation(prompt, max_new_tokens=24, seed=n) for n, prompt in enumerate(prompt_of)]
        for generation in together:
            loop.add(generation)
        run(loop)
    finally:
        torch.set_num_threads(before)
    assert [list(generation) for generation in together] == wanted


def test_rows_of_a_step_have_the_same_states_to_the_bit_however_many_there_are(endless_model: Step1ForCausalLM):
    states = []
    for n_rows in (1, 2, 3, 5):
        loop = loop_of(endless_model, n_slots=5)
        for row in range(n_rows):
            loop.add(Generation([1, 4, 70 + row, 66_000 + row], max_new_tokens=30, seed=row))
        while loop.n_running < n_rows:
            loop.step()
        states.append(loop._slots.keys[:, 0, :, :3].clone())
    assert all(torch.equal(state, states[0]) for state in states)


# ---- steps ---------------------------------------------------------------------------------------------------------


def test_a_step_is_one_pass_for_all_rows(
    endless_model: Step1ForCausalLM, prompts: Prompts, passes: list[tuple[int, int]]
):
    loop = loop_of(endless_model, n_slots=4)
    for n in range(4):
        loop.add(Generation(prompts["short"], max_new_tokens=40, seed=n))
    while loop.n_running < 4:
        loop.step()
    passes.clear()
    before = loop.counts.steps
    for _ in range(5):
        loop.step()
    assert passes == [(4, 1)] * 5
    assert loop.counts.steps - before == 5


def test_a_long_prompt_is_read_in_chunks_between_the_steps_of_others(
    endless_model: Step1ForCausalLM, prompts: Prompts, passes: list[tuple[int, int]]
):
    loop = loop_of(endless_model, n_slots=2)
    speaking = Generation(prompts["short"][:5], max_new_tokens=100, seed=1)
    loop.add(speaking)
    loop.step()
    passes.clear()
    loop.add(Generation(prompts["edit"], max_new_tokens=5, seed=2))
    while loop.n_running < 2:
        loop.step()
    n_to_read = len(prompts["edit"]) - 1
    assert [n for _, n in passes if n > 1] == [16] * (n_to_read // 16)
    assert not any(first > 1 and second > 1 for (_, first), (_, second) in itertools.pairwise(passes))


def test_chunks_remember_what_one_pass_does(endless_model: Step1ForCausalLM, prompts: Prompts):
    prompt = prompts["edit"]
    whole = []
    for chunk in (16, 10_000):
        loop = loop_of(endless_model, n_slots=2)
        loop.chunk = chunk
        loop.add(Generation(prompt, max_new_tokens=1, seed=0))
        run(loop)
        whole.append(loop._slots.keys[:, 0, :, : len(prompt)].clone())
    torch.testing.assert_close(whole[0], whole[1], atol=1e-4, rtol=0)


class NoWaiting(TorchDispatchMode):
    """Fails where the host would have to wait for the device, or a tensor's size depend on its values."""

    FORBIDDEN = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "is_nonzero", "equal")

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        assert not any(str(func).startswith(f"aten.{name}") for name in self.FORBIDDEN), str(func)
        return func(*args, **(kwargs or {}))


def test_a_step_waits_for_nothing_and_keeps_its_buffers(endless_model: Step1ForCausalLM, prompts: Prompts):
    """What a CUDA graph needs: the same functions, on tensors that stay where they are."""
    loop = loop_of(endless_model, n_slots=3)
    for n, name in enumerate(("short", "clone")):
        loop.add(Generation(prompts[name], max_new_tokens=40, seed=n))
    while loop.n_running < 2:
        loop.step()
    tensors = [*vars(loop._rows).values(), loop._slots.keys, loop._slots.values, loop._step._bias]
    buffers = [tensor for tensor in tensors if isinstance(tensor, torch.Tensor)]
    places = [tensor.data_ptr() for tensor in buffers]
    with torch.inference_mode(), NoWaiting():
        loop._step._advance(2, 192)
    assert [tensor.data_ptr() for tensor in buffers] == places


def as_on_cuda(loop: LanguageModelLoop) -> LanguageModelLoop:
    """The loop with the shapes of graphs: rows and keys filled up to powers of two, products of all slots' rows."""
    step = loop._step

    def decode(n_rows: int, longest: int) -> list[int]:
        step._advance(*step._shape(n_rows, longest))
        found: list[int] = loop._rows.ids[:n_rows].tolist()
        return found

    step.decode, step._product_rows = decode, lambda _: loop.n_slots  # type: ignore[method-assign]
    return loop


def test_rows_that_fill_up_a_shape_change_nothing(endless_model: Step1ForCausalLM, prompts: Prompts):
    """A rung of four for three that run, while a prompt is being read."""
    wanted = [alone(endless_model, prompts["clone"][n:], 12, seed=n) for n in range(4)]
    loop = as_on_cuda(loop_of(endless_model, n_slots=6))
    generations = [Generation(prompts["clone"][n:], max_new_tokens=12, seed=n) for n in range(4)]
    for generation in generations:
        loop.add(generation)
    run(loop)
    assert [list(generation) for generation in generations] == wanted


def test_rows_that_fill_up_a_shape_stay_nowhere(endless_model: Step1ForCausalLM, prompts: Prompts):
    loop = as_on_cuda(loop_of(endless_model, n_slots=8))
    generations = [Generation(prompts["short"], max_new_tokens=12, seed=n) for n in range(3)]
    for generation in generations:
        loop.add(generation)
    while not loop.is_idle:
        loop.step()
        assert int(loop._rows.positions[3:].min()) == loop._slots.nowhere == int(loop._rows.positions[3:].max())
    assert [list(generation) for generation in generations] == [
        alone(endless_model, prompts["short"], 12, seed=n) for n in range(3)
    ]


def test_a_pair_that_has_ended_leads_nobody(endless_model: Step1ForCausalLM, prompts: Prompts):
    loop = as_on_cuda(loop_of(endless_model, n_slots=8))
    generations = [Generation(prompts["short"], max_new_tokens=20, seed=n) for n in range(3)]
    guided = Generation(prompts["edit"], max_new_tokens=4, seed=9, guidance=Guidance(prompts["clone"], 2.0))
    for generation in (*generations, guided):
        loop.add(generation)
    run(loop)
    assert [list(generation) for generation in generations] == [
        alone(endless_model, prompts["short"], 20, seed=n) for n in range(3)
    ]


def test_after_a_failure_no_row_is_anywhere(endless_model: Step1ForCausalLM, prompts: Prompts):
    loop = as_on_cuda(loop_of(endless_model, n_slots=4))
    loop.add(Generation(prompts["short"], max_new_tokens=20, guidance=Guidance(prompts["clone"], 2.0)))
    while loop.n_running < 2:
        loop.step()
    loop.fail(RuntimeError("broken"))
    assert set(loop._rows.positions.tolist()) == {loop._slots.nowhere}
    assert loop._rows.leaders.tolist() == loop._rows.opposites.tolist() == [0, 1, 2, 3]


def test_a_pair_that_is_cancelled_between_two_looks_goes_whole(endless_model: Step1ForCausalLM, prompts: Prompts):
    class Fickle(Generation):
        """Over from the second look on."""

        looks = 0

        @property
        def is_over(self) -> bool:
            if self.reads:
                self.looks += 1
            return self.looks > 1

        reads = False

    loop = loop_of(endless_model, n_slots=4)
    guided = Fickle(prompts["edit"], max_new_tokens=20, seed=1, guidance=Guidance(prompts["clone"], 2.0))
    other = Generation(prompts["short"], max_new_tokens=20, seed=2)
    for generation in (guided, other):
        loop.add(generation)
    while loop.n_running < 3:
        loop.step()
    guided.reads = True
    run(loop)
    assert list(other) == alone(endless_model, prompts["short"], 20, seed=2)


# ---- guidance ------------------------------------------------------------------------------------------------------


def test_a_guided_generation_takes_two_slots_until_its_end(endless_model: Step1ForCausalLM, prompts: Prompts):
    guidance = Guidance(prompts["clone"], 2.0)
    wanted = alone(endless_model, prompts["edit"], 8, seed=1, guidance=guidance)
    plain = alone(endless_model, prompts["short"], 30, seed=2)
    loop = loop_of(endless_model, n_slots=3)
    guided = Generation(prompts["edit"], max_new_tokens=8, seed=1, guidance=guidance)
    other = Generation(prompts["short"], max_new_tokens=30, seed=2)
    loop.add(guided)
    loop.add(other)
    loop.step()
    assert loop.n_free == 1
    while guided.reason is None:
        loop.step()
    loop.step()
    assert (loop.n_running, loop.n_free) == (1, 2)
    run(loop)
    assert list(guided) == wanted
    assert list(other) == plain


def test_a_pair_waits_for_two_slots_and_then_moves_with_its_rows(endless_model: Step1ForCausalLM, prompts: Prompts):
    guidance = Guidance(prompts["short"], 0.5)
    wanted = alone(endless_model, prompts["clone"], 20, seed=4, guidance=guidance)
    loop = loop_of(endless_model, n_slots=3)
    first = [Generation(prompts["short"], max_new_tokens=n, seed=n) for n in (9, 3)]
    pair = Generation(prompts["clone"], max_new_tokens=20, seed=4, guidance=guidance)
    last = Generation(prompts["mixed"], max_new_tokens=4, seed=5)
    for generation in (*first, pair, last):
        loop.add(generation)
    while first[1].reason is None:
        assert len(loop.waiting) >= 1
        loop.step()
    run(loop)
    assert list(pair) == wanted
    assert list(last) == alone(endless_model, prompts["mixed"], 4, seed=5)


# ---- stopping ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["waiting", "reading", "running"])
@pytest.mark.parametrize("how", ["cancelled", "deadline", "left"])
@pytest.mark.parametrize("is_guided", [False, True])
def test_a_slot_is_free_within_one_step_whatever_stage_its_job_stops_in(
    endless_model: Step1ForCausalLM, prompts: Prompts, stage: str, how: str, is_guided: bool
):
    loop = loop_of(endless_model, n_slots=3)
    other = Generation(prompts["short"], max_new_tokens=16, seed=1)
    loop.add(other)
    while not loop.n_running:
        loop.step()
    control = JobControl(deadline_s=3600)
    guidance = Guidance(prompts["clone"][:20], 2.0) if is_guided else None
    stopped = Generation(prompts["edit"][:40], max_new_tokens=60, seed=2, guidance=guidance, control=control)
    loop.add(stopped)
    if stage != "waiting":
        loop.step()
    if stage == "running":
        while loop.n_running == 1:
            loop.step()
    assert loop.n_free == (2 if stage == "waiting" else 1 - is_guided)
    {"cancelled": control.cancel, "deadline": control.expire, "left": stopped.close}[how]()
    loop.step()
    assert (loop.n_free, loop.n_running, len(loop.waiting)) == (2, 1, 0)
    assert stopped.reason == "cancelled"
    run(loop)
    assert len(list(other)) == 16


def test_a_step_that_breaks_tells_those_in_it_and_leaves_all_slots_free(
    endless_model: Step1ForCausalLM, prompts: Prompts
):
    loop = loop_of(endless_model, n_slots=2)
    broken = Generation(prompts["short"], max_new_tokens=9, seed=1)
    loop.add(broken)
    loop.step()
    loop.fail(torch.OutOfMemoryError("no memory"))
    assert loop.is_idle
    with pytest.raises(torch.OutOfMemoryError):
        list(broken)
    after = Generation(prompts["short"], max_new_tokens=9, seed=1)
    loop.add(after)
    run(loop)
    assert list(after) == alone(endless_model, prompts["short"], 9, seed=1)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny products are slower in several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_unconstrained_rows_may_be_together_too(endless_model: Step1ForCausalLM, prompts: Prompts):
    choice = Choice(constrain=False)
    wanted = [
        list(run_alone(endless_model, Generation(prompts[name], max_new_tokens=5, seed=1), choice))
        for name in NAMES[:2]
    ]
    loop = LanguageModelLoop(endless_model, n_slots=2, capacity=CAPACITY, choice=choice)
    together = [Generation(prompts[name], max_new_tokens=5, seed=1) for name in NAMES[:2]]
    for generation in together:
        loop.add(generation)
    run(loop)
    assert [list(generation) for generation in together] == wanted
