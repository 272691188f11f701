"""What the page's own scripts fetch: recordings in, sound and pictures out, and what the machine is doing.

Everything lies under /page, belongs to the session of the cookie, and is no part of the API. A user's mistake is
answered with status 200 and `{"error": html}`: the page shows it where it happened, and the browser's console stays
clean.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from app.bodies import read_whole
from app.byte_ranges import whole_or_part
from app.connected import ClientGone, while_connected
from app.engine.errors import (
    ClipTooShort,
    EngineError,
    FileTooLarge,
    QueueFull,
    StorageFailed,
    StorageFull,
    TextTooLong,
    UnknownTake,
    UnknownVoice,
)
from app.engine.job import JobControl
from app.engine.script import parse_script
from app.engine.sound.audio import Audio
from app.engine.sound.decoding import decode
from app.engine.sound.encoding import MEDIA, UNTAGGED, FileTags, Format, encode_whole
from app.file_ranges import FileRanges
from app.studio import pictures
from app.studio.recipes import recipe_of
from app.studio.session import Session
from app.studio.takes import Take
from app.ui import machine
from app.ui.compare import comparison
from app.ui.desk import Desk
from app.ui.gradio_edges import AttendedQueue
from app.ui.live import FORMAT
from app.ui.markup import say
from app.ui.panels.reading import marks
from app.ui.panels.voice import heard
from app.ui.takes_html import DOWNLOADS

PRIVATE = {"cache-control": "private, max-age=3600"}
FOR_EVER = {"cache-control": "private, max-age=31536000, immutable"}  # the sound of a take never changes
MAX_FILE_NAME_CHARS = 60
MIN_RECORDING_S = 0.5  # nobody says anything in less
MAX_BYTES_OF_CHAR = 4  # in UTF-8
FAULTS_OF_OURS = {StorageFull: 507, StorageFailed: 503, QueueFull: 429}  # all else is the user's mistake

router = APIRouter(prefix="/page", include_in_schema=False)


async def _desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


DeskDep = Annotated[Desk, Depends(_desk_of)]


async def _own_session(request: Request, desk: DeskDep) -> Session:
    session = desk.session_of(request.cookies)
    if session is None:
        raise HTTPException(403, "The page's cookie is missing.")
    return session


Own = Annotated[Session, Depends(_own_session)]


async def _own_take(take_id: str, session: Own, desk: DeskDep) -> Take:
    try:
        return (await desk.studio.tree(session)).take(take_id)
    except UnknownTake:
        raise HTTPException(404) from None


OwnTake = Annotated[Take, Depends(_own_take)]


@router.post("/recordings")
async def take_recording(request: Request, desk: DeskDep) -> JSONResponse:
    """Keep an uploaded or recorded file as a take of the session. It takes a place of the queue while it is read."""
    max_bytes = desk.decode_limits.max_bytes
    session = desk.session_of(request.cookies)
    if session is None:
        return JSONResponse({"error": say("error_no_cookie")})
    try:
        control = desk.control(session)
        too_large = FileTooLarge(max_bytes, param="recording")
        body = await read_whole(request, max_bytes, desk.bodies, control.caller, too_large)
        name = _name_of(request.query_params.get("name", ""))
        desk.engine.reserve(control, while_loading=True)
        try:
            take = await while_connected(request.receive, control, _kept(desk, session, body, name, control))
        finally:
            control.cancel()  # the place is free
    except ClientGone:
        raise
    except EngineError as error:
        status = next((status for kind, status in FAULTS_OF_OURS.items() if isinstance(error, kind)), 200)
        return JSONResponse({"error": desk.told(error)}, status)
    return JSONResponse({"take": take.id})


async def _kept(desk: Desk, session: Session, body: bytearray, name: str, control: JobControl) -> Take:
    def decoded() -> Audio:
        return decode(bytes(body), desk.decode_limits, "recording", control)

    audio = await desk.engine.decoding.run_admitted(decoded)
    if audio.duration_s < MIN_RECORDING_S:
        raise ClipTooShort(audio.duration_s, MIN_RECORDING_S, param="recording")
    return await desk.studio.bring(session, audio, name)


@router.head("/takes/{take_id}.{kind}")
@router.get("/takes/{take_id}.{kind}")
async def send_take(
    request: Request, take: OwnTake, kind: str, session: Own, desk: DeskDep, download: bool = False
) -> Response:
    """The sound of a take, to play or to keep."""
    if kind not in DOWNLOADS:
        raise HTTPException(404)
    name = f"editx-take-{take.number}.{kind}"
    disposition = {"content-disposition": f"attachment; filename={name}"} if download else {}
    tags = desk.tags if take.step is not None else UNTAGGED
    if kind == "flac" and not (download and tags.comment):
        path, mime = session.path(take.id), MEDIA[kind].mime
        return FileRanges(path, desk.engine.files, etag=take.id, media_type=mime, headers=PRIVATE | disposition)
    audio = await desk.studio.sound(session, take.id)
    data = await _encoded(request, desk, MEDIA[kind], audio, tags)
    return whole_or_part(data, MEDIA[kind].mime, request.headers, PRIVATE | disposition)


@router.put("/takes/{take_id}/words")
async def note_words(request: Request, take: OwnTake, session: Own, desk: DeskDep) -> Response:
    """Keep what somebody says is spoken in a take."""
    max_chars = desk.settings.max_input_chars
    max_bytes = MAX_BYTES_OF_CHAR * max_chars
    too_long = TextTooLong(max_chars, max_chars + 1, param="transcript")
    words = (await read_whole(request, max_bytes, desk.bodies, session.id, too_long)).decode(errors="replace")
    if len(words) > max_chars:
        raise TextTooLong(max_chars, len(words), param="transcript")
    await desk.studio.note_transcript(session, take.id, words)
    return Response(status_code=204)


@router.get("/takes/{take_id}/recipe")
async def send_recipe(take: OwnTake, session: Own, desk: DeskDep) -> Response:
    """The steps that led to a take."""
    tree = await desk.studio.tree(session)
    return Response(recipe_of(tree.lineage(take.id)), media_type="application/json")


@router.get("/takes/{take_id}/picture")
async def send_picture(request: Request, take: OwnTake, session: Own, desk: DeskDep) -> Response:
    """What the pictures of a take show, for the page to draw."""
    headers = FOR_EVER | {"etag": f'"{take.id}-{pictures.NAME}"'}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    control = JobControl()
    draw = partial(pictures.picture, control=control)
    drawn = desk.studio.derived(session, take.id, pictures.NAME, draw)
    data = await while_connected(request.receive, control, drawn)
    return Response(data, media_type="application/json", headers=headers)


@router.get("/compare")
async def send_comparison(session: Own, desk: DeskDep, a: str = "", b: str = "") -> HTMLResponse:
    """Two takes side by side."""
    tree = await desk.studio.tree(session)
    return HTMLResponse(comparison([take for _, take in tree.rows() if take.has_sound], a, b))


@router.get("/live/{name}.mp3")
async def send_live(name: str, desk: DeskDep) -> StreamingResponse:
    """The sound of a running job, while it is made; for one reader, who frees what is read."""
    sound = desk.live.taken(name)
    if sound is None:
        raise HTTPException(404)
    return StreamingResponse(sound.encoded(), media_type=FORMAT.mime, headers={"cache-control": "no-store"})


@router.head("/voices/{voice_id}.wav")
@router.get("/voices/{voice_id}.wav")
async def send_voice(request: Request, voice_id: str, session: Own, desk: DeskDep) -> Response:
    """The clip of a voice of the library."""
    try:
        voice = await desk.engine.files.run(desk.engine.voices.find, voice_id, "voice", session.reader)
    except UnknownVoice:
        raise HTTPException(404) from None
    data = await _encoded(request, desk, MEDIA["wav"], voice.reference, UNTAGGED)
    return whole_or_part(data, MEDIA["wav"].mime, request.headers, PRIVATE)


@router.post("/marks")
async def mark_text(request: Request, session: Own, desk: DeskDep) -> HTMLResponse:
    """Words in brackets of a text that are no sounds, each with the sound that may be meant."""
    max_bytes = MAX_BYTES_OF_CHAR * desk.settings.max_input_chars
    body = await read_whole(request, max_bytes, desk.bodies, session.id, TextTooLong(max_bytes, max_bytes + 1))
    return HTMLResponse(marks(parse_script(body.decode(errors="replace"))))


@router.get("/news/{reader}")
async def tell_news(request: Request, reader: str, after: Annotated[int, Query(ge=0, le=2**53)] = 0) -> Response:
    """What the events of a tab have come to since the answer of the number `after`; its own is in `x-editx-answer`."""
    events: AttendedQueue = request.app.state.events
    told = events.news(reader, after)
    if told is None:
        raise HTTPException(404)
    number, news = told
    headers = {"cache-control": "no-store", "x-editx-answer": str(number)}
    return Response(news, media_type="text/event-stream", headers=headers)


@router.post("/news/{reader}/leave")
async def leave(request: Request, reader: str, session: Own) -> Response:
    """A tab is closed: nobody waits for its events any more."""
    del session
    events: AttendedQueue = request.app.state.events
    await events.leave(reader)
    return Response(status_code=204)


@router.get("/state")
async def tell_state(session: Own, desk: DeskDep) -> dict[str, Any]:
    """What every open page follows: whether the machine is busy, whether the takes have changed, and what was heard.

    Recordings are written down while pages ask.
    """
    status = await desk.engine.files.run(desk.engine.status)
    tree = await desk.studio.tree(session)
    if desk.settings.enable_auto_transcribe:
        desk.listening.look(session, tree, partial(desk.control, session), is_ready=status.is_ready)
    return {"revision": tree.revision, "chip": machine.chip(status), "heard": heard(desk, tree.voice)}


@router.get("/machine")
async def tell_machine(request: Request, session: Own, desk: DeskDep, after: int = 0) -> dict[str, Any]:
    """What the machine panel shows while it is seen, and the lines of the log after the line `after`.

    Who has a key sees all lines, else those of the own requests.
    """
    readable = None if request.state.key is not None else session.id
    status = await desk.engine.files.run(desk.engine.status)
    cache = await desk.engine.files.run(desk.engine.cache.stats)
    last_line, new_lines = desk.lines.after(after, readable)
    return {
        "engine": machine.engine_facts(status),
        "cache": machine.cache_facts(cache),
        "cache_entries": cache.entries,
        "lines": new_lines,
        "last_line": last_line,
    }


@router.post("/cache/clear")
async def clear_cache(session: Own, desk: DeskDep) -> dict[str, str]:
    """Remove every entry of the cache. The session proves a page of ours: another site's request has no cookie."""
    del session
    return {"said": say("cache_cleared", n=await desk.engine.files.run(desk.engine.cache.clear))}


def _name_of(file_name: str) -> str:
    """What a recording is called: its file's name without folder and ending, as far as it can be shown."""
    shown = "".join(letter for letter in file_name[:MAX_FILE_NAME_CHARS] if letter.isprintable())
    return Path(shown).stem


async def _encoded(request: Request, desk: Desk, target: Format, audio: Audio, tags: FileTags) -> bytes:
    """The sound as a file, made while somebody waits for it. Raises ClientGone, QueueFull, NotReady."""
    control = JobControl()
    encoding = desk.engine.media.run(encode_whole, target, audio, None, tags, control)
    return await while_connected(request.receive, control, encoding)
