"""Continuations equal the reference's id by id; patterns, guidance, ends and cancelling hold."""

from __future__ import annotations

import gc
import itertools
import json
import threading
import weakref
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from numpy.typing import NDArray

from app.engine.errors import Cancelled, InvalidRequest, OutOfRange
from app.engine.job import JobControl
from app.engine.step_audio.codes import PATTERN
from app.engine.step_audio.language_model.decoding_rows import DecodingRows
from app.engine.step_audio.language_model.generation import Generation, Guidance, generate
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.vocabulary import AUDIO_IDS
from tests.engine.step_audio.conftest import STEP1
from tests.wording import refused

GOLDENS = json.loads((STEP1 / "goldens.json").read_text(encoding="utf-8"))
Prompts = Mapping[str, list[int]]


def is_slow(golden: dict[str, Any]) -> bool:
    """True for most goldens: drawing from the whole vocabulary takes half a second each."""
    return golden.get("seed", 0) != 0 or golden["name"] in ("edit_greedy", "clone_sample_seed0")


@pytest.fixture(scope="module")
def prompts(step1_arrays: Mapping[str, NDArray[Any]]) -> Prompts:
    return {name: step1_arrays[f"{name}/ids"].tolist() for name in ("short", "edit", "clone", "mixed")}


@pytest.fixture(scope="module")
def endless_model(step1_model: Step1ForCausalLM) -> Step1ForCausalLM:
    """The golden model with a head that cannot say the end."""
    with torch.device("meta"):
        model = Step1ForCausalLM(step1_model.config)
    tensors = step1_model.state_dict()
    tensors["lm_head.weight"] = tensors["lm_head.weight"].clone()
    tensors["lm_head.weight"][step1_model.config.eos_token_id] = 0.0
    model.load_state_dict(tensors, assign=True)
    return model.eval()


def test_there_are_eighteen_goldens():
    assert len(GOLDENS["generations"]) == 18


@pytest.mark.parametrize(
    "golden",
    [
        pytest.param(golden, id=golden["name"], marks=[pytest.mark.slow] if is_slow(golden) else [])
        for golden in GOLDENS["generations"]
    ],
)
def test_continuations_equal_the_goldens(step1_model: Step1ForCausalLM, prompts: Prompts, golden: dict[str, Any]):
    generation = generate(
        step1_model,
        prompts[golden["prompt"]],
        max_new_tokens=golden["max_new"],
        temperature=golden["temperature"] if golden["do_sample"] else 0.0,
        top_k=golden.get("top_k", 50),
        seed=golden.get("seed"),
        repetition_aware=golden.get("repetition_aware", True),
        constrain=False,
    )
    ends = golden["ended_with_eos"]
    assert list(generation) == golden["ids"][: -1 if ends else None]
    assert generation.reason == ("end" if ends else "length")


def test_the_global_random_numbers_are_left_alone(step1_model: Step1ForCausalLM, prompts: Prompts):
    state = torch.get_rng_state()
    list(generate(step1_model, prompts["short"], max_new_tokens=4, seed=1))
    assert torch.equal(torch.get_rng_state(), state)


def test_a_seed_repeats_and_none_does_not(endless_model: Step1ForCausalLM, prompts: Prompts):
    def ids(seed: int | None) -> list[int]:
        return list(generate(endless_model, prompts["clone"], max_new_tokens=8, seed=seed))

    assert ids(5) == ids(5)
    assert ids(5) != ids(6)
    assert ids(None) != ids(None)


def test_interleaved_generations_do_not_disturb_each_other(endless_model: Step1ForCausalLM, prompts: Prompts):
    def start(name: str) -> Generation:
        return generate(endless_model, prompts[name], max_new_tokens=10, seed=3)

    alone = [list(start(name)) for name in ("short", "clone")]
    together = list(zip(start("short"), start("clone"), strict=True))
    assert [list(ids) for ids in zip(*together, strict=True)] == alone


