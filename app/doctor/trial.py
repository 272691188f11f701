"""One real clone and one real edit by the engine that would be served, heard by Whisper and scored."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path

from app.doctor.findings import Finding, failed, passed, warned
from app.doctor.scoring import word_error
from app.engine.edits import make_edit
from app.engine.engine import EditXEngine
from app.engine.errors import EngineError
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.requests import CloneRequest, EditRequest, Reference, TranscribeRequest
from app.engine.script import parse_script
from app.engine.sound.audio import Audio, joined
from app.settings import Settings
from app.wording.english import english

logger = logging.getLogger(__name__)

VOICE = "heart_en"
TEXT = "The train to the coast leaves at nine, and both tickets are in my bag."
TASK, TAG = "emotion", "happy"
SEED = 1
GOOD_ERROR, BAD_ERROR = 0.2, 0.5  # Whisper base itself mishears a word now and then; of noise it gets nothing right
POLL_S = 0.1
REPORT_IT = "Report it, with what the log says."

Making = Callable[[JobControl], AsyncGenerator[Audio, None]]


async def trial_findings(settings: Settings, parts: Parts) -> AsyncIterator[Finding]:
    """Load the engine, speak, edit, listen. Nothing stays on disk: the cache lies in a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="editx-doctor-") as folder:
        try:
            engine = EditXEngine.from_settings(settings.model_copy(update={"cache_dir": Path(folder)}), parts)
        except EngineError as error:
            yield failed("engine", english(error), "Mend what stands above, or choose another --backend.")
            return
        try:
            await engine.start()
            async for finding in _spoken_findings(engine, settings.job_timeout_s):
                yield finding
        finally:
            await engine.stop()


async def _spoken_findings(engine: EditXEngine, limit_s: float) -> AsyncIterator[Finding]:
    while engine.is_loading:
        await asyncio.sleep(POLL_S)
    status = engine.status()
    if status.reason is not None:
        yield failed("engine", english(status.reason), "Mend what stands above.")
        return
    yield passed("engine", f"{status.backend.name}, because {english(status.chosen_because)}")
    source = await engine.files.run(engine.voices.find, VOICE)
    clone = CloneRequest(parse_script(TEXT), Reference(voice=VOICE), seed=SEED)
    edit = EditRequest(make_edit(TASK, TAG), source.reference, source.transcript, seed=SEED)
    yield await _heard(engine, "clone", TEXT, lambda control: engine.clone(clone, control), limit_s)
    yield await _heard(engine, f"{TASK}: {TAG}", source.transcript, lambda control: engine.edit(edit, control), limit_s)


async def _heard(engine: EditXEngine, subject: str, text: str, make: Making, limit_s: float) -> Finding:
    """Make the sound, and compare what Whisper hears in it with what should be said."""
    making, hearing = JobControl(deadline_s=limit_s), JobControl(deadline_s=limit_s)
    try:
        audio = joined([piece async for piece in make(making)])
        segments = [segment async for segment in engine.transcribe(TranscribeRequest(audio), hearing)]
    except EngineError as error:
        return failed(subject, english(error), "Mend what stands above.")
    except Exception as error:  # a doctor reports every illness
        logger.exception("the trial of %s broke", subject)
        return failed(subject, f"a fault of the program: {type(error).__name__}: {error}", REPORT_IT)
    rate = f"{making.times.compute_s / audio.duration_s:.2f} s of computing per second of sound"
    return score_finding(subject, text, "".join(segment.text for segment in segments).strip(), rate)


def score_finding(subject: str, said: str, heard: str, rate: str) -> Finding:
    """What a transcript is worth: `said` is what the sound should say, `rate` how quickly it was made."""
    error = word_error(said, heard)
    seen = f"word error {error:.0%}, {rate}"
    if error <= GOOD_ERROR:
        return passed(subject, seen)
    told = f"{seen}\nsaid:  {said}\nheard: {heard or '(nothing)'}"
    if error <= BAD_ERROR:
        return warned(subject, told, "Listen to it on the page: some words are not clear.")
    return failed(
        subject, told, "This is not speech. Look at the hashes and the head above, then fetch the weights again."
    )
