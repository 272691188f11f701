"""POST /v1/audio/edits: a chain of steps on a recording, in one call and without a session."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import reduce

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.api.answers.sound import Delivery, SoundResponse
from app.api.answers.streams import NO_BUFFERING
from app.api.answers.word_events import Align, WordEvents
from app.api.errors import documented
from app.api.incoming.forms import SOUND
from app.api.incoming.sources import Source, load
from app.api.refusals import MissingParameter, OnlyOneOf
from app.api.service import Service, ServiceDep
from app.api.sessions.bodies import EditsRequest, json_or_form, read_sent
from app.api.sessions.steps import steps_of
from app.connected import while_connected
from app.engine.content.words import Words
from app.engine.edits import WORD_TASKS
from app.engine.facts.warnings import ParamUnused
from app.engine.job import JobControl
from app.engine.sound.audio import Audio
from app.engine.sound.encoding import MEDIA
from app.studio.making import Begin, Played, Spoken, check, play, with_place, words_after
from app.studio.takes import Step

router = APIRouter(tags=["speech"])

_EXAMPLE = {"voice": "alloy", "steps": [{"task": "emotion", "info": "happy"}, {"task": "speed", "info": "faster"}]}


@router.post(
    "/audio/edits",
    response_class=Response,
    responses={200: {"content": SOUND}, **documented(400, 404, 413, 415, 504)},
    openapi_extra=json_or_form(EditsRequest, _EXAMPLE),
)
async def edit_recording(request: Request, service: ServiceDep) -> Response:
    """Do one step after the other to a recording, and answer with the sound of the last, as speech does."""
    sent = await read_sent(request, service)
    body = EditsRequest.model_validate(sent.document)
    body.check(service.max_transcript_chars)
    source = body.source(sent.upload)
    if source is not None and body.voice:
        raise OnlyOneOf((source.param, "voice"), param="voice")
    if source is None and not body.voice:
        raise MissingParameter(param="input_audio_file")
    if body.steps is None:
        raise MissingParameter(param="steps")
    steps = steps_of(body.steps, body.seed)
    control = service.new_control(request)
    with service.place(control):
        spoken = await while_connected(request.receive, control, _spoken(body, source, request, service, control))
        await service.engine.media.run_admitted(check, service.engine, spoken, steps)
        keeps_rest = steps[-1].task in WORD_TASKS and body.stream_format == "audio"
        if body.timestamps and body.stream_format != "sse":
            control.warn(ParamUnused("timestamps"))
        headers = {**NO_BUFFERING, "x-backend": service.engine.backend_name, "x-seed": str(steps[-1].seed)}
        delivery = Delivery(
            MEDIA[body.response_format],
            body.sample_rate,
            is_sse=body.stream_format == "sse",
            is_whole=body.stream is False or keeps_rest,
            n_input_chars=sum(len(step.text) for step in steps),
        )
        tags = service.tags(*(step.seed for step in steps), spoken.transcript)
        chunks = _chunks(service, spoken, steps, control, service.begin_of(request))
        events = WordEvents(_aligning(spoken, steps, request, service)) if delivery.is_sse and body.timestamps else None
        return SoundResponse(chunks, delivery, headers, tags, control, service.engine.media, events)


async def _spoken(
    body: EditsRequest, source: Source | None, request: Request, service: Service, control: JobControl
) -> Spoken:
    words = (body.audio_text or "").strip()
    if source is not None:
        return Spoken(await load(source, service, control), words, "")
    find, reader = service.engine.voices.find, service.reader(request)
    voice = await service.engine.files.run(find, body.voice or "", "voice", reader)
    return Spoken(voice.reference, words or voice.transcript, voice.locale.split("-")[0])


def _aligning(spoken: Spoken, steps: tuple[Step, ...], request: Request, service: Service) -> Align:
    """How the words of the result are found where its sound does not know them."""

    async def align(audio: Audio) -> Words:
        transcript = reduce(lambda said, step: words_after(step, said), steps, spoken.transcript)
        control = await with_place(service.engine, service.begin_of(request))
        try:
            return await service.engine.timed_words(audio, transcript, control)
        finally:
            control.cancel()

    return align


async def _chunks(
    service: Service, spoken: Spoken, steps: tuple[Step, ...], control: JobControl, begin: Begin
) -> AsyncGenerator[Audio, None]:
    """The sound of the last step; `control` gets what is known of the whole chain, before it where words change."""
    held: list[Audio] = []
    async for item in play(service.engine, spoken, steps, control, begin):
        if not isinstance(item, Played):
            if steps[-1].task in WORD_TASKS:
                held.append(item)
            else:
                yield item
            continue
        control.stretches = item.ending.stretches
        for note in item.ending.warnings:
            control.warn(note)
        control.finished(item.ending.finish_reason)
        control.reported = control.reported if len(steps) == 1 else None  # it is of the first step alone
        control.checked = [item.ending.scores] if item.ending.scores else []
        for piece in held:
            yield piece
