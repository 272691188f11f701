"""`python -m benchmarks.language_model [--runs N]`: tokens per CPU second of the language model, against transformers.

A model of 129 million random weights in float32 continues a prompt of 400 ids by 200, at temperature 0.7. Baseline:
transformers' `generate` with a cache that grows, and attention written plainly: the whole bias made anew in every layer
at every step, keys and values repeated for each head. Ours, a loop of one slot, runs twice: free to choose any id,
which must give the baseline's ids one by one, and constrained to the pattern of codes, as the service runs it.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections.abc import Callable

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # before anything loads OpenMP: waiting threads would be counted as work

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import LogitsProcessor, LogitsProcessorList

from app.engine.step_audio.language_model.distance import alibi_slopes
from app.engine.step_audio.language_model.generation import Generation
from app.engine.step_audio.language_model.loop import run_alone
from app.engine.step_audio.language_model.noise import TorchNoise
from app.engine.step_audio.language_model.packed_linear import pack_linears
from app.engine.step_audio.language_model.step1_config import Step1Config
from app.engine.step_audio.language_model.step1_model import Memory, Step1Attention, Step1ForCausalLM
from app.engine.step_audio.language_model.token_choice import Choice
from benchmarks.report import machine

CONFIG = {
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_attention_heads": 9,
    "num_attention_groups": 3,
    "num_hidden_layers": 12,
}
N_PROMPT, N_NEW, SEED, TEMPERATURE, TOP_K = 400, 200, 7, 0.7, 50


class PlainAttention(nn.Module):
    """Attention as it stands in the description of the model, without thought of cost."""

    def __init__(self, shared: Step1Attention) -> None:
        """Takes the weights of `shared`."""
        super().__init__()
        self.shared = shared

    def forward(self, x: Tensor, bias: Tensor, past: Memory | None) -> Tensor:
        """As Step1Attention; `bias` is of no use here."""
        del bias
        own = self.shared
        n_rows, n_new, _ = x.shape
        n_heads = own.n_groups * own.heads_per_group

        def split(projected: Tensor, n: int) -> Tensor:
            return projected.view(n_rows, n_new, n, own.head_dim).transpose(1, 2)

        queries = split(own.q_proj(x), n_heads)
        keys, values = split(own.k_proj(x), own.n_groups), split(own.v_proj(x), own.n_groups)
        if past is not None:
            keys, values = past.update(keys, values, own.layer)
        keys, values = (part.repeat_interleave(own.heads_per_group, dim=1) for part in (keys, values))
        whole = full_bias(n_heads, keys.shape[2], x.device)[:, -n_new:].to(x.dtype)
        mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=whole)
        out: Tensor = own.o_proj(mixed.transpose(1, 2).reshape(x.shape))
        return out


def full_bias(n_heads: int, n_tokens: int, device: torch.device) -> Tensor:
    """The bias between all tokens, `[heads, tokens, tokens]`."""
    places = torch.arange(n_tokens, device=device)
    distance = places[:, None] - places
    bias = -torch.tensor(alibi_slopes(n_heads), device=device)[:, None, None] * distance.clamp(min=0).sqrt()
    return bias.masked_fill(distance < 0, -math.inf)


class RepetitionRule(LogitsProcessor):
    """The last id is banned when it stands twice in the last ten."""

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """As LogitsProcessor."""
        recent = input_ids[0, -10:].tolist()
        if recent.count(recent[-1]) > 1:
            scores[0, recent[-1]] = -math.inf
        return scores


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.language_model", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each side, taken in turn; the median counts")
    n_runs = parser.parse_args().runs
    torch.set_num_threads(1)
    ours, baseline, prompt = models_and_prompt()
    sides: dict[str, Callable[[], list[int]]] = {
        "transformers' generate, plain attention": lambda: baseline_ids(baseline, prompt),
        "ours, any id": lambda: our_ids(ours, prompt, constrain=False),
        "ours, pattern of codes": lambda: our_ids(ours, prompt, constrain=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    made: dict[str, list[int]] = {}
    for _ in range(n_runs):
        for name, side in sides.items():
            began = time.process_time()
            made[name] = side()
            seconds[name].append(time.process_time() - began)
    plain, free, _ = made.values()
    if plain != free or len(plain) != N_NEW:
        raise SystemExit("the two sides chose different ids")
    print(table(seconds, {name: len(ids) for name, ids in made.items()}))


def models_and_prompt(*, pack: bool = True) -> tuple[Step1ForCausalLM, Step1ForCausalLM, list[int]]:
    """Two models with the same weights, the second with plain attention, and random ids. The first one's are packed."""
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        ours = Step1ForCausalLM(Step1Config(**CONFIG)).eval()
        prompt = torch.randint(65_536, 70_656, (N_PROMPT,)).tolist()
    with torch.device("meta"):
        baseline = Step1ForCausalLM(ours.config).eval()
    baseline.load_state_dict(ours.state_dict(), assign=True)
    for layer in baseline.model.layers:
        layer.self_attn = PlainAttention(layer.self_attn)
    if pack:
        pack_linears(ours.model)
    return ours, baseline, prompt


def baseline_ids(model: Step1ForCausalLM, prompt: list[int]) -> list[int]:
    """What transformers' own loop makes, its global random numbers seeded as ours are."""
    ids = torch.tensor([prompt], device=model.device)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=N_NEW,
            do_sample=True,
            temperature=TEMPERATURE,
            top_k=TOP_K,
            logits_processor=LogitsProcessorList([RepetitionRule()]),
        )
    new: list[int] = out[0, N_PROMPT:].tolist()
    return new


def our_ids(model: Step1ForCausalLM, prompt: list[int], *, constrain: bool) -> list[int]:
    """What our loop makes."""
    choice = Choice(temperature=TEMPERATURE, top_k=TOP_K, constrain=constrain)
    return list(run_alone(model, Generation(prompt, max_new_tokens=N_NEW, seed=SEED), choice, TorchNoise()))


def table(seconds: dict[str, list[float]], n_ids: dict[str, int]) -> str:
    """Markdown: tokens per CPU second, prompt included, and how many times the first row's that is."""
    speeds = {name: n_ids[name] / statistics.median(runs) for name, runs in seconds.items()}
    first = next(iter(speeds.values()))
    rows = [f"| {name} | {n_ids[name]} | {speed:.1f} | {speed / first:.1f}x |" for name, speed in speeds.items()]
    facts = machine()
    return "\n".join(
        [
            f"{facts['day']}, {facts['cpu']}, one thread, load {facts['load']:.1f}; both sides chose the same ids.",
            "",
            "| | ids | ids per CPU second | ratio |",
            "|---|---|---|---|",
            *rows,
        ]
    )


if __name__ == "__main__":
    main()
