"""Values that no browser sends are refused before Gradio or a handler runs into them."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from app.ui.event_values import Unfit, held, is_plain, said, said_index

ODD: tuple[Any, ...] = ([], {}, ["a"], {"path": "/etc/passwd"}, True)


@pytest.fixture(scope="module")
def components() -> dict[str, Any]:
    return {
        "text": gr.Textbox(),
        "slider": gr.Slider(0.1, 3),
        "number": gr.Number(precision=0),
        "radio": gr.Radio([("A", "a"), ("B", "b")], value="a"),
        "checkbox": gr.Checkbox(),
        "group": gr.CheckboxGroup([("A", "a"), ("B", "b")]),
    }


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", ("", "Hi.", "\x00")),
        ("slider", (0.1, 1, 3.0)),
        ("number", (None, 0, -1, 2.5, 10**20)),
        ("radio", ("a", "b")),
        ("checkbox", (True, False)),
        ("group", ([], ["a"], ["b", "a"])),
    ],
)
def test_what_a_component_holds_passes_as_it_is(components: dict[str, Any], kind: str, values: tuple[Any, ...]):
    assert [held(components[kind], value) for value in values] == list(values)


def test_what_was_left_empty_is_empty(components: dict[str, Any]):
    assert held(components["text"], None) == ""
    assert held(components["group"], None) == []


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", (3, *ODD)),
        ("slider", (None, "1", 0, 4, float("nan"), float("inf"), *ODD)),
        ("number", ("1", float("nan"), float("-inf"), 10**400, *ODD)),
        ("radio", (None, "c", 1, *ODD)),
        ("checkbox", (None, 1, "true", *ODD[:-1])),
        ("group", ("a", ["c"], [["a"]], {}, 3, True)),
    ],
)
def test_what_it_cannot_hold_is_refused(components: dict[str, Any], kind: str, values: tuple[Any, ...]):
    for value in values:
        with pytest.raises(Unfit):
            held(components[kind], value)


@pytest.mark.parametrize("sent", [None, [], 3, "take", {}, {"take": None}, {"take": {}}, {"take": "-1"}])
def test_an_event_that_lacks_what_its_handler_needs_says_so_without_a_trace(sent: Any):
    event = gr.EventData(None, sent)
    with pytest.raises(gr.Error) as refused:
        said_index(event, "take")
    assert refused.value.print_exception is False
    assert "'take'" in refused.value.message
    if sent != {"take": "-1"}:
        with pytest.raises(gr.Error):
            said(event, "take")


@pytest.mark.parametrize("sent", [None, {}, {"take": "0123", "name": None, "example": 2}])
def test_what_scripts_send_along_is_plain(sent: Any):
    assert is_plain(sent)


@pytest.mark.parametrize("sent", [[], "x", 3, {"path": "/etc/passwd"}, {"take": {"path": "/etc/passwd"}}, {"take": []}])
def test_what_no_script_sends_along_is_not(sent: Any):
    assert not is_plain(sent)
