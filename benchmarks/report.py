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
Load average when it began: {load:.1f}. Other work on the machine makes wall-clock figures worse and leaves CPU figures
nearly as they are.

## Real-time factor

Seconds of work per second of audio; lower is better, below 1 is faster than speech. Everything is loaded and the
reference is known.

| task | audio, s | wall clock | CPU, all threads |
|---|---|---|---|
{tasks}

## Waiting

| | seconds |
|---|---|
| first audio of a long text, reference never seen before | {cold_s:.2f} |
| first audio of a long text, reference known | {warm_s:.2f} |
| `import app.main` | {import_s:.2f} |
| `python -m app.main --help` | {help_s:.2f} |
| start of the service until `/readyz` answers 200 | {ready_s:.2f} |

## Memory

| resident memory of the service | MiB |
|---|---|
| idle, ready | {idle_mib:.0f} |
| after a clone of fifty seconds | {after_mib:.0f} |
| peak | {peak_mib:.0f} |
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
    facts = {**figures["machine"], **figures["first_audio"], **figures["footprint"]}
    return PAGE.format(tasks=rows, n_runs=figures["n_runs"], **facts)


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
