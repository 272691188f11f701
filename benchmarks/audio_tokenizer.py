"""`python -m benchmarks.audio_tokenizer [--runs N] [--seconds S] [--threads N]`: the single pass against the loop.

Both turn the same clip into vq02 codes, with an encoder of the real size (50 layers, 512 wide) and random weights: one
as the application does it, the other piece by piece as FunASR does. CPU time, medians of runs in turn; fails unless the
codes are equal. Needs 2 GB of memory and a quarter of a minute a run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

# Waiting threads would else spin, and be counted as work.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # before torch loads OpenMP

import numpy as np
import torch

from app.engine.sound.audio import Samples
from app.engine.step_audio.tokenizer.encoder import SinglePassEncoder
from app.engine.step_audio.tokenizer.features import STACKED, FrontEnd
from app.engine.step_audio.tokenizer.linguistic import LinguisticTokenizer
from app.engine.step_audio.tokenizer.paraformer import stock_encoder_class
from app.engine.step_audio.tokenizer.preprocessing import SAMPLE_RATE
from benchmarks.paraformer_loop import encoded_in_pieces

N_MELS, N_CENTROIDS, WIDTH = 80, 1024, 512
SIZES = {"output_size": WIDTH, "attention_heads": 4, "linear_units": 2048, "num_blocks": 50, "kernel_size": 11}

Way = Callable[[], list[int]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audio_tokenizer", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the median counts")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the clip")
    parser.add_argument("--threads", type=int, default=1, help="threads torch may use")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)

    loop, single_pass = ways(asked.seconds)
    loop_s, single_pass_s = _medians_s((loop, single_pass), asked.runs)
    print(f"vq02 of {asked.seconds:g} s of audio, {asked.threads} threads, medians of {asked.runs} runs\n")
    print("| encoder of 50 layers, 512 wide | CPU, s | times as fast |\n|---|---|---|")
    print(f"| loop over pieces of 240 ms | {loop_s:.2f} | 1.0 |")
    print(f"| single pass | {single_pass_s:.2f} | {loop_s / single_pass_s:.1f} |\n")
    codes = single_pass()
    if codes != loop():
        raise SystemExit("The codes differ.")
    print(f"All {len(codes)} codes are equal; {len(set(codes))} of them differ from each other.")


def ways(seconds: float) -> tuple[Way, Way]:
    """The loop and the single pass, over the same clip and weights, features included."""
    torch.manual_seed(0)
    stock = stock_encoder_class()(
        input_size=N_MELS * STACKED, input_layer="pe_online", selfattention_layer_type="sanm", **SIZES
    )
    stock.eval().requires_grad_(False)
    shift, scale = torch.full((N_MELS * STACKED,), -13.0), torch.full((N_MELS * STACKED,), 0.3)
    front_end = FrontEnd(N_MELS, shift, scale, dither=1.0)
    encoder = SinglePassEncoder(stock)
    # Centroids near to what this encoder gives: of random ones, only a handful would ever be the nearest.
    typical = encoder.encode([front_end.features(torch.from_numpy(_syllables(30.0, seed=1)))])[0]
    centroids = typical[torch.randint(len(typical), (N_CENTROIDS,))]
    centroids += 0.3 * typical.std(dim=0) * torch.randn(N_CENTROIDS, WIDTH)
    clip = _syllables(seconds, seed=0)

    def loop() -> list[int]:
        encoded = encoded_in_pieces(stock, front_end.features(torch.from_numpy(clip)))
        codes: list[int] = torch.cdist(encoded, centroids).argmin(dim=1).tolist()
        return codes

    tokenizer = LinguisticTokenizer(front_end, encoder, centroids)
    return loop, lambda: tokenizer.codes([clip])[0]


def _syllables(seconds: float, seed: int) -> Samples:
    """Noise in syllables over a gliding tone: something of which no two frames are equal."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    noise = np.random.default_rng(seed).standard_normal(len(t))
    envelope = np.clip(np.sin(2 * np.pi * 2.1 * t), 0.05, 1.0)
    sound = envelope * (np.sin(2 * np.pi * (150 + 20 * t) * t) + 0.3 * noise)
    return (0.5 * sound).astype(np.float32)


def _medians_s(ways: tuple[Way, ...], n_runs: int) -> list[float]:
    """CPU seconds of each way, run in turn after one run of each that warms up."""
    costs_s: list[list[float]] = [[] for _ in ways]
    for run in range(n_runs + 1):
        for way, costs in zip(ways, costs_s, strict=True):
            began = time.process_time()
            way()
            if run:
                costs.append(time.process_time() - began)
    return [statistics.median(costs) for costs in costs_s]


if __name__ == "__main__":
    main()
