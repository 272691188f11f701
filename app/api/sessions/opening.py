"""Whose session it is: what a request may open, and which revision it has seen."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Request

from app.access.keys import Key
from app.access.sessions import COOKIE, SessionCookies
from app.api.refusals import WrongRevision
from app.api.schemas import MAX_WORD_CHARS
from app.api.service import Service, ServiceDep
from app.engine.errors import UnknownSession
from app.studio.session import Session
from app.studio.store import is_session_id


def owner_of(request: Request) -> str:
    """The key that a new session of this request belongs to; "" where none is needed."""
    key: Key | None = request.state.key
    return key.name if key is not None else ""


def own_id(request: Request, service: Service) -> str | None:
    """The id of the browser's own session; None without its cookie."""
    return SessionCookies(service.access.signer).public_id(request.cookies.get(COOKIE, ""))


async def _session(
    request: Request,
    service: ServiceDep,
    session_id: Annotated[
        str, Path(max_length=MAX_WORD_CHARS, description="The id of the session, from POST .../sessions.")
    ],
) -> Session:
    if not is_session_id(session_id):
        raise UnknownSession
    return await service.studio.open(session_id, owner_of(request))


SessionDep = Annotated[Session, Depends(_session)]
TakeId = Annotated[str, Path(max_length=MAX_WORD_CHARS, description="The id of the take, from POST .../takes.")]


async def _expected(
    if_match: Annotated[
        str | None,
        Header(max_length=MAX_WORD_CHARS, description="The revision that was seen: if the session has passed it, 409."),
    ] = None,
) -> int | None:
    asked = (if_match or "*").strip().removeprefix("W/").strip('"')
    if asked == "*":
        return None
    if not (asked.isascii() and asked.isdecimal()):
        raise WrongRevision(param="if-match")
    return int(asked)


ExpectedDep = Annotated[int | None, Depends(_expected)]