def test_generations_in_threads_equal_those_alone(endless_model: Step1ForCausalLM, prompts: Prompts):
    alone = list(generate(endless_model, prompts["edit"], max_new_tokens=8, seed=3))
    found: list[list[int]] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(list(generate(endless_model, prompts["edit"], max_new_tokens=8, seed=3)))
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 3


@pytest.mark.parametrize("temperature", [0.0, 0.7, 3.0])
def test_constrained_ids_follow_the_pattern(endless_model: Step1ForCausalLM, prompts: Prompts, temperature: float):
    ids = list(generate(endless_model, prompts["edit"], max_new_tokens=43, temperature=temperature, seed=2))
    assert len(ids) == 43
    assert all(token - AUDIO_IDS.start in codes for token, codes in zip(ids, itertools.cycle(PATTERN), strict=False))


def test_constrained_choice_is_the_best_of_the_allowed(step1_model: Step1ForCausalLM, prompts: Prompts):
    """Computing only the allowed rows of the head chooses what masking all logits would."""
    with torch.inference_mode():
        logits = step1_model(torch.tensor([prompts["mixed"]])).logits[0, -1]
    allowed = [step1_model.config.eos_token_id, *range(65_536, 66_560)]
    best = allowed[int(logits[allowed].argmax())]
    chosen = list(generate(step1_model, prompts["mixed"], max_new_tokens=1, temperature=0, repetition_aware=False))
    assert chosen == ([] if best == step1_model.config.eos_token_id else [best])


def test_a_long_prompt_in_blocks_equals_one_pass(
    step1_model: Step1ForCausalLM, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
):
    prompt = prompts["edit"] + prompts["mixed"] + prompts["clone"]
    rows = []
    for block in (64, 10_000):
        monkeypatch.setattr("app.engine.step_audio.language_model.decoding_rows.PROMPT_BLOCK", block)
        with torch.inference_mode():
            rows.append(DecodingRows(step1_model, [prompt], 1, None).prompt_states())
    torch.testing.assert_close(rows[0], rows[1], atol=1e-4, rtol=0)


# ---- guidance ------------------------------------------------------------------------------------------------------


def test_intensity_one_is_no_guidance_and_computes_no_second_row(
    endless_model: Step1ForCausalLM, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
):
    plain = list(generate(endless_model, prompts["edit"], max_new_tokens=20, seed=1))
    n_rows = []
    real = DecodingRows.__init__

    def spy(self: DecodingRows, model: Step1ForCausalLM, rows: list[list[int]], *rest: Any) -> None:
        n_rows.append(len(rows))
        real(self, model, rows, *rest)

    monkeypatch.setattr(DecodingRows, "__init__", spy)
    guidance = Guidance(prompts["clone"], 1.0)
    assert list(generate(endless_model, prompts["edit"], max_new_tokens=20, seed=1, guidance=guidance)) == plain
    assert n_rows == [1]


@pytest.mark.parametrize("intensity", [0.5, 3.0])
def test_guided_choices_are_those_of_the_formula(endless_model: Step1ForCausalLM, prompts: Prompts, intensity: float):
    """Against two separate full passes at every step, for prompts of different length, whichever is longer."""
    for edited, identity in (("short", "clone"), ("clone", "short")):
        guidance = Guidance(prompts[identity], intensity)
        ids = list(
            generate(endless_model, prompts[edited], max_new_tokens=4, temperature=0, constrain=False,
                     repetition_aware=False, guidance=guidance)
        )  # fmt: skip
        for n, token in enumerate(ids):
            with torch.inference_mode():
                with_edit, without = (
                    endless_model(torch.tensor([prompts[name] + ids[:n]]), logits_to_keep=1).logits[0, -1]
                    for name in (edited, identity)
                )
            assert int((without + intensity * (with_edit - without)).argmax()) == token


