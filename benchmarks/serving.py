"""`python -m benchmarks.serving [--device cuda]`: the language model with many users at once, as ratios of one run.

The model is that of `benchmarks.language_model`, 129 million random weights. Baseline: transformers' `generate` with
plain attention, one request at a time. Beside it stands a *plain step*: torch's products of the same matrices with 1, 8
and 16 rows and nothing else, which says what there is to gain from rows. Seconds are those of the CPU, on one thread;
with `--device cuda` those of the clock.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # before anything loads OpenMP: waiting threads would be counted as work

import torch
from torch import nn

from app.engine.step_audio.codes import CODES
from app.engine.step_audio.language_model.attention import attend
from app.engine.step_audio.language_model.generation import Generation, Guidance
from app.engine.step_audio.language_model.loop import LanguageModelLoop, run_alone
from app.engine.step_audio.language_model.packed_linear import pack_linears
from app.engine.step_audio.language_model.token_choice import Choice
from benchmarks import language_model
from benchmarks.report import machine

N_NEW, N_STEPS, N_USERS = 40, 24, (1, 8, 16)
CONTEXTS = (200, 1000, 2000, 4000)  # ids
CAPACITY = max(CONTEXTS) + 512


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"), help="what the model computes on")
    parser.add_argument("--new", type=int, default=N_NEW, help="ids of the baseline's answer")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    bench = Bench(torch.device(arguments.device), arguments.new)
    facts = machine()
    print(f"{facts['day']}, {facts['cpu']}, {arguments.device}, one thread, load {facts['load']:.1f}.\n", flush=True)
    for table in (bench.users, bench.contexts, bench.waiting, bench.guidance, bench.seeds):
        print("\n".join(table()), "\n", flush=True)


class Bench:
    """The model with its baseline; each method makes one table."""

    def __init__(self, device: torch.device, n_new: int) -> None:
        self._clock = time.perf_counter if device.type == "cuda" else time.process_time
        self._n_new = n_new
        self._ours, self._baseline, self._prompt = language_model.models_and_prompt(pack=False)
        if device.type == "cuda":
            for model in (self._ours, self._baseline):
                model.to(device, torch.bfloat16)
        self._plain_step = self._plain_steps()
        pack_linears(self._ours.model)

    def users(self) -> Iterator[str]:
        """Ids per second of the baseline, of a plain step, of the loop."""
        base = self._baseline_speed()
        yield f"baseline, every id allowed, one after the other: {base:.1f} ids a second (its prompt not counted)\n"
        yield "| ids allowed | at once | plain step, ids/s (gain) | loop, ids/s (gain) | of that gain | of baseline |"
        yield "|---|---|---|---|---|---|"
        for constrain, name in ((True, "pattern"), (False, "every")):
            alone = {}
            for n in N_USERS:
                plain, ours = n / self._plain_step(n, constrain), n / self._step_s(n, 400, constrain=constrain)
                first_plain, first_ours = alone.setdefault("first", (plain, ours))
                gains = plain / first_plain, ours / first_ours
                yield (
                    f"| {name} | {n} | {plain:.0f} ({gains[0]:.2f}) | {ours:.0f} ({gains[1]:.2f}) "
                    f"| {gains[1] / gains[0]:.2f} | {ours / base:.1f}x |"
                )

    def contexts(self) -> Iterator[str]:
        """What a step costs by the length of what it looks back on."""
        yield "| context, ids | step of 8, ms | its attention, ms | the rest, ms |"
        yield "|---|---|---|---|"
        for n_ids in CONTEXTS:
            step, attention = self._step_s(8, n_ids), self._attention_s(8, n_ids)
            yield f"| {n_ids} | {1e3 * step:.1f} | {1e3 * attention:.1f} | {1e3 * (step - attention):.1f} |"

    def waiting(self) -> Iterator[str]:
        """How long those who run wait for another's prompt."""
        yield "| running | their step, ms | with a chunk of another's prompt, median, longest, ms | steps waited |"
        yield "|---|---|---|---|"
        for n in (1, 4, 8):
            loop = self._running(n, 300, n_new=400)
            steps = [self._timed(loop.step) for _ in range(N_STEPS)]
            loop.add(Generation(self._prompt, max_new_tokens=1, seed=0))
            with_chunk = [self._timed(loop.step) for _ in range(len(self._prompt) // loop.chunk)]
            step, chunked = statistics.median(steps), statistics.median(with_chunk)
            yield (
                f"| {n} | {1e3 * step:.1f} | {1e3 * chunked:.1f}, {1e3 * max(with_chunk):.1f} "
                f"| {(chunked - step) / step:.2f} |"
            )

    def guidance(self) -> Iterator[str]:
        """What a guidance pair costs."""
        one = self._step_s(1, 400)
        two = self._step_s(1, 400, guidance=Guidance(self._prompt[::-1], 2.0))
        yield f"a guided answer: {1e3 * two:.1f} ms a step, {two / one:.2f} times one that is not"

    def seeds(self) -> Iterator[str]:
        """Whether each seed says the same alone and among others that come and go."""
        together = [self._generation(n, 20 + n % 7) for n in range(24)]
        loop = self._loop(8)
        for generation in together:
            loop.add(generation)
        while not loop.is_idle:
            loop.step()
        same = sum(
            list(run_alone(self._ours, self._generation(n, 20 + n % 7))) == list(generation)
            for n, generation in enumerate(together)
        )
        passes, rows = loop.counts.steps, loop.counts.rows
        yield f"{same} of {len(together)} seeds say the same alone and together; {rows} ids in {passes} passes"

    # ---- parts -----------------------------------------------------------------------------------------------------

    def _generation(self, n: int, n_new: int) -> Generation:
        return Generation(self._prompt[n : n + 60 + 9 * n], max_new_tokens=n_new, seed=n)

    def _loop(self, n_slots: int, *, constrain: bool = True) -> LanguageModelLoop:
        return LanguageModelLoop(
            self._ours, n_slots=max(2, n_slots), capacity=CAPACITY, choice=Choice(constrain=constrain)
        )

    def _running(
        self, n: int, n_ids: int, *, n_new: int, constrain: bool = True, guidance: Guidance | None = None
    ) -> LanguageModelLoop:
        """A loop in which `n` run, their contexts about so long. Prompts are not computed: zeros cost the same."""
        loop = self._loop(2 * n + 1, constrain=constrain)
        prompt = (self._prompt * -(-n_ids // len(self._prompt)))[:n_ids]
        for seed in range(n):
            loop.add(Generation(prompt, max_new_tokens=n_new, seed=seed, guidance=guidance))
        read, loop._step.prefill = loop._step.prefill, lambda *_: None  # type: ignore[method-assign]
        chunk, loop.chunk = loop.chunk, CAPACITY
        while loop.waiting:
            loop.step()
        loop._step.prefill, loop.chunk = read, chunk  # type: ignore[method-assign]
        return loop

    def _step_s(self, n: int, n_ids: int, *, constrain: bool = True, guidance: Guidance | None = None) -> float:
        loop = self._running(n, n_ids, n_new=N_STEPS + 2 * n + 4, constrain=constrain, guidance=guidance)
        return statistics.median(self._timed(loop.step) for _ in range(N_STEPS))

    def _attention_s(self, n: int, n_ids: int) -> float:
        config, span = self._ours.config, -(-(n_ids + N_STEPS // 2) // 64) * 64
        groups, width = config.num_attention_groups, config.head_dim
        heads = config.num_attention_heads // groups
        device, dtype = self._ours.device, self._ours.dtype
        # A cache for each layer, as in a step: one alone would stay in the processor's own memory.
        caches = torch.randn(2 * config.num_hidden_layers, n, groups, span, width, device=device, dtype=dtype)
        queries, bias = caches[0, :, :, :heads], torch.randn(n, groups, heads, span, device=device)

        def all_layers() -> None:
            for keys, values in zip(caches[::2], caches[1::2], strict=True):
                attend(queries, keys, values, bias)

        return statistics.median(self._timed(all_layers) for _ in range(N_STEPS // 2))

    def _baseline_speed(self) -> float:
        """Ids per second after the first one, which stands for the prompt."""
        seconds = []
        for n in (1, self._n_new):
            language_model.N_NEW = n
            seconds.append(self._timed(lambda: language_model.baseline_ids(self._baseline, self._prompt)))
        return (self._n_new - 1) / (seconds[1] - seconds[0])

    def _plain_steps(self) -> Callable[[int, bool], float]:
        """Seconds of torch's own products of all matrices, by rows and by whether only the pattern is allowed."""
        weights = [module.weight for module in self._ours.model.modules() if isinstance(module, nn.Linear)]
        head = self._ours.lm_head.weight

        @torch.inference_mode()
        def seconds(n: int, constrain: bool) -> float:
            used = [*weights, head[: len(CODES) + 1] if constrain else head]
            inputs = {weight.shape[1]: torch.randn(n, weight.shape[1]).to(head) for weight in used}

            def step() -> None:
                for weight in used:
                    nn.functional.linear(inputs[weight.shape[1]], weight)

            return statistics.median(self._timed(step) for _ in range(N_STEPS // 2))

        return seconds

    @torch.inference_mode()
    def _timed(self, work: Callable[[], object]) -> float:
        began = self._clock()
        work()
        if self._ours.device.type == "cuda":
            torch.cuda.synchronize()
        return self._clock() - began


if __name__ == "__main__":
    main()
