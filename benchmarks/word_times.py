"""`python -m benchmarks.word_times`: how far words aligned by Whisper lie from where the speech model put them.

Prints, for each language, the median and the 90th percentile of the errors of word starts in ms.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.engine.engine import EditXEngine
from app.engine.job import JobControl
from app.engine.requests import CloneRequest, Reference
from app.engine.script import parse_script
from app.engine.sound.audio import joined
from benchmarks.passages import ENGLISH, MANDARIN, MANDARIN_PARAGRAPH, PARAGRAPH
from benchmarks.tasks import running_engine

VOICES = ("alloy", "echo", "heart_en", "fear_female")
TEXTS = {"English": (ENGLISH, PARAGRAPH), "Mandarin": (MANDARIN, MANDARIN_PARAGRAPH)}


async def errors_s(engine: EditXEngine, text: str, voice: str, seed: int) -> list[float]:
    """How much later each word of the text begins by alignment than by the model, in seconds."""
    request = CloneRequest(parse_script(text), Reference(voice), seed=seed)
    spoken = joined([chunk async for chunk in engine.clone(request, JobControl())])
    words = await engine.timed_words(replace(spoken, words=None), text, JobControl())
    assert spoken.words is not None
    assert len(words) == len(spoken.words)
    return [found.start_s - true.start_s for found, true in zip(words, spoken.words, strict=True)]


async def _measured() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with running_engine(Path(folder)) as engine:
            for language, texts in TEXTS.items():
                rows = [await errors_s(engine, text, voice, n) for text in texts for n, voice in enumerate(VOICES)]
                errors_ms = 1000 * np.abs(np.concatenate(rows))
                middle, high = np.percentile(errors_ms, (50, 90))
                print(f"{language}: {len(errors_ms)} words, median {middle:.0f} ms, p90 {high:.0f} ms")


if __name__ == "__main__":
    asyncio.run(_measured())
