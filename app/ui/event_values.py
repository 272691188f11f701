"""Whether what came with an event of the page can be what its components hold.

A browser that shows the page sends nothing else. Gradio looks at values too late: it runs into them, and prints where.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from app.ui.lean_gradio import lean

with lean():
    import gradio as gr


KEPT_HERE = gr.HTML  # markup that no handler reads


class Unfit(Exception):
    """A value that its component cannot hold."""


def held(component: gr.blocks.Block, value: Any) -> Any:
    """The value as the component holds it. Raises Unfit."""
    if isinstance(component, gr.Textbox):
        return _text("" if value is None else value)
    if isinstance(component, gr.Slider | gr.Number):
        return _number(component, value)
    if isinstance(component, gr.CheckboxGroup):
        value = [] if value is None else value
    if not _is_choice(component, value):
        raise Unfit
    return value


def _is_choice(component: gr.blocks.Block, value: Any) -> bool:
    if isinstance(component, gr.Radio):
        return value in [choice for _, choice in component.choices]
    if isinstance(component, gr.CheckboxGroup):
        return isinstance(value, list) and all(each in [choice for _, choice in component.choices] for each in value)
    return isinstance(value, bool) if isinstance(component, gr.Checkbox) else isinstance(component, KEPT_HERE)


def is_plain(event_data: Any) -> bool:
    """Whether this can be what a script sent along: names with plain values, none of which Gradio takes for a file."""
    if event_data is None:
        return True
    if not isinstance(event_data, dict) or "path" in event_data:
        return False
    return all(value is None or isinstance(value, str | int | float) for value in event_data.values())


def said(event: gr.EventData, name: str) -> str:
    """A value that a script sent along with its event. Raises gr.Error, for the reader of the event's news."""
    try:
        value: Any = getattr(event, name)
    except (AttributeError, TypeError):
        value = None
    if not isinstance(value, str | int):
        raise _lacks(name)
    return str(value)


def said_index(event: gr.EventData, name: str) -> int:
    """A small number, not negative. Raises as `said`."""
    value = said(event, name)
    if not re.fullmatch(r"[0-9]{1,4}", value):
        raise _lacks(name)
    return int(value)


def _lacks(name: str) -> gr.Error:
    return gr.Error(f"The event has no such '{name}'.", print_exception=False)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit
    return value


def _number(component: gr.Slider | gr.Number, value: Any) -> float | None:
    if value is None and isinstance(component, gr.Number):
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Unfit
    highest = sys.float_info.max  # JSON has larger ones, and so has JavaScript: infinity
    low = -highest if component.minimum is None else component.minimum
    high = highest if component.maximum is None else component.maximum
    if not low <= value <= high:
        raise Unfit
    return value
