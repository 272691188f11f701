"""A whole session as a zip file, packed while it is sent."""

from __future__ import annotations

import time
import zipfile
from collections.abc import AsyncGenerator, Iterator

import orjson

from app.api.service import Service
from app.api.sessions.rows import session_row, take_row
from app.engine.sound.encoding import Pipe
from app.studio.recipes import recipe_of
from app.studio.session import Session
from app.studio.takes import Take, TakeTree

PIECE_BYTES = 1 << 20


async def zipped(session: Session, tree: TakeTree, service: Service) -> AsyncGenerator[bytes, None]:
    """The bytes of the zip. A take that is gone meanwhile is left out."""
    pieces = _pieces(session, tree)
    while (piece := await service.engine.files.run_admitted(next, pieces, None)) is not None:
        if piece:
            yield piece


def _pieces(session: Session, tree: TakeTree) -> Iterator[bytes]:
    pipe = Pipe()
    takes = sorted((take for _, take in tree.rows()), key=lambda take: take.number)
    with zipfile.ZipFile(_Unseekable(pipe), "w", zipfile.ZIP_STORED) as archive:
        _write(archive, "manifest.json", _manifest(session, tree, takes))
        for take in takes:
            _write(archive, f"{_stem(take)}.txt", take.transcript.encode())
            _write(archive, f"{_stem(take)}.recipe.json", recipe_of(tree.lineage(take.id)).encode())
            if take.has_sound:
                yield from _sound(archive, session, take, pipe)
            yield pipe.take()
    yield pipe.take()


def _sound(archive: zipfile.ZipFile, session: Session, take: Take, pipe: Pipe) -> Iterator[bytes]:
    try:
        file = session.path(take.id).open("rb")
    except FileNotFoundError:
        return
    with file, archive.open(_entry(f"{_stem(take)}.flac"), "w", force_zip64=True) as packed:
        while data := file.read(PIECE_BYTES):
            packed.write(data)
            yield pipe.take()


class _Unseekable:
    """A pipe as zipfile wants its files: it then writes sizes behind the data."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def write(self, data: bytes, /) -> int:
        """Take some bytes."""
        return self._pipe.write(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """What was written stays to be taken."""


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(_entry(name), data)


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, time.gmtime()[:6])


def _stem(take: Take) -> str:
    return f"takes/{take.number:03}-{take.id}"


def _manifest(session: Session, tree: TakeTree, takes: list[Take]) -> bytes:
    rows = [
        take_row(session, take, session.said(take.id), is_running=False).model_dump()
        | {"sound": f"{_stem(take)}.flac" if take.has_sound else None, "recipe": f"{_stem(take)}.recipe.json"}
        for take in takes
    ]
    return orjson.dumps(session_row(session, tree).model_dump() | {"takes": rows}, option=orjson.OPT_INDENT_2)
