"""Machine: what the engine, the cache and the log say. Scripts fill it in every two seconds, while it is seen."""

from __future__ import annotations

import gradio as gr

from app.ui.components import html
from app.ui.desk import Desk
from app.ui.event_values import said
from app.ui.machine import variants
from app.ui.markup import say

LEVELS = ("debug", "info", "warning", "error")


class MachinePanel:
    """Three cards; only the choice of a variant is of consequence for jobs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def build(self) -> None:
        """The components, in the tab of the moment."""
        self.variant = gr.Textbox("", visible=False, elem_id="variant")  # a State would hold a connection open
        with gr.Row():
            with gr.Column(min_width=320):
                html(f'<h2>{say("engine_title")}</h2><div data-live="engine"></div>', elem_id="engine-card")
                self.choice = html(
                    variants(self._desk.engine.status()), elem_id="variants", script="variants", events="change"
                )
                html(_cache(), elem_id="cache-card", script="cache")
            with gr.Column(min_width=320):
                html(_log(), elem_id="log-card", script="log")

    def connect(self) -> None:
        """Events that concern this panel alone."""
        self.choice.change(_chosen, None, self.variant, show_progress="hidden")


def _chosen(event: gr.EventData) -> str:
    return said(event, "variant")


def _cache() -> str:
    return (
        f'<h2>{say("cache_title")}</h2><div data-live="cache"></div><div class="buttons">'
        f'<button type="button" data-action="refresh">{say("refresh")}</button>'
        f'<button type="button" class="danger" data-action="clear">{say("clear")}</button></div>'
        '<p class="done" role="status"></p>'
    )


def _log() -> str:
    levels = "".join(
        f'<option value="{level}"{" selected" if level == "info" else ""}>{level}</option>' for level in LEVELS
    )
    return (
        f'<div class="log-head"><h2>{say("log_title")}</h2>'
        f'<label>{say("log_level")} <select data-action="level">{levels}</select></label>'
        f'<label><input type="checkbox" data-action="follow" checked> {say("log_follow")}</label>'
        f'<button type="button" data-action="copy">{say("copy")}</button>'
        f'<button type="button" data-action="clear">{say("clear")}</button></div>'
        f'<div class="lines" role="log" tabindex="0"><p class="empty">{say("log_empty")}</p></div>'
    )
