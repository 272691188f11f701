"""What the page's own scripts fetch: recordings in, sound and pictures out, and what the machine is doing.

Everything lies under /page, belongs to the session of the cookie, and is no part of the API. A user's mistake is
answered with status 200 and `{"error": html}`: the page shows it where it happened, and the browser's console stays
clean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from app.byte_ranges import whole_or_part
from app.engine.errors import EngineError, FileTooLarge, StorageFailed, StorageFull, UnknownTake, UnknownVoice
from app.engine.sound.decoding import decode
from app.engine.sound.encoding import MEDIA, UNTAGGED, encode_whole
from app.studio import pictures
from app.studio.recipes import recipe_of
from app.studio.session import Session
from app.studio.takes import Take
from app.ui import machine
from app.ui.compare import comparison
from app.ui.desk import Desk
from app.ui.file_ranges import FileRanges
from app.ui.live import FORMAT
from app.ui.markup import say
from app.ui.messages import Mistake
from app.ui.takes_html import DOWNLOADS

PRIVATE = {"cache-control": "private, max-age=3600"}
FOR_EVER = {"cache-control": "private, max-age=31536000, immutable"}  # the sound of a take never changes
MAX_FILE_NAME_CHARS = 60


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
    """Keep an uploaded or recorded file as a take of the session."""
    limits = desk.decode_limits
    try:
        session = desk.session_of(request.cookies)
        if session is None:
            raise Mistake("error_no_cookie")
        data = await _body(request, limits.max_bytes)
        audio = await desk.engine.media.run(decode, data, limits, "recording")
        take = await desk.studio.bring(session, audio, _name_of(request.query_params.get("name", "")))
    except StorageFailed as error:  # the server's fault, not the user's
        return JSONResponse({"error": desk.told(error)}, 507 if isinstance(error, StorageFull) else 503)
    except (EngineError, Mistake) as error:
        return JSONResponse({"error": desk.told(error)})
    return JSONResponse({"take": take.id})


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
    data = await desk.engine.media.run(encode_whole, MEDIA[kind], audio, None, tags)
    return whole_or_part(data, MEDIA[kind].mime, request.headers, PRIVATE | disposition)


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
    async with desk.drawing:
        data = await desk.studio.derived(session, take.id, pictures.NAME, pictures.picture)
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
async def send_voice(request: Request, voice_id: str, desk: DeskDep) -> Response:
    """The clip of a voice of the library."""
    try:
        voice = await desk.engine.files.run(desk.engine.voices.find, voice_id)
    except UnknownVoice:
        raise HTTPException(404) from None
    data = await desk.engine.media.run(encode_whole, MEDIA["wav"], voice.reference)
    return whole_or_part(data, MEDIA["wav"].mime, request.headers, PRIVATE)


@router.get("/state")
async def tell_state(session: Own, desk: DeskDep) -> dict[str, Any]:
    """What every open page follows: whether the machine is busy, and whether the takes have changed."""
    status = await desk.engine.files.run(desk.engine.status)
    return {"revision": session.revision, "chip": machine.chip(status)}


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


async def _body(request: Request, max_bytes: int) -> bytes:
    """The request's body. Raises FileTooLarge as soon as it is too long."""
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > max_bytes:
            raise FileTooLarge(max_bytes, param="recording")
    return bytes(data)
