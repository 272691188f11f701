"""Takes: listed, described, heard, written down, changed, deleted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.api.errors import documented
from app.api.incoming.forms import SOUND, json_body, read_json
from app.api.schemas import MAX_WORD_CHARS
from app.api.service import Service, ServiceDep
from app.api.sessions.bodies import TakeChange
from app.api.sessions.opening import ExpectedDep, SessionDep, TakeId
from app.api.sessions.rows import DeletedRow, SessionRow, TakeList, TakeRow, session_row, take_rows
from app.api.transcription.fields import TranscriptionFields
from app.api.transcription.formats import FORMATS
from app.byte_ranges import whole_or_part
from app.connected import while_connected
from app.engine.content.subtitles import segments_of
from app.engine.errors import TakeNotReady, TextTooLong, UnknownPlace
from app.engine.job import JobControl
from app.engine.requests import Transcript
from app.engine.sound.decoding import RATE_RANGE_HZ
from app.engine.sound.encoding import MEDIA, UNTAGGED, ResponseFormat, encode_recording, encode_whole
from app.file_ranges import FileRanges
from app.studio.recipes import recipe_of
from app.studio.session import Session
from app.studio.takes import Take, TakeTree

router = APIRouter(tags=["sessions"], prefix="/sessions/{session_id}/takes")
WAV = ResponseFormat("wav")
NEVER_OLD = {"cache-control": "private, max-age=3600"}  # the sound of a take never changes


@router.get("", responses=documented(400, 404))
async def list_takes(
    session: SessionDep,
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=100, description="Takes in one answer.")] = 20,
    after: Annotated[
        str | None, Query(max_length=MAX_WORD_CHARS, description="Only takes made after the one of this id.")
    ] = None,
) -> TakeList:
    """List the takes in the order of making; `parent` makes a tree of them."""
    tree = await service.studio.tree(session)
    takes = sorted((take for _, take in tree.rows()), key=lambda take: take.number)
    ids = [take.id for take in takes]
    if after is not None and after not in ids:
        raise UnknownPlace
    rest = takes[ids.index(after) + 1 :] if after else takes
    page = rest[:limit]
    rows = await take_rows(session, page, service.studio)
    return TakeList(data=rows, has_more=len(rest) > limit, last_id=page[-1].id if page else None)


@router.get("/{take_id}", responses=documented(404))
async def retrieve_take(session: SessionDep, take_id: TakeId, service: ServiceDep) -> TakeRow:
    """Describe a take; with the times of its words once its transcript was asked for."""
    return await _described(session, take_id, service)


@router.patch(
    "/{take_id}",
    responses=documented(400, 404, 409, 413, 415, 507),
    openapi_extra=json_body(TakeChange, {"name": "The good one", "starred": True}),
)
async def change_take(
    session: SessionDep, take_id: TakeId, expected: ExpectedDep, request: Request, service: ServiceDep
) -> TakeRow:
    """Name a take, star it, or say what is said in it: one change, which can be undone."""
    body = TakeChange.model_validate(await read_json(request, service))
    max_chars = service.max_transcript_chars
    if body.transcript is not None and len(body.transcript) > max_chars:
        raise TextTooLong(max_chars, len(body.transcript), param="transcript")

    def change(tree: TakeTree) -> None:
        transcript = None if body.transcript is None else body.transcript.strip()
        tree.describe(take_id, body.name, transcript, is_starred=body.starred)

    await service.studio.change(session, change, expected)
    return await _described(session, take_id, service)


@router.delete("/{take_id}", responses=documented(404, 409, 507))
async def delete_take(session: SessionDep, take_id: TakeId, expected: ExpectedDep, service: ServiceDep) -> DeletedRow:
    """Take one out, which undo brings back; one that is being made is stopped."""
    await service.studio.delete(session, take_id, expected)
    return DeletedRow(id=take_id, object="take.deleted")


@router.post("/{take_id}/select", responses=documented(404, 409, 507))
async def select_take(session: SessionDep, take_id: TakeId, expected: ExpectedDep, service: ServiceDep) -> SessionRow:
    """Stand on a take: the next step begins from it."""
    return session_row(session, await service.studio.change(session, lambda tree: tree.select(take_id), expected))


@router.post("/{take_id}/cancel", responses=documented(404, 409, 507))
async def cancel_take(session: SessionDep, take_id: TakeId, service: ServiceDep) -> TakeRow:
    """Stop a take that is being made; what could be heard of it is kept, as `cut_short`."""
    await service.studio.cancel(session, take_id)
    return await _described(session, take_id, service)


@router.get(
    "/{take_id}/recipe",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}, **documented(404)},
)
async def retrieve_recipe(session: SessionDep, take_id: TakeId, service: ServiceDep) -> Response:
    """The steps that led to a take, to keep or to replay."""
    tree = await service.studio.tree(session)
    return Response(recipe_of(tree.lineage(take_id)), media_type="application/json")


_AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"content": SOUND},
    206: {"content": SOUND},
    **documented(400, 404, 409),
}


@router.head("/{take_id}/audio", include_in_schema=False)
@router.get("/{take_id}/audio", response_class=Response, responses=_AUDIO)
async def retrieve_audio(
    session: SessionDep,
    take_id: TakeId,
    request: Request,
    service: ServiceDep,
    response_format: Annotated[ResponseFormat, Query(description="The format.")] = WAV,
    sample_rate: Annotated[
        int | None, Query(ge=RATE_RANGE_HZ[0], le=RATE_RANGE_HZ[1], description="Hz. Left out: its own.")
    ] = None,
) -> Response:
    """The sound of a take. A recording comes back sample for sample as wav or flac."""
    take = _audible((await service.studio.tree(session)).take(take_id))
    target = MEDIA[response_format]
    disposition = {"content-disposition": f"attachment; filename=editx-take-{take.number}.{target.name}"}
    tags = service.tags(take.id) if take.steps else UNTAGGED
    if target.name == "flac" and sample_rate is None and not tags.comment:
        headers, path = NEVER_OLD | disposition, session.path(take.id)
        return FileRanges(path, service.engine.files, etag=take.id, media_type=target.mime, headers=headers)
    encode = encode_whole if take.steps and take.stretches is None else encode_recording
    control = JobControl()

    async def encoded() -> bytes:
        audio = await service.studio.sound(session, take_id)
        return await service.engine.media.run(encode, target, audio, sample_rate, tags, control)

    data = await while_connected(request.receive, control, encoded())
    return whole_or_part(data, target.mime, request.headers, NEVER_OLD | disposition)


_TRANSCRIPT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}, "text/plain": {}, "text/vtt": {}}}
}


@router.get(
    "/{take_id}/transcript",
    response_class=Response,
    responses={**_TRANSCRIPT, **documented(400, 404, 409, 504)},
)
async def retrieve_transcript(
    session: SessionDep,
    take_id: TakeId,
    request: Request,
    service: ServiceDep,
    response_format: Annotated[
        Literal["json", "text", "srt", "vtt", "verbose_json"], Query(description="The format.")
    ] = "json",
) -> Response:
    """What is said in a take: as somebody wrote or made it, else as Whisper hears it, once. Times are the
    engine's own where it knows them."""
    take = _audible((await service.studio.tree(session)).take(take_id))
    mime, render = FORMATS[response_format]
    fields = TranscriptionFields(model="whisper-1", timestamp_granularities=["word", "segment"])
    if take.transcript and response_format in ("json", "text"):
        transcript = Transcript(take.language, take.duration_s, (), written=take.transcript)
        return Response(render(transcript, fields), media_type=mime)
    control = service.new_control(request)
    said = await while_connected(request.receive, control, service.studio.said(session, take_id, lambda: control))
    transcript = Transcript(take.language or said.language, take.duration_s, segments_of(said.words))
    return Response(await service.engine.media.run(render, transcript, fields), media_type=mime)


async def _described(session: Session, take_id: str, service: Service) -> TakeRow:
    studio = service.studio
    take = (await studio.tree(session)).take(take_id)
    return (await take_rows(session, [take], studio))[0]


def _audible(take: Take) -> Take:
    if not take.has_sound:
        raise TakeNotReady(take.state)
    return take
