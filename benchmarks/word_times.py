"""`python -m benchmarks.word_times`: how far words aligned by Whisper lie from where the speech model put them.

Prints, for each language, the median and the 90th percentile of the errors of word starts in ms: of the texts and
voices that the constants of the alignment were set on, and with `--others` of ones that they were not.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.engine.engine import EditXEngine
from app.engine.job import JobControl
from app.engine.requests import CloneRequest, Reference
from app.engine.script import parse_script
from app.engine.sound.audio import joined
from benchmarks.passages import ENGLISH, MANDARIN, MANDARIN_PARAGRAPH, PARAGRAPH
from benchmarks.rewritten_sentences import ENGLISH as SAID_OTHERWISE
from benchmarks.rewritten_sentences import MANDARIN as SAID_OTHERWISE_IN_MANDARIN
from benchmarks.tasks import running_engine

Texts = tuple[tuple[str, ...], tuple[str, ...]]  # in each of these voices

KNOWN_VOICES = ("alloy", "echo", "heart_en", "fear_female")
KNOWN: dict[str, Texts] = {
    "English": ((ENGLISH, PARAGRAPH), KNOWN_VOICES),
    "Mandarin": ((MANDARIN, MANDARIN_PARAGRAPH), KNOWN_VOICES),
}
OTHERS: dict[str, Texts] = {
    "English": (
        tuple(" ".join(target for _, target in SAID_OTHERWISE[k::3]) for k in range(3)),
        ("fenrir_en", "emma_gb", "george_gb", "michael_en"),
    ),
    "Mandarin": (
        tuple("".join(target for _, target in SAID_OTHERWISE_IN_MANDARIN[k::3]) for k in range(3)),
        ("xiaoxiao_cn", "yunxi_cn", "yunyang_cn", "george_gb"),
    ),
}


async def errors_s(engine: EditXEngine, text: str, voice: str, seed: int) -> list[float]:
    """How much later each word of the text begins by alignment than by the model, in seconds."""
    request = CloneRequest(parse_script(text), Reference(voice), seed=seed)
    spoken = joined([chunk async for chunk in engine.clone(request, JobControl())])
    words = await engine.timed_words(replace(spoken, words=None), text, JobControl())
    assert spoken.words is not None
    assert len(words) == len(spoken.words), text
    return [found.start_s - true.start_s for found, true in zip(words, spoken.words, strict=True)]


async def _measured(table: Mapping[str, Texts]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with running_engine(Path(folder)) as engine:
            for language, (texts, voices) in table.items():
                rows = [await errors_s(engine, text, voice, n) for text in texts for n, voice in enumerate(voices)]
                errors_ms = 1000 * np.abs(np.concatenate(rows))
                middle, high = np.percentile(errors_ms, (50, 90))
                print(f"{language}: {len(errors_ms)} words, median {middle:.0f} ms, p90 {high:.0f} ms", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--others", action="store_true", help="texts and voices that nothing was set on")
    asyncio.run(_measured(OTHERS if parser.parse_args().others else KNOWN))
