"""Real-time factors of every task, through the engine's front door.

A real-time factor is seconds of work per second of audio (of the output for clone, of the input for all others):
by the wall clock, and by CPU time over all threads, which other load on the machine disturbs less.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.engine.edits import make_edit
from app.engine.engine import EditXEngine
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.requests import CloneRequest, EditRequest, Reference, Segment, TranscribeRequest
from app.engine.script import parse_script
from app.engine.sound.audio import Audio, joined
from app.settings import Settings
from app.wording.english import english
from benchmarks.passages import ENGLISH, MANDARIN

VOICE = "heart_en"
SEED = 0  # the plain delivery: others differ in tempo
POLL_S = 0.05

Job = Callable[[], AsyncGenerator[Audio, None] | AsyncGenerator[Segment, None]]

EDITS = (
    ("emotion: happy", "emotion", "happy"),
    ("style: news", "style", "news"),
    ("style: whisper", "style", "whisper"),
    ("speed: faster", "speed", "faster"),
    ("denoise", "denoise", ""),
    ("vad", "vad", ""),
    ("paralinguistic: laugh", "paralinguistic", "laugh"),
)


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """Medians over the runs of one task."""

    task: str
    audio_s: float
    wall_rtf: float
    cpu_rtf: float


@asynccontextmanager
async def running_engine(cache_dir: Path) -> AsyncIterator[EditXEngine]:
    """The embedded engine, loaded, with an empty cache."""
    settings = Settings(backend="embedded", cache_dir=cache_dir, offline=True)
    engine = EditXEngine.from_settings(settings, Parts.from_settings(settings))
    await engine.start()
    while engine.is_loading:
        await asyncio.sleep(POLL_S)
    if (reason := engine.status().reason) is not None:
        raise SystemExit(english(reason))
    try:
        yield engine
    finally:
        await engine.stop()


async def task_figures(engine: EditXEngine, n_runs: int) -> list[TaskFigures]:
    """Figures of every task. Each runs once unmeasured before: that run loads models and fills the cache."""
    speech = joined([piece async for piece in _clone(engine, ENGLISH)])
    figures = [
        await _measured("clone, English", partial(_clone, engine, ENGLISH), None, n_runs),
        await _measured("clone, Mandarin", partial(_clone, engine, MANDARIN), None, n_runs),
    ]
    for label, task, tag in EDITS:
        request = EditRequest(make_edit(task, tag), speech, ENGLISH, seed=SEED)
        figures.append(await _measured(label, partial(_edit, engine, request), speech.duration_s, n_runs))
    heard = TranscribeRequest(speech)
    figures.append(await _measured("transcribe", partial(_transcribe, engine, heard), speech.duration_s, n_runs))
    return figures


def _clone(engine: EditXEngine, text: str) -> AsyncGenerator[Audio, None]:
    return engine.clone(CloneRequest(parse_script(text), Reference(voice=VOICE), seed=SEED), JobControl())


def _edit(engine: EditXEngine, request: EditRequest) -> AsyncGenerator[Audio, None]:
    return engine.edit(request, JobControl())


def _transcribe(engine: EditXEngine, request: TranscribeRequest) -> AsyncGenerator[Segment, None]:
    return engine.transcribe(request, JobControl())


async def _measured(task: str, job: Job, input_s: float | None, n_runs: int) -> TaskFigures:
    """Medians over the runs; the ratios are to `input_s`, or else to the seconds of sound that came out."""
    await _drained(job)
    walls, cpus, audio_s = [], [], 0.0
    for _ in range(n_runs):
        wall, cpu = time.perf_counter(), time.process_time()
        made_s = await _drained(job)
        audio_s = input_s or made_s
        walls.append((time.perf_counter() - wall) / audio_s)
        cpus.append((time.process_time() - cpu) / audio_s)
    return TaskFigures(task, audio_s, statistics.median(walls), statistics.median(cpus))


async def _drained(job: Job) -> float:
    """Seconds of sound that the job made."""
    return sum([item.duration_s async for item in job() if isinstance(item, Audio)])
