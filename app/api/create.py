"""create_api: all routes over one engine, with what surrounds them."""

from __future__ import annotations

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match

from app import __version__
from app.api import consents, edits, errors, models, reports, speech, system, voices
from app.api.docs_pages import OPENAPI_URL, mount_docs
from app.api.entrance.gate import PROBES, Gate, Opened
from app.api.entrance.headers import SecurityHeaders
from app.api.entrance.middleware import ErrorBoundary, RequestIds, TidyPaths
from app.api.entrance.origins import Origins
from app.api.live import routes as live
from app.api.metrics import Counted
from app.api.openapi import state_limits
from app.api.reading import routes as reading
from app.api.service import Service
from app.api.sessions import making as session_making
from app.api.sessions import routes as session_routes
from app.api.sessions import takes as session_takes
from app.api.transcription import routes as transcriptions
from app.settings import Settings
from app.studio.studio import Studio

DESCRIPTION = """Speech cloning and editing behind OpenAI's audio API.

Everything OpenAI's clients send works; `step_audio` adds cloning from a recording and edits of recordings.
Errors have OpenAI's shape; every answer carries an `x-request-id`.
"""
PUBLIC_LISTS = ("/v1/audio/voices", "/v1/audio/models")  # Open WebUI asks for these without its key
OWN_PATHS = (*PROBES, system.METRICS, "/docs", "/redoc", OPENAPI_URL)  # beside /v1; all others are the page's
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
EXPOSED_HEADERS = (*speech.ANSWER_HEADERS, "x-request-id", "retry-after", "content-disposition")


def create_api(studio: Studio, settings: Settings) -> FastAPI:
    """The application with probes and, unless `settings.api` is off, everything under /v1 and the docs pages."""
    app = FastAPI(
        title="EditX",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=OPENAPI_URL if settings.api else None,
        generate_unique_id_function=lambda route: route.name,
    )
    service = app.state.service = Service.of(studio, settings)
    state_limits(app, service)
    app.include_router(system.probes)
    app.include_router(system.metrics)
    if settings.api:
        app.include_router(_v1(), prefix="/v1")
        app.include_router(live.router, prefix="/v1")
        mount_docs(app)
    _refuse_the_rest(app)
    errors.install(app)
    _surround(app, service)
    return app


def _v1() -> APIRouter:
    # The middleware checks the keys, before any body is read; this dependency only tells the docs of them.
    v1 = APIRouter(dependencies=[Depends(HTTPBearer(auto_error=False))])
    for resource in (
        session_routes,
        session_making,
        session_takes,
        edits,
        speech,
        reading,
        transcriptions,
        voices,
        consents,
        models,
        system,
        reports,  # last: its path also fits some that others name
    ):
        v1.include_router(resource.router)
    return v1


def _refuse_the_rest(app: FastAPI) -> None:
    """Answer 404 and 405 on our own paths, where else a page mounted at `/` would."""
    own = list(app.router.routes)

    async def refuse(request: Request) -> None:
        scopes = ((method, {**request.scope, "method": method}) for method in METHODS)
        allowed = [m for m, scope in scopes if any(route.matches(scope)[0] is Match.FULL for route in own)]
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
        raise HTTPException(404)

    for path in ("/v1", "/v1/{rest:path}", *OWN_PATHS):
        app.add_api_route(path, refuse, methods=list(METHODS), include_in_schema=False)


def _surround(app: FastAPI, service: Service) -> None:
    """Middleware, the last added being the outermost."""
    settings = service.settings
    read = (
        *(PUBLIC_LISTS if settings.public_voice_list else ()),
        *((system.METRICS,) if settings.public_metrics else ()),
    )
    opened = Opened(frozenset(read), page=settings.public_page, never_page=OWN_PATHS)
    app.add_middleware(Gate, access=service.access, opened=opened, files=service.engine.files, has_sign_in=settings.ui)
    app.add_middleware(ErrorBoundary)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=EXPOSED_HEADERS,
            max_age=3600,
        )
    app.add_middleware(
        Origins, hosts=settings.allowed_hosts, origins=settings.allowed_origins, of_sockets=settings.cors_origins
    )
    app.add_middleware(SecurityHeaders, framed_by=settings.allowed_origins)
    app.add_middleware(Counted, metrics=service.metrics)
    app.add_middleware(RequestIds)
    app.add_middleware(TidyPaths, own=OWN_PATHS)
