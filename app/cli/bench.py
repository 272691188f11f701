"""`bench`: how quickly speech is made, as a client sees it."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from statistics import median

from app.cli.asked import Asked
from app.cli.client import Client, opened
from app.cli.files import print_json
from app.cli.progress import shown
from app.cli.statuses import DONE, WRONG_USE, CommandFailed

RATE_HZ, SAMPLE_BYTES = 24_000, 2


@dataclass(frozen=True, slots=True)
class Run:
    """Of one request, in seconds: until its first sound, until its end, and how much sound it is."""

    first_s: float
    whole_s: float
    audio_s: float


def bench(asked: Asked) -> int:
    """Speak one sentence again and again; prints medians. The first request of all warms up and is not counted."""
    options = asked.options
    if options.runs < 1 or options.clients < 1:
        raise CommandFailed("--runs and --clients: at least 1", WRONG_USE)
    with opened(asked) as client, shown("speaking"):
        _run(client, options.text, options.voice, 0)
        began = time.monotonic()
        with ThreadPoolExecutor(options.clients) as pool:
            seeds = range(1, options.runs * options.clients + 1)
            runs = list(pool.map(lambda seed: _run(client, options.text, options.voice, seed), seeds))
        elapsed_s = time.monotonic() - began
    if options.json:
        for run in runs:
            print_json({name: round(value, 3) for name, value in asdict(run).items()})
        return DONE
    audio_s = sum(run.audio_s for run in runs)
    sys.stdout.write(
        f"requests             {len(runs)} of {options.clients} at a time, {runs[0].audio_s:.2f} s of speech each\n"
        f"first sound          {median(run.first_s for run in runs):.2f} s\n"
        f"whole answer         {median(run.whole_s for run in runs):.2f} s\n"
        f"real-time factor     {median(run.whole_s / run.audio_s for run in runs):.2f} seconds for a second of speech\n"
        f"together             {audio_s / elapsed_s:.2f} seconds of speech in a second\n"
    )
    return DONE


def _run(client: Client, text: str, voice: str, seed: int) -> Run:
    body = {"model": "step-audio-editx", "input": text, "voice": voice, "response_format": "pcm", "seed": seed}
    began = time.monotonic()
    first_s, n_bytes = 0.0, 0
    with client.streamed("audio/speech", json=body | {"sample_rate": RATE_HZ}) as answer:
        for piece in answer.iter_bytes():
            first_s = first_s or time.monotonic() - began
            n_bytes += len(piece)
    return Run(first_s, time.monotonic() - began, n_bytes / (RATE_HZ * SAMPLE_BYTES))
