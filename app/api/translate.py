"""From a SpeechRequest to what the engine is asked: which clips are needed, and which job they make.

`plan` refuses everything that can be refused before a clip is read; `PlannedSpeech.request` puts the clips in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from app.api.incoming.sources import Source, chosen
from app.api.instructions import heed
from app.api.models import variant_of
from app.api.refusals import MissingParameter, MissingText, PromptOrRecording, RecordingNotEdited
from app.api.schemas import SpeechRequest, StepAudio
from app.api.service import CharLimits
from app.api.unknown_fields import at_home, warn_of_unknown
from app.engine.content.checks import Check
from app.engine.edits import WORD_TASKS, Edit, find_task, make_edit
from app.engine.errors import EmptyText, TextTooLong
from app.engine.facts.warnings import (
    InstructionsLeftOut,
    InstructionsNameNothing,
    InstructionsUnused,
    ParamUnused,
    VoiceIsModel,
    VoicesNotMixed,
    VoiceUnused,
)
from app.engine.job import JobControl
from app.engine.options import drawn_seed
from app.engine.pronunciations import checked_lexicon
from app.engine.requests import CloneRequest, EditRequest, FillersRequest, Reference, RewriteRequest
from app.engine.script import LIKENESS_OF_A_SLIP, Script, parse_script, without_sound_tags
from app.engine.sound.audio import Audio

_MIXTURE = re.compile(r"\s*([a-z]{2}_[a-z]+)(\([\d.]+\))?\s*[+-]\s*[a-z]{2}_", re.ASCII)  # "af_bella(2)+af_sky(1)"


Request = CloneRequest | EditRequest | RewriteRequest | FillersRequest


@dataclass(frozen=True, slots=True)
class Uploads:
    """The files of a multipart request."""

    prompt_audio: bytes | None = None
    input_audio: bytes | None = None


@dataclass(frozen=True, slots=True)
class PlannedSpeech:
    """A checked speech request. At most one of `prompt` and `recording` is set; a `recording` is what gets edited."""

    body: SpeechRequest
    step: StepAudio
    script: Script
    edit: Edit | None
    prompt: Source | None
    recording: Source | None
    seed: int
    check: Check | None

    @property
    def variant(self) -> str | None:
        """The variant asked for: by its field, else by the name of the model."""
        return self.step.model_variant or variant_of(self.body.model)

    @property
    def transcript(self) -> str:
        """What is said in the result, as far as the request tells."""
        if self.recording is None:
            return self.script.text
        if self.changes_words:
            return self.body.input or ""  # "" where only the result knows: what is heard then
        return without_sound_tags(self.step.audio_text or "")

    def request(self, clip: Audio | None, control: JobControl, reader: str) -> Request:
        """The engine's request, with the clip of `prompt` or `recording` where there is one.

        `reader` says whose saved voices it may name.
        """
        if self.recording is not None and self.changes_words and clip is not None:
            if self.body.instructions:
                control.warn(InstructionsUnused())
            return self._words_request(clip, self.recording.param)
        if self.recording is not None and self.edit is not None and clip is not None:
            return self._edit_request(self.edit, clip, self.recording.param, control)
        return self._clone_request(clip, control, reader)

    @property
    def changes_words(self) -> bool:
        """Whether words of a recording change, and the rest of it stays as it is."""
        return self.edit is not None and self.edit.task in WORD_TASKS

    def _words_request(self, clip: Audio, param: str) -> RewriteRequest | FillersRequest:
        if self.edit is not None and self.edit.task == "fillers":
            return FillersRequest(clip, tuple(self.step.remove or FillersRequest(clip).remove), param, self.check)
        return RewriteRequest(
            audio=clip,
            text=self.body.input or "",
            edits=tuple(edit.word_edit() for edit in self.step.edits or ()),
            transcript=without_sound_tags(self.step.audio_text or "") or None,
            seed=self.seed,
            variant=self.variant,
            param=param,
            text_param="input",
            edits_param="step_audio.edits",
            transcript_param="step_audio.audio_text",
            check=self.check,
        )

    def _edit_request(self, edit: Edit, clip: Audio, param: str, control: JobControl) -> EditRequest:
        if self.body.instructions:
            control.warn(InstructionsUnused())
        return EditRequest(
            edit=edit,
            audio=clip,
            transcript=without_sound_tags(self.step.audio_text or "") or None,
            script=self.script if edit.task == "paralinguistic" else None,
            speed=self.body.speed,
            seed=self.seed,
            variant=self.variant,
            param=param,
            check=self.check,
        )

    def _clone_request(self, clip: Audio | None, control: JobControl, reader: str) -> CloneRequest:
        prompt_text = without_sound_tags(self.step.prompt_text or "") or None
        reference = Reference(voice=_one_voice(self.body, control), reader=reader)
        if self.prompt is not None:
            reference = Reference(None, clip, prompt_text, self.prompt.param)
        wanted = [] if self.edit is None else [self.edit]
        return CloneRequest(
            script=self.script,
            reference=reference,
            intensity=1.0 if self.edit else self.step.intensity,
            speed=self.body.speed,
            seed=self.seed,
            variant=self.variant,
            edits=(*wanted, *_instructed(self.body.instructions, control)),
            check=self.check,
        )


def plan(
    body: SpeechRequest, uploads: Uploads, limits: CharLimits, control: JobControl, *, is_timed: bool = False
) -> PlannedSpeech:
    """Check what can be checked without the clips. Raises InvalidRequest and its family; warns of unused fields.

    `is_timed`: the answer tells of words, whatever is asked for.
    """
    step = body.step_audio or StepAudio()
    prompt = chosen("prompt_audio", step.prompt_audio_base64, step.prompt_audio_url, uploads.prompt_audio)
    recording = chosen("input_audio", step.input_audio_base64, step.input_audio_url, uploads.input_audio)
    edit = _edit(step)
    _check_lengths(body, step, edit, limits)
    check = None if step.check is None else Check.of(step.check, "step_audio.check")
    _check_sources(edit, prompt, recording)
    if recording is None:
        _check_speech_fields(body)
    _warn_of_unused(body, step, edit, prompt, recording, control)
    if is_timed and body.stream_format == "sse":
        control.warn(ParamUnused("stream_format"))
    elif step.timestamps and not is_timed and body.stream_format != "sse":
        control.warn(ParamUnused("step_audio.timestamps"))
    if step.progress and (is_timed or body.stream_format != "sse" or body.stream is False):
        control.warn(ParamUnused("step_audio.progress"))
    pronunciations = checked_lexicon(step.pronunciations or {}, "step_audio.pronunciations")
    script = replace(parse_script(body.input or ""), lexicon=pronunciations)
    if edit is not None and script.overrules(edit):
        control.warn(ParamUnused("step_audio.edit_info"))
    return PlannedSpeech(body, step, script, edit, prompt, recording, drawn_seed(body.seed), check)


def _check_lengths(body: SpeechRequest, step: StepAudio, edit: Edit | None, limits: CharLimits) -> None:
    is_rewrite = edit is not None and edit.task == "rewrite"
    texts = {
        "input": (body.input, limits.transcript if is_rewrite else limits.text),
        "step_audio.prompt_text": (step.prompt_text, limits.text),
        "step_audio.audio_text": (step.audio_text, limits.transcript),
    }
    for param, (text, most) in texts.items():
        if text and len(text) > most:
            raise TextTooLong(most, len(text), param=param)


def _edit(step: StepAudio) -> Edit | None:
    if find_task(step.mode, "step_audio.mode").name == "clone":
        return None
    return make_edit(
        step.mode,
        step.edit_info or "",
        step.intensity,
        step.n_edit_iter,
        task_param="step_audio.mode",
        tag_param="step_audio.edit_info",
        iterations_param="step_audio.n_edit_iter",
    )


def _check_sources(edit: Edit | None, prompt: Source | None, recording: Source | None) -> None:
    if recording is None:
        if edit is not None and edit.task in WORD_TASKS:
            raise MissingParameter(param="step_audio.input_audio_base64")
        return
    if edit is None:
        raise RecordingNotEdited(param=recording.param)
    if prompt is not None:
        raise PromptOrRecording(recording.param, param=prompt.param)


def _check_speech_fields(body: SpeechRequest) -> None:
    if body.input is None:
        raise MissingText
    if not body.input.strip():
        raise EmptyText


def _warn_of_unused(
    body: SpeechRequest,
    step: StepAudio,
    edit: Edit | None,
    prompt: Source | None,
    recording: Source | None,
    control: JobControl,
) -> None:
    places = at_home(StepAudio.model_fields, "step_audio.") | at_home(SpeechRequest.model_fields)
    warn_of_unknown(body.model_extra or {}, places, control, likeness=LIKENESS_OF_A_SLIP)
    warn_of_unknown(step.model_extra or {}, places, control, prefix="step_audio.")
    changes_words = edit is not None and edit.task in WORD_TASKS
    reads_input = recording is None or (edit is not None and edit.task in ("paralinguistic", "rewrite"))
    unused = {
        "input": not reads_input and bool(body.input and body.input.strip()),
        "step_audio.edit_info": edit is None and bool(step.edit_info),
        "step_audio.n_edit_iter": (edit is None or changes_words) and step.n_edit_iter != 1,
        "step_audio.intensity": changes_words and step.intensity != 1,
        "step_audio.edits": bool(step.edits) and (edit is None or edit.task != "rewrite"),
        "step_audio.remove": bool(step.remove) and (edit is None or edit.task != "fillers"),
        "speed": changes_words and body.speed != 1,
        "step_audio.prompt_text": prompt is None and bool(step.prompt_text),
        "step_audio.pronunciations": recording is not None and bool(step.pronunciations),
        "step_audio.audio_text": recording is None and bool(step.audio_text),
    }
    for param, is_unused in unused.items():
        if is_unused:
            control.warn(ParamUnused(param))
    if prompt is not None and body.voice:
        control.warn(VoiceUnused())


def _one_voice(body: SpeechRequest, control: JobControl) -> str | None:
    """The voice to speak in: of Kokoro's mixtures the first, with a warning; None where none is named."""
    name = (body.voice or "").strip()
    mixture = _MIXTURE.match(name)
    if mixture:
        control.warn(VoicesNotMixed(mixture[1]))
        return mixture[1]
    if name and name == body.model:  # what clients of LocalAI send, whose models have one voice
        control.warn(VoiceIsModel(name))
        return None
    return name or None


def _instructed(instructions: str | None, control: JobControl) -> tuple[Edit, ...]:
    if not instructions:
        return ()
    heeded = heed(instructions)
    if not heeded.edits:
        control.warn(InstructionsNameNothing())
    if heeded.left_out:
        control.warn(InstructionsLeftOut(tuple(heeded.left_out)))
    return heeded.edits
