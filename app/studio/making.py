"""Making: the steps of a take as jobs of the engine, each on what the one before it made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from app.engine.content.checking import spoken_s
from app.engine.content.checks import Scores, of_chain, together
from app.engine.content.stretches import composed
from app.engine.edits import WORD_TASKS, make_edit
from app.engine.engine import EditXEngine
from app.engine.errors import NoSound, NotReady, QueueFull
from app.engine.facts.fact import Note
from app.engine.facts.reasons import Loading
from app.engine.job import FinishReason, JobControl
from app.engine.pronunciations import typed_lexicon
from app.engine.requests import CloneRequest, EditRequest, FillersRequest, Reference, RewriteRequest
from app.engine.script import parse_script, without_sound_tags
from app.engine.sound.audio import Audio, joined
from app.studio.session import Ending
from app.studio.takes import Step, Take

Request = CloneRequest | EditRequest | RewriteRequest | FillersRequest
RETRY_S = 0.5  # after which a chain that was let in asks for its next place again
Begin = Callable[[], JobControl]  # the control of a job that starts now. Raises AllowanceSpent


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sound, what is said in it, and in which language as far as that is known."""

    audio: Audio
    transcript: str
    language: str


@dataclass(frozen=True, slots=True)
class Played:
    """What a chain of steps made in the end."""

    spoken: Spoken
    ending: Ending


async def play(
    engine: EditXEngine, source: Spoken, steps: Sequence[Step], first: JobControl, begin: Begin
) -> AsyncGenerator[Audio | Played, None]:
    """Yield the sound of the last step piece by piece, then all that was made. Closing it stops the job under way.

    `first` is the control of the first step, `begin` gives those of the others: a chain that was let in waits for its
    next place. Raises whatever the engine raises.
    """
    compute_s, warnings, stretches = 0.0, dict[Note, None](), None
    scores: list[Scores] = []
    finish_reason: FinishReason = "end"
    made = source
    for n, step in enumerate(steps, 1):
        control = first if n == 1 else await with_place(engine, begin)
        request = request_of(step, made, f"steps[{n}].")
        pieces: list[Audio] = []
        async with aclosing(_job(engine, request, control)) as chunks:
            async for piece in chunks:
                pieces.append(piece)
                if n == len(steps):
                    yield piece
        if not pieces:
            raise NoSound
        sound = joined(pieces)
        words = words_after(step, made.transcript, sound)
        made = Spoken(sound, words, "" if step.task == "clone" else made.language)
        stretches = None if control.stretches is None else composed(stretches or (), control.stretches)
        compute_s += control.times.compute_s
        scores += filter(None, [together(control.checked)])
        warnings |= dict.fromkeys(control.warnings)
        finish_reason = control.finish_reason if finish_reason == "end" else finish_reason
    ending = Ending(compute_s, tuple(warnings), finish_reason, stretches=stretches, scores=of_chain(scores))
    yield Played(made, ending)


async def with_place(engine: EditXEngine, begin: Begin) -> JobControl:
    """The control of the next job, which has a place in the queue; waits for one. Raises NotReady."""
    while True:
        try:
            control = begin()
            control.goes_on = True
            engine.reserve(control)
        except QueueFull as full:
            await asyncio.sleep(min(RETRY_S, full.retry_after_s))
        except NotReady as fault:
            if not isinstance(fault.reason, Loading):
                raise
            await asyncio.sleep(RETRY_S)
        else:
            return control


def request_of(step: Step, source: Spoken, place: str = "") -> Request:
    """What a step asks of the engine; `place` stands before the names of its fields.

    Raises UnknownTask, UnknownTag, OutOfRange.
    """
    transcript = without_sound_tags(source.transcript) or None
    if step.task == "fillers":
        return FillersRequest(source.audio, step.remove or FillersRequest(source.audio).remove, check=step.check)
    if step.task == "rewrite":
        names = {"text_param": f"{place}text", "edits_param": f"{place}edits"}
        return RewriteRequest(
            source.audio, step.text, step.edits, transcript, step.seed, step.variant, **names, check=step.check
        )
    lexicon = typed_lexicon(step.pronunciations, "pronunciations")
    script = replace(parse_script(step.text), lexicon=lexicon)
    if step.task == "clone":
        reference = Reference(audio=source.audio, transcript=transcript)
        return CloneRequest(script, reference, step.intensity, step.speed, step.seed, step.variant, check=step.check)
    edit = make_edit(step.task, step.tag, step.intensity, step.iterations)
    tagged = script if edit.task == "paralinguistic" else None
    return EditRequest(edit, source.audio, transcript, tagged, step.speed, step.seed, step.variant, check=step.check)


def check(engine: EditXEngine, source: Spoken, steps: Sequence[Step]) -> None:
    """Raise what is wrong with any of the steps, as far as it does not depend on what those before it make.

    Looks at all samples of the source: call it off the loop.
    """
    for n, step in enumerate(steps, 1):
        request = request_of(step, source if n == 1 else replace(source, transcript=""), f"steps[{n}].")
        if isinstance(request, CloneRequest):
            engine.admission.check_clone(request)
        elif isinstance(request, RewriteRequest):
            engine.admission.check_rewrite(request)
        elif isinstance(request, FillersRequest):
            engine.admission.check_clip(request.audio, request.param)
        else:
            engine.admission.check_edit(request)


def expected_s(step: Step, parent: Take) -> float:
    """About how many seconds of sound the step will make: what progress is measured against before any is there."""
    if step.task != "clone":
        return parent.duration_s / step.speed
    return spoken_s(step.text) / step.speed


def words_after(step: Step, transcript: str, sound: Audio | None = None) -> str:
    """What is said after the step in what said `transcript` before; `sound` is what the step made, if it is whole."""
    if step.task in WORD_TASKS:
        known = sound.words if sound is not None else None
        return step.text.strip() or transcript if known is None else "".join(word.text for word in known).strip()
    if step.task not in ("clone", "paralinguistic"):
        return transcript
    words = " ".join(parse_script(step.text).text.split())
    return words if step.task == "clone" else words or transcript


def _job(engine: EditXEngine, request: Request, control: JobControl) -> AsyncGenerator[Audio, None]:
    if isinstance(request, CloneRequest):
        return engine.clone(request, control)
    if isinstance(request, RewriteRequest):
        return engine.rewrite(request, control)
    if isinstance(request, FillersRequest):
        return engine.remove_fillers(request, control)
    return engine.edit(request, control)
