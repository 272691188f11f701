"""Help: examples, the guide, all tags, the keyboard, and where to read on."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from app.engine.edits import CATALOGUE
from app.ui.components import html
from app.ui.desk import Desk
from app.ui.examples import gallery
from app.ui.markup import escape, say
from app.ui.words import meaning_key, tag_key, task_key

GUIDES = {"en": "guide.md", "zh-CN": "guide.zh.md"}
ROOT = Path(__file__).parents[3]
# Of a checkout or an image; an installed wheel has them among its assets.
DOCS = next(folder for folder in (ROOT / "docs", ROOT / "app" / "assets" / "docs") if (folder / GUIDES["en"]).is_file())
KEYS = (
    ("key_run", ("Ctrl", "Enter")),
    ("key_cancel", ("Esc",)),
    ("key_play", ("Space",)),
    ("key_undo", ("Ctrl", "Z")),
    ("key_redo", ("Ctrl", "Shift", "Z")),
    ("key_switch", ("X",)),
)


class HelpPanel:
    """Everything to learn from."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def build(self) -> None:
        """The components, in the tab of the moment."""
        self.gallery = html(
            f"<h2>{say('examples_title')}</h2>{gallery()}", elem_id="examples", script="actions", events="example"
        )
        with gr.Row():
            with gr.Column(min_width=320):
                for language, name in GUIDES.items():
                    guide = (DOCS / name).read_text(encoding="utf-8")
                    gr.Markdown(guide, elem_classes=["guide", f"only-{language}"])
            with gr.Column(min_width=320):
                html(_keys() + _links(self._desk.settings.api) + _tags(), elem_id="help-side")


def _keys() -> str:
    rows = "".join(
        f"<dt>{say(key)}</dt><dd>{' + '.join(f'<kbd>{name}</kbd>' for name in keys)}</dd>" for key, keys in KEYS
    )
    return f"<h2>{say('keys_title')}</h2><dl>{rows}</dl>"


def _links(has_api: bool) -> str:
    if not has_api:
        return ""
    links = (("./docs", "link_docs"), ("./redoc", "link_redoc"))
    items = "".join(f'<li><a href="{path}" target="_blank" rel="noopener">{say(key)}</a></li>' for path, key in links)
    return f"<h2>{say('links_title')}</h2><ul>{items}</ul>"


def _tags() -> str:
    parts = [f"<h2>{say('tags_title')}</h2>"]
    for task in CATALOGUE.values():
        rows = "".join(
            f'<dt><code class="only-zh-CN">{escape(tag)}</code> {say(tag_key(task.name, tag))}</dt>'
            f"<dd>{say(meaning_key(task.name, tag))}</dd>"
            for tag in task.tags
        )
        head = f'<code class="only-zh-CN">{task.name}</code> {say(task_key(task.name))}'
        parts.append(f"<details><summary>{head}</summary><p>{say(meaning_key(task.name))}</p><dl>{rows}</dl></details>")
    return "".join(parts)
