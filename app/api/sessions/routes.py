"""Sessions themselves: made, listed, deleted; undo and redo; all of one as a file."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from app.api.errors import documented
from app.api.incoming.forms import octets
from app.api.schemas import MAX_WORD_CHARS
from app.api.service import ServiceDep
from app.api.sessions.export import zipped
from app.api.sessions.opening import ExpectedDep, SessionDep, own_id, owner_of
from app.api.sessions.rows import DeletedRow, SessionList, SessionRow, session_row
from app.engine.errors import UnknownPlace
from app.studio.session import Session
from app.studio.takes import TakeTree

router = APIRouter(tags=["sessions"])


@router.post("/sessions", status_code=201, responses=documented(400, 507))
async def create_session(request: Request, response: Response, service: ServiceDep) -> SessionRow:
    """Make a session. It is kept until it is deleted or has been idle for the age at which takes expire."""
    limit = service.settings.max_sessions
    session = await service.studio.begin(secrets.token_hex(16), owner_of(request), limit)
    response.headers["location"] = f"/v1/sessions/{session.id}"
    return session_row(session, await service.studio.tree(session))


@router.get("/sessions", responses=documented(400))
async def list_sessions(
    request: Request,
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=100, description="Sessions in one answer.")] = 20,
    after: Annotated[
        str | None, Query(max_length=MAX_WORD_CHARS, description="Only sessions older than the one of this id.")
    ] = None,
) -> SessionList:
    """List the sessions of the caller's key; where no keys are needed, that of the browser's cookie."""
    found = await service.studio.sessions(owner_of(request))
    if request.state.key is None:
        found = [(session, tree) for session, tree in found if session.id == own_id(request, service)]
    ids = [session.id for session, _ in found]
    if after is not None and after not in ids:
        raise UnknownPlace
    rest = found[ids.index(after) + 1 :] if after else found
    page = rest[:limit]
    return SessionList(
        data=[session_row(session, tree) for session, tree in page],
        has_more=len(rest) > limit,
        last_id=page[-1][0].id if page else None,
    )


@router.get("/sessions/{session_id}", responses=documented(404))
async def retrieve_session(session: SessionDep, response: Response, service: ServiceDep) -> SessionRow:
    """Describe a session; `ETag` is its revision."""
    return _told(session, await service.studio.tree(session), response)


@router.delete("/sessions/{session_id}", responses=documented(404, 507))
async def delete_session(session: SessionDep, service: ServiceDep) -> DeletedRow:
    """Delete a session with all that was made in it, for good."""
    await service.studio.forget(session)
    return DeletedRow(id=session.id, object="session.deleted")


@router.post("/sessions/{session_id}/undo", responses=documented(404, 409, 507))
async def undo(session: SessionDep, expected: ExpectedDep, response: Response, service: ServiceDep) -> SessionRow:
    """Take back the last change: a take made, deleted, renamed, starred or transcribed anew, or a voice chosen."""
    return _told(session, await service.studio.go(session, "undo", expected), response)


@router.post("/sessions/{session_id}/redo", responses=documented(404, 409, 507))
async def redo(session: SessionDep, expected: ExpectedDep, response: Response, service: ServiceDep) -> SessionRow:
    """Make again the change that was taken back."""
    return _told(session, await service.studio.go(session, "redo", expected), response)


@router.get(
    "/sessions/{session_id}/export",
    response_class=Response,
    responses={200: {"content": octets("application/zip")}, **documented(404)},
)
async def export_session(session: SessionDep, service: ServiceDep) -> Response:
    """All of a session as a zip: the sound, transcript and recipe of every take, and one manifest."""
    tree = await service.studio.tree(session)
    name = f"editx-session-{session.id[:8]}.zip"
    headers = {"content-disposition": f"attachment; filename={name}", "cache-control": "no-store"}
    return StreamingResponse(zipped(session, tree, service), media_type="application/zip", headers=headers)


def _told(session: Session, tree: TakeTree, response: Response) -> SessionRow:
    response.headers["etag"] = f'"{tree.revision}"'
    return session_row(session, tree)
