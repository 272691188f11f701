"""All that leans on how Gradio is made inside; `tests/ui/test_gradio_edges.py` names what an upgrade breaks.

Three more edges lie where they must and are known to that test: `static/gradio.css` styles Gradio's own class names,
`static/*.js` find its text fields and tabs, and `shell.py` puts our head before the end of the document's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

FRONTEND = Path(gr.__file__).parent / "templates" / "frontend"

# Each script is a function of static/main.js; it may be asked for before that module has loaded. Gradio hands
# `element`, `trigger`, `watch` and `props` to what runs on load.
_CONNECT = "editx.ready.then((scripts) => scripts.{script}({{ element, trigger, watch, props }}));"


def mount(app: FastAPI, blocks: gr.Blocks, *, theme: gr.themes.Base, i18n: gr.I18n, max_upload_bytes: int) -> None:
    """Serve the blocks at `/`, without Gradio's footer, its Node server and its own limits."""
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=theme,
        i18n=i18n,
        footer_links=[],
        show_error=True,
        max_file_size=max_upload_bytes,
        ssr_mode=False,
    )


def core_script(frontend: Path = FRONTEND) -> str | None:
    """Address of the script that holds `changeLocale`, which changes the language without loading the page anew.

    None where Gradio has no such script: the page then loads itself anew.
    """
    for path in sorted((frontend / "assets").glob("core-*.js")):
        if "changeLocale" in path.read_text(encoding="utf-8"):
            return f"./assets/{path.name}"
    return None


def on_load(script: str, events: str) -> str:
    """What a panel of our own markup runs when it is shown: connect a script, and name the events it may trigger."""
    named = "".join(f"'{event}';" for event in events.split())  # Gradio finds custom events by their names in here
    return named + (_CONNECT.format(script=script) if script else "")


def sent(event: gr.EventData, name: str) -> str:
    """A value that a script sent along with its event."""
    value: Any = getattr(event, name)
    return str(value)
