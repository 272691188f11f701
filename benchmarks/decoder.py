"""The decoder at its real size with random weights: ours against the plain flow, stream, memory.

    python -m benchmarks.decoder [--threads 2] [--rounds 3]

5.04 s of speech after a prompt of 3 s. The plain flow and ours take turns in one run and must agree. CPU time, because
the clock of a shared machine says little; the smallest of all rounds, because other work only ever adds.
"""

from __future__ import annotations

import os

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # before torch: spinning threads would count as work

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from app.engine.step_audio.decoder import Conditioning, Decoder
from app.engine.step_audio.decoder.flow import aligned
from app.engine.step_audio.decoder.noise import SeededNoise
from app.engine.step_audio.decoder.session import StreamSession
from app.engine.step_audio.decoder.tokens import paired
from benchmarks.plain_flow import PlainFlow
from benchmarks.random_decoder import REAL, random_stream, write_random_decoder

PROMPT_TOKENS, TARGET_TOKENS = 125, 210  # 3 s and 5.04 s
FIRST_PUSH = 30  # tokens after which a stream gives its first sound
N_STEPS = 10
TOLERANCE = 5e-5

PROMPT, TARGET = random_stream(PROMPT_TOKENS, 1), random_stream(TARGET_TOKENS, 2)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decoder", description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only-decode", type=Path, help=argparse.SUPPRESS)  # a process of its own for its memory
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    with torch.inference_mode():
        if asked.only_decode:
            _print_peak(asked.only_decode)
            return
        with tempfile.TemporaryDirectory() as folder:
            write_random_decoder(Path(folder), REAL)
            _print_speed(Path(folder), asked.rounds)
            _run_alone(Path(folder), asked.threads)


def _print_speed(folder: Path, n_rounds: int) -> None:
    decoder, conditioning = Decoder.from_pretrained(folder), _conditioning()
    plain = PlainFlow(torch.load(folder / "flow.pt", weights_only=True), REAL.flow)
    prompt, target = paired(PROMPT), paired(TARGET)
    n_prompt, n_frames = 2 * prompt.shape[1], 2 * (prompt.shape[1] + target.shape[1])
    noise = SeededNoise(0, 80, 0).frames(0, n_frames).T.unsqueeze(0)
    prompt_mel = aligned(conditioning.mel, n_prompt)
    sessions: list[StreamSession] = []

    def plain_mel() -> Tensor:
        return plain.mel(prompt, target, prompt_mel, conditioning.speaker, noise, N_STEPS)

    def mel() -> Tensor:
        return decoder.tokens_to_mel(TARGET, PROMPT, conditioning, noise=noise)

    def prepared() -> Tensor:
        unheard = Conditioning(conditioning.mel + (1 + len(sessions)) / 1000, conditioning.speaker)
        sessions.append(decoder.stream(PROMPT, unheard))
        return noise

    def known() -> Tensor:
        decoder.stream(PROMPT, conditioning)
        return noise

    def first_sound() -> Tensor:
        return torch.from_numpy(sessions[-1].push(TARGET[:FIRST_PUSH])[0].samples)

    whole = mel()
    decoder.stream(PROMPT, conditioning)
    runs: dict[str, Callable[[], Tensor]] = {
        "plain flow, 10 steps": plain_mel,
        "flow": mel,
        "vocoder": lambda: decoder.mel_to_wave(whole),
        "stream: prompt": prepared,
        "stream: prompt that is known": known,
        "stream: first 30 tokens to first sound": first_sound,
    }
    seconds, results = _turns(runs, n_rounds)
    error = float((results["flow"] - results["plain flow, 10 steps"]).abs().max())
    print(f"\n{torch.get_num_threads()} threads, {n_rounds} rounds; ours against plain: at most {error:.1e} apart")
    if error > TOLERANCE:
        raise SystemExit("Ours and plain disagree.")
    decode_s = seconds["flow"] + seconds["vocoder"]
    print("\n| what | CPU s | plain flow / it | share of a whole decode |\n|---|---|---|---|")
    for name, spent in seconds.items():
        ratio = f"{seconds['plain flow, 10 steps'] / spent:.2f}" if "flow" in name else ""
        print(f"| {name} | {spent:.2f} | {ratio} | {spent / decode_s:.0%} |")


def _turns(runs: Mapping[str, Callable[[], Tensor]], n_rounds: int) -> tuple[dict[str, float], dict[str, Tensor]]:
    """The least CPU seconds of each and its result; all take turns."""
    seconds = dict.fromkeys(runs, float("inf"))
    results: dict[str, Tensor] = {}
    for _ in range(n_rounds):
        for name, run in runs.items():
            start = time.process_time()
            results[name] = run()
            seconds[name] = min(seconds[name], time.process_time() - start)
    return seconds, results


def _run_alone(folder: Path, n_threads: int) -> None:
    command = [sys.executable, "-m", "benchmarks.decoder", "--only-decode", str(folder), "--threads", str(n_threads)]
    subprocess.run(command, check=True)


def _print_peak(folder: Path) -> None:
    decoder, conditioning = Decoder.from_pretrained(folder), _conditioning()
    loaded_mib = _peak_mib()
    decoder.mel_to_wave(decoder.tokens_to_mel(TARGET, PROMPT, conditioning))
    decoded_mib = _peak_mib()
    session = decoder.stream(PROMPT, conditioning)
    session.push(TARGET, last=True)
    print(f"\nPeak memory, MiB: {loaded_mib:.0f} loaded, {decoded_mib:.0f} decoded, {_peak_mib():.0f} streamed")


def _peak_mib() -> float:
    """Most resident memory so far. Not `ru_maxrss`, which begins with that of the process that started this one."""
    rows = Path("/proc/self/status").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM")) / 1024


def _conditioning() -> Conditioning:
    generator = torch.Generator().manual_seed(3)
    mel = torch.randn(1, 150, 80, generator=generator) - 5
    return Conditioning(mel, torch.randn(1, 192, generator=generator))


if __name__ == "__main__":
    main()
