"""Start-up, memory and waiting of the whole service, seen from outside: a process of its own, asked over HTTP."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from app.settings import PROJECT
from benchmarks.listener import Heard, Voice, clip_voice, edit, read_clip, speak, transcribe
from benchmarks.passages import ENGLISH, MANDARIN, PARAGRAPH, SENTENCE
from benchmarks.service import Service, running_service
from benchmarks.tasks import VOICE

CLIP = PROJECT / "tests" / "data" / "clips" / "ref_en_male.flac"
CLIP_S = 4.5  # of the new references, which differ by their length
N_WAITS = 5
N_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Footprint:
    """Seconds and MiB. `import_s`: `import app.main`; `help_s`: `--help`; `ready_s`: start until /readyz says yes.

    `idle_mib`: resident memory when ready; `warm_mib`: when both languages have been spoken; `peak_mib`: the most it
    ever was; `rounds_mib`: after each round of mixed work. `known_s`, `new_s`: from request to first byte of sound,
    with a known voice and a reference never heard before. `underrun_s`: the most that a player starved; `n_fed`: of
    `n_played`, how many never did.
    """

    import_s: float
    help_s: float
    ready_s: float
    idle_mib: float
    warm_mib: float
    peak_mib: float
    rounds_mib: list[float]
    known_s: float
    new_s: float
    underrun_s: float
    n_fed: int
    n_played: int


def footprint(cache_dir: Path, n_runs: int) -> Footprint:
    """Medians over the runs; memory and waiting are measured once, in the last one."""
    import_s = statistics.median(_seconds_of("-c", "import app.main") for _ in range(n_runs))
    help_s = statistics.median(_seconds_of("-m", "app.main", "--help") for _ in range(n_runs))
    ready = []
    for _ in range(n_runs - 1):
        with running_service(cache_dir) as service:
            ready.append(service.ready_s)
    with running_service(cache_dir) as service:
        ready.append(service.ready_s)
        idle_mib, _ = service.resident_mib()
        for text in (ENGLISH, MANDARIN):
            speak(service, text, Voice(VOICE))
        warm_mib, _ = service.resident_mib()
        known = [speak(service, SENTENCE, Voice(VOICE)) for _ in range(N_WAITS)]
        clip = read_clip(CLIP)
        new = [speak(service, SENTENCE, clip_voice(clip.slice_s(0, CLIP_S - 0.01 * n))) for n in range(N_WAITS)]
        rounds_mib = [_round(service) for _ in range(N_ROUNDS)]
        _, peak_mib = service.resident_mib()
    return Footprint(
        import_s,
        help_s,
        statistics.median(ready),
        idle_mib,
        warm_mib,
        peak_mib,
        rounds_mib,
        *(statistics.median(heard.first_s for heard in which) for which in (known, new)),
        **_played([*known, *new]),
    )


def _played(answers: list[Heard]) -> dict[str, float | int]:
    waits_s = [heard.underrun_s for heard in answers]
    return {"underrun_s": max(waits_s), "n_fed": waits_s.count(0.0), "n_played": len(waits_s)}


def _round(service: Service) -> float:
    """Resident memory after a clone of fifty seconds, an edit of it and its transcription."""
    said = speak(service, PARAGRAPH, Voice(VOICE)).audio
    edit(service, said, "emotion", "happy")
    transcribe(service, said)
    return service.resident_mib()[0]


def _seconds_of(*arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
