"""Marks: what a text would be read otherwise than it looks, told while it is typed."""

from __future__ import annotations

from app.engine.script import Script
from app.ui.markup import escape, say


def marks(script: Script) -> str:
    """Words in brackets that are read aloud, as HTML; what may be meant is a button that puts it in their place."""
    near = [
        f"<li>{say('read_aloud_meant', written=slip.written)} "
        f'<button type="button" class="chip" data-slip="[{escape(slip.written)}]" data-meant="[{escape(slip.tag)}]">'
        f"[{escape(slip.tag)}]</button></li>"
        for slip in script.near_misses
    ]
    others = [f"<li>{say('read_aloud', written=written)}</li>" for written in script.no_sounds]
    return f'<ul class="marks">{"".join([*near, *others])}</ul>' if near or others else ""