def test_guidance_by_the_same_prompt_changes_no_choice(endless_model: Step1ForCausalLM, prompts: Prompts):
    plain = list(generate(endless_model, prompts["edit"], max_new_tokens=20, temperature=0))
    guidance = Guidance(prompts["edit"], 2.5)
    assert list(generate(endless_model, prompts["edit"], max_new_tokens=20, temperature=0, guidance=guidance)) == plain


@pytest.mark.parametrize("intensity", [0.0, 3.1, float("nan")])
def test_guidance_outside_its_range_is_refused(intensity: float):
    with pytest.raises(OutOfRange):
        Guidance([1], intensity)


# ---- ends ----------------------------------------------------------------------------------------------------------


def test_no_new_tokens_are_none(step1_model: Step1ForCausalLM, prompts: Prompts):
    generation = generate(step1_model, prompts["short"], max_new_tokens=0)
    assert generation.reason is None
    assert list(generation) == []
    assert generation.reason == "length"


@pytest.mark.slow
def test_endless_repetition_is_recognised(endless_model: Step1ForCausalLM, prompts: Prompts):
    generation = generate(
        endless_model, prompts["edit"], max_new_tokens=2000, temperature=0, repetition_aware=False, constrain=False
    )
    assert 300 < len(list(generation)) < 900
    assert generation.reason == "degenerate"
    assert list(generation) == []


@pytest.mark.slow
def test_random_codes_are_not_taken_for_repetition(endless_model: Step1ForCausalLM, prompts: Prompts):
    generation = generate(endless_model, prompts["short"], max_new_tokens=320, temperature=3.0, top_k=0, seed=1)
    assert len(list(generation)) == 320
    assert generation.reason == "length"


def test_a_cancel_that_returns_true_ends_quietly(endless_model: Step1ForCausalLM, prompts: Prompts):
    is_cancelled = False
    generation = generate(endless_model, prompts["short"], max_new_tokens=50, cancel=lambda: is_cancelled)
    first = next(generation)
    is_cancelled = True
    assert list(generation) == []
    assert generation.reason == "cancelled"
    assert first in AUDIO_IDS


def test_a_cancelled_job_raises_its_reason_within_a_layer(endless_model: Step1ForCausalLM, prompts: Prompts):
    control = JobControl()
    n_looks = 0

    def look() -> None:
        nonlocal n_looks
        n_looks += 1
        if n_looks == 3:
            control.cancel()
        control.checkpoint()

    generation = generate(endless_model, prompts["short"], max_new_tokens=50, cancel=look)
    with pytest.raises(Cancelled):
        list(generation)
    assert n_looks == 3
    assert generation.reason == "cancelled"
    assert list(generation) == []


def test_a_generation_given_up_frees_its_memory_at_once(endless_model: Step1ForCausalLM, prompts: Prompts):
    generation = generate(endless_model, prompts["short"], max_new_tokens=50)
    next(generation)
    rows = weakref.ref(generation._rows)
    gc.disable()
    try:
        del generation
        assert rows() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("prompt", "n", "fault"),
    [
        ([], 5, "is empty"),
        ([1, 74_752], 5, "outside the model's 74752"),
        ([1, -1], 5, "outside the model's"),
        ([1] * 32_000, 1000, "exceed the model's limit of 32768"),
        ([1], -1, "must be at least 0"),
    ],
)
def test_impossible_prompts_are_refused_before_anything_is_computed(
    step1_model: Step1ForCausalLM, prompt: list[int], n: int, fault: str
):
    with refused(InvalidRequest, match=fault):
        generate(step1_model, prompt, max_new_tokens=n)


@pytest.mark.parametrize("setting", [{"temperature": -0.1}, {"top_k": -1}, {"temperature": float("nan")}])
def test_settings_outside_their_range_are_refused_by_name(step1_model: Step1ForCausalLM, setting: dict[str, Any]):
    with pytest.raises(OutOfRange) as error:
        generate(step1_model, [1, 4], max_new_tokens=1, **setting)
    assert error.value.param == next(iter(setting))
