"""The figures as a Markdown page."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

PAGE = """\
# Performance of the embedded engine

Made by `python -m benchmarks --markdown docs/performance.md`, down to "The neural backend"; do not edit by hand.
{day}, {cpu}, {n_cpus} CPU threads (the engine uses 2 a job), Python {python}; medians of {n_runs} runs.
Load average when it began: {load:.1f}, at the end {load_at_end:.1f}. Other work on the machine makes wall-clock
figures worse and leaves CPU figures nearly as they are.

## Real-time factor

Seconds of work per second of audio; lower is better, below 1 is faster than speech. Everything is loaded and the
reference is known.

| task | audio, s | wall clock | CPU, all threads |
|---|---|---|---|
{tasks}

## Waiting

| | seconds |
|---|---|
| request to first byte of sound, sentence of 15 words, known voice, median of 5 | {known_s:.2f} |
| the same, reference of 5 s never heard before | {new_s:.2f} |
| the most that a player starved, in {n_played} of these answers ({n_fed} never did) | {underrun_s:.2f} |
| `import app.main` | {import_s:.2f} |
| `python -m app.main --help` | {help_s:.2f} |
| start of the service until `/readyz` answers 200 | {ready_s:.2f} |

## Memory

| resident memory of the service | MiB |
|---|---|
| idle, ready | {idle_mib:.0f} |
| when both languages have been spoken | {warm_mib:.0f} |
| after each round of a clone of fifty seconds, an edit and a transcription of it | {rounds} |
| peak | {peak_mib:.0f} |

## Quality

Clones of the five test clips. Similarity A is of the encoder that matching uses, B of another one.

| text | word errors | phoneme errors | similarity A | similarity B | DistillMOS |
|---|---|---|---|---|---|
{quality}
"""


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "day": date.today().isoformat(),
        "cpu": _cpu_name(),
        "n_cpus": os.cpu_count(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def page(figures: Mapping[str, Any]) -> str:
    """The Markdown page of the figures that `--json` writes."""
    rows = "\n".join(
        f"| {row['task']} | {row['audio_s']:.1f} | {row['wall_rtf']:.3f} | {row['cpu_rtf']:.3f} |"
        for row in figures["tasks"]
    )
    quality = "\n".join(
        f"| {row['language']} | {row['word_errors']:.3f} | {row['phoneme_errors']:.3f} | {row['likeness_a']:.3f} "
        f"| {row['likeness_b']:.3f} | {row['mos']:.2f} |"
        for row in figures["quality"]
    )
    rounds = ", ".join(f"{mib:.0f}" for mib in figures["footprint"]["rounds_mib"])
    facts = {**figures["machine"], **figures["footprint"], "load_at_end": figures["load_at_end"]}
    return PAGE.format(tasks=rows, quality=quality, rounds=rounds, n_runs=figures["n_runs"], **facts)


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
