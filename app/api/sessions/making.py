"""POST .../takes and .../replay: takes made, waited for, or heard while they are made."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from app.api.answers import sse
from app.api.answers.streams import NO_BUFFERING, ascii_header
from app.api.answers.word_events import Align, WordEvents
from app.api.errors import documented
from app.api.incoming.forms import SOUND
from app.api.incoming.sources import Source, load
from app.api.refusals import OnlyOneOf
from app.api.service import Service, ServiceDep
from app.api.sessions.bodies import Recording, ReplayRequest, TakeRequest, json_or_form, read_sent, require_one
from app.api.sessions.opening import ExpectedDep, SessionDep
from app.api.sessions.rows import TakeList, TakeRow, take_rows
from app.api.sessions.steps import steps_of
from app.api.wording import worded
from app.connected import while_connected
from app.engine.content.words import Words
from app.engine.errors import EngineError, NoSound, UnknownTake
from app.engine.executors import BoundedExecutor
from app.engine.facts.warnings import ParamUnused
from app.engine.sound.audio import Audio
from app.engine.sound.encoding import MEDIA, FileTags, Format, StreamEncoder
from app.studio.recipes import parse_recipe
from app.studio.session import Session
from app.studio.takes import Step, Take
from app.studio.works import Work

router = APIRouter(tags=["sessions"])

_WAIT = re.compile(r"(?:^|[,;\s])wait(?:\s*=\s*\"?(\d{1,6})\"?)?(?:$|[,;\s])", re.ASCII)
_TAKES = {"anyOf": [{"$ref": "#/components/schemas/TakeRow"}, {"$ref": "#/components/schemas/TakeList"}]}
_JSON = {"application/json": {"schema": _TAKES}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The sound, while it is made, with `stream_format`.", "content": SOUND},
    201: {"description": "Made, with `Prefer: wait`.", "content": _JSON, "model": TakeRow},
    202: {"description": "To be made.", "content": _JSON, "model": TakeList},
    **documented(400, 404, 409, 413, 415, 504, 507),
}


@router.post(
    "/sessions/{session_id}/takes",
    status_code=202,
    response_class=Response,
    responses=_RESPONSES,
    openapi_extra=json_or_form(TakeRequest, {"voice": "alloy"}),
)
async def create_take(session: SessionDep, expected: ExpectedDep, request: Request, service: ServiceDep) -> Response:
    """Bring a recording, or make a take from another by steps. `Prefer: wait` answers when it is made."""
    sent = await read_sent(request, service)
    body = TakeRequest.model_validate(sent.document)
    source = body.source(sent.upload)
    body.check(service.max_transcript_chars)
    require_one(body, source, body.steps, "steps")
    if body.steps is None:
        return await _brought(body, source, body.name, session, expected, request, service)
    if body.n > 1 and body.stream_format:
        raise OnlyOneOf(("n", "stream_format"), param="stream_format")
    plans = [steps_of(body.steps, body.seed, n) for n in range(body.n)]
    works = await _queued(session, body.parent, plans, body.name, expected, request, service)
    is_sse = body.stream_format == "sse"
    if body.stream_format is None:
        answer = await _answer(session, works, request, service)
    else:
        tags = service.tags(works[0].take.id)
        target = MEDIA[body.response_format]
        events = WordEvents(_aligning(session, works[0], request, service)) if is_sse and body.timestamps else None
        answer = TakeSound(works[0], target, body.sample_rate, tags, service.engine.media, events, is_sse=is_sse)
    if body.timestamps and not is_sse:
        answer.headers["x-warning"] = ascii_header(worded(ParamUnused("timestamps")))
    return answer


@router.post(
    "/sessions/{session_id}/replay",
    status_code=202,
    response_class=Response,
    responses=_RESPONSES,
    openapi_extra=json_or_form(ReplayRequest, {"recipe": {"editx_recipe": 1, "steps": [{"task": "vad"}]}}),
)
async def replay(session: SessionDep, expected: ExpectedDep, request: Request, service: ServiceDep) -> Response:
    """Play a recipe on a take, or on another recording, which is kept as a take too."""
    sent = await read_sent(request, service)
    body = ReplayRequest.model_validate(sent.document)
    body.check(service.max_transcript_chars)
    steps = parse_recipe(body.recipe if isinstance(body.recipe, str) else _packed(body.recipe))
    source = body.source(sent.upload)
    parent = body.parent
    if source is not None or body.voice:
        require_one(body, source, [] if parent else None, "parent")
        parent = (await _bring(body, source, "", session, expected, request, service)).id
        expected = None
    works = await _queued(session, parent, [steps], body.name, expected, request, service)
    return await _answer(session, works, request, service)


# ---- recordings -----------------------------------------------------------------------------------------------------


async def _brought(
    body: Recording,
    source: Source | None,
    name: str,
    session: Session,
    expected: int | None,
    request: Request,
    service: Service,
) -> Response:
    take = await _bring(body, source, name, session, expected, request, service)
    status = 201 if _wait_s(request) is not None else 202
    return _told(session, await take_rows(session, [take], service.studio), status)


async def _bring(
    body: Recording,
    source: Source | None,
    name: str,
    session: Session,
    expected: int | None,
    request: Request,
    service: Service,
) -> Take:
    """The recording as a take. Raises BadAudio, UnknownVoice, and as `Studio.bring`."""
    studio, words = service.studio, (body.audio_text or "").strip()
    if source is None:
        return await studio.bring_voice(session, body.voice or "", name, words, expected)
    control = service.new_control(request)

    async def bring() -> Take:
        clip = await load(source, service, control)
        return await studio.bring(session, clip, name, words, expected)

    with service.place(control):
        take = await while_connected(request.receive, control, bring())
        control.cancel()  # its place is free again
    return take


# ---- steps ----------------------------------------------------------------------------------------------------------


async def _queued(
    session: Session,
    parent_id: str | None,
    plans: list[tuple[Step, ...]],
    name: str,
    expected: int | None,
    request: Request,
    service: Service,
) -> list[Work]:
    tree = await service.studio.tree(session)
    parent = tree.take(parent_id) if parent_id else tree.current
    if parent is None:
        raise UnknownTake(param="parent")
    begin = service.begin_of(request)
    return await service.studio.queue(session, parent, plans, begin, name=name, expected=expected)


async def _answer(session: Session, works: list[Work], request: Request, service: Service) -> Response:
    """What is to be made; what was made, where the caller waits for that long. Raises why it was not."""
    wait_s = _wait_s(request)
    is_made = False
    if wait_s is not None:
        ends = [await work.end(wait_s) for work in works]
        is_made = all(ends)
    tree = await service.studio.tree(session)
    takes = [tree.anywhere(work.take.id) or work.take for work in works]
    failure = next((take.failure for take in takes if take.failure), None)
    if is_made and failure is not None and len(takes) == 1:
        raise failure.error
    rows = await take_rows(session, takes, service.studio)
    return _told(session, rows, 201 if is_made else 202)


def _told(session: Session, rows: list[TakeRow], status: int) -> Response:
    headers = {"location": f"/v1/sessions/{session.id}/takes/{rows[0].id}", "etag": f'"{session.revision}"'}
    if status == 201:
        headers["preference-applied"] = "wait"
    body = rows[0] if len(rows) == 1 else TakeList(data=rows, has_more=False, last_id=rows[-1].id)
    return JSONResponse(body.model_dump(mode="json"), status, headers)


def _wait_s(request: Request) -> float | None:
    """How long `Prefer: wait` is ready to wait; None where it is not given."""
    found = _WAIT.search(request.headers.get("prefer", "").lower())
    if found is None:
        return None
    return float(found[1]) if found[1] else request.app.state.service.settings.job_timeout_s


def _packed(recipe: dict[str, Any] | None) -> str:
    return orjson.dumps(recipe or {}).decode()


def _aligning(session: Session, work: Work, request: Request, service: Service) -> Align:
    """How the words of a take are found where its sound does not know them: once it is kept, and they with it."""

    async def align(_: Audio) -> Words:
        await work.end()
        return (await service.studio.said(session, work.take.id, service.begin_of(request))).words

    return align


class TakeSound(Response):
    """The sound of a take while it is made. The take is made to its end whether or not anybody listens."""

    def __init__(
        self,
        work: Work,
        target: Format,
        asked_rate: int | None,
        tags: FileTags,
        media: BoundedExecutor,
        word_events: WordEvents | None,
        *,
        is_sse: bool,
    ) -> None:
        take = work.take
        location = f"/v1/sessions/{work.session.id}/takes/{take.id}"
        mime = sse.MIME if is_sse else target.mime
        super().__init__(media_type=mime, headers={**NO_BUFFERING, "location": location, "x-take-id": take.id})
        del self.headers["content-length"]
        self._work, self._target, self._asked_rate, self._tags = work, target, asked_rate, tags
        self._media, self._word_events, self._is_sse = media, word_events, is_sse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. Raises why it was not made, if nothing of it was."""
        del scope, receive
        pieces = self._encoded()
        first = await anext(pieces, None)
        if first is None:
            raise await self._failure() or NoSound()
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for data in pieces:
            await send({"type": "http.response.body", "body": data, "more_body": True})
        failure = await self._failure()
        if failure is None:
            await send({"type": "http.response.body", "body": await self._done(), "more_body": False})
        elif self._is_sse:
            await send({"type": "http.response.body", "body": sse.failure("speech.audio", failure)})
        # else without the closing chunk: the server cuts the connection, and nobody takes a part for the whole

    async def _encoded(self) -> AsyncGenerator[bytes, None]:
        encoder: StreamEncoder | None = None
        async for piece in self._work.sound():
            if encoder is None:
                encoder = await self._media.run_admitted(
                    StreamEncoder, self._target, piece.sample_rate, self._asked_rate, self._tags
                )
            if self._word_events is not None and (words := self._word_events.of([piece])):
                yield words
            if data := await self._media.run_admitted(encoder.encode, piece):
                yield sse.audio_delta(data) if self._is_sse else data
        if encoder is not None and (data := await self._media.run_admitted(encoder.finish)):
            yield sse.audio_delta(data) if self._is_sse else data

    async def _failure(self) -> EngineError | None:
        take = await self._take()
        return take.failure.error if take is not None and take.failure is not None else None

    async def _done(self) -> bytes:
        take = await self._take()
        if not self._is_sse or take is None:
            return b""
        words = await self._word_events.rest() if self._word_events is not None else b""
        n_chars = sum(len(step.text) for step in take.steps)
        reason = take.finish_reason
        return words + sse.audio_done(n_chars, take.duration_s, reason, stretches=take.stretches, scores=take.scores)

    async def _take(self) -> Take | None:
        await self._work.end()
        tree = await self._media.run_admitted(self._work.session.tree)
        return tree.anywhere(self._work.take.id)
