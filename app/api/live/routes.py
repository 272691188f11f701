"""WebSocket /v1/audio/speech/stream: who may come in, and what happens to the others."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from app.api.errors import error_response
from app.api.live.session import LiveSpeech
from app.api.refusals import OriginRefused, RouteNotFound
from app.api.service import Service

router = APIRouter()


@router.websocket("/audio/speech/stream")
async def stream_speech(socket: WebSocket) -> None:
    """Speak text as it arrives. `docs/integrations.md` describes the messages."""
    service: Service = socket.app.state.service
    if not _is_welcome(socket, service.settings.cors_origins):
        await socket.send_denial_response(error_response(OriginRefused()))
        return
    await socket.accept()
    try:
        await LiveSpeech(socket, service).run()
    except WebSocketDisconnect:
        return


@router.websocket("/{rest:path}")
async def refuse_socket(socket: WebSocket) -> None:
    """Answer 404 in our shape where there is no such socket: OpenAI's `/v1/realtime`, ..."""
    await socket.send_denial_response(error_response(RouteNotFound("WebSocket", socket.url.path)))


def _is_welcome(socket: WebSocket, allowed: tuple[str, ...]) -> bool:
    """Whether the page that asks, if it is one, is ours or an allowed one: browsers ask for sockets across origins."""
    origin = socket.headers.get("origin")
    is_own = origin is None or urlsplit(origin).netloc == socket.headers.get("host")
    return is_own or origin in allowed or "*" in allowed
