"""Building blocks of the panels: Gradio's HTML as a place for our own markup and scripts."""

from __future__ import annotations

from typing import Any

import gradio as gr

from app.ui.gradio_edges import on_load
from app.ui.words import tables

I18N = gr.I18n(**tables())


def html(value: Any = "", *, elem_id: str, script: str = "", template: str = "${value}", events: str = "") -> gr.HTML:
    """A panel of our own markup. `script` names the function that brings it to life, `events` what it may trigger.

    With a `template` of its own the markup stays as it is and the script is told of new values.
    """
    return gr.HTML(
        value,
        html_template=template,
        js_on_load=on_load(script, events),
        apply_default_css=False,
        elem_id=elem_id,
        container=False,
    )
