"""The web page at `/`: bring a voice, clone it, edit it, compare takes, and see what the machine does.

Handlers are thin: they turn what is on the page into the engine's requests and takes into HTML. Whatever goes wrong is
told in plain words where it happened, and nothing entered is lost. Nothing is fetched from outside the machine.
"""

from __future__ import annotations

import logging
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app.settings import Settings
from app.studio.studio import Studio
from app.ui import gradio_edges, routes, sign_in
from app.ui.components import I18N
from app.ui.desk import Desk
from app.ui.page import Page
from app.ui.shell import PageShell

STATIC = Path(__file__).parent / "static"
FONTS = ["system-ui", "sans-serif"]


def mount_page(app: FastAPI, studio: Studio, settings: Settings) -> None:
    """Mount the page at `/` of the app. It uses the studio it is given and loads nothing from outside the machine."""
    service = app.state.service
    desk = app.state.desk = Desk(studio, settings, service.decode_limits, service.access)
    logging.getLogger().addHandler(desk.lines)
    app.include_router(routes.router)
    app.include_router(sign_in.router)
    app.mount("/page/static", StaticFiles(directory=STATIC))
    facts: dict[str, object] = {"core": gradio_edges.core_script(), "max_upload_bytes": settings.max_upload_bytes}
    app.add_middleware(PageShell, facts=facts, max_age_s=settings.take_max_age_s, sessions=desk.sessions)
    blocks = Page(desk).build()
    gradio_edges.mount(app, blocks, theme=_theme(), i18n=I18N, max_upload_bytes=settings.max_upload_bytes)


def _theme() -> gr.themes.Base:
    """Gradio's parts in the colours of `static/studio.css`, dark enough to be read by everyone."""
    theme = gr.themes.Soft(
        primary_hue="indigo", neutral_hue="slate", font=FONTS, font_mono=["ui-monospace", "monospace"]
    )
    return theme.set(
        block_title_background_fill="transparent",
        block_title_background_fill_dark="transparent",
        block_title_padding="0",
        block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
        block_title_text_weight="600",
        block_title_text_size="*text_sm",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        block_shadow="none",
        input_background_fill="*background_fill_primary",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_600",
        input_shadow="none",
        input_placeholder_color="*neutral_500",
        checkbox_label_background_fill_selected="*primary_600",
        checkbox_label_background_fill_selected_dark="*primary_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
    )
