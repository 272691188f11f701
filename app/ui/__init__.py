"""The web page at `/`: bring a voice, clone it, edit it, compare takes, and see what the machine does.

Handlers are thin: they turn what is on the page into the engine's requests and takes into HTML. Whatever goes wrong is
told in plain words where it happened, and nothing entered is lost. Nothing is fetched from outside the machine.
"""

from __future__ import annotations

import logging
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app.settings import Settings
from app.studio.store import VOICES_KEPT_S
from app.studio.studio import Studio
from app.ui import gradio_edges, routes, sign_in  # the edges before all else here: they import Gradio
from app.ui.components import I18N
from app.ui.desk import Desk
from app.ui.page import Page
from app.ui.shell import PageShell
from app.ui.theme import theme

STATIC = Path(__file__).parent / "static"


def mount_page(app: FastAPI, studio: Studio, settings: Settings) -> None:
    """Mount the page at `/` of the app. It uses the studio it is given and loads nothing from outside the machine."""
    service = app.state.service
    desk = app.state.desk = Desk(studio, settings, service.decode_limits, service.access, service.bodies)
    logging.getLogger().addHandler(desk.lines)
    app.include_router(routes.router)
    app.include_router(sign_in.router)
    app.mount("/page/static", StaticFiles(directory=STATIC))
    facts: dict[str, object] = {"core": gradio_edges.core_script(), "max_upload_bytes": settings.max_upload_bytes}
    app.add_middleware(
        PageShell,
        facts=facts,
        max_age_s=max(settings.take_max_age_s, VOICES_KEPT_S),
        sessions=desk.sessions,
        presence=desk.presence,
        opens=desk.opens,
        keeps_open=desk.keeps_open,
        is_shut_out=desk.is_shut_out,
    )
    blocks = Page(desk).build()
    app.state.events = gradio_edges.queue_events(blocks, desk.is_there)
    gradio_edges.mount(app, blocks, theme=theme(), i18n=I18N, max_upload_bytes=settings.max_upload_bytes)
