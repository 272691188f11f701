"""What the page tells when a job fails."""

from __future__ import annotations

import gradio as gr
import pytest

from app.engine.errors import AudioTooShort
from app.ui import _told


def test_an_error_of_the_engine_is_told_in_its_own_words():
    with pytest.raises(gr.Error, match="too short"), _told():
        raise AudioTooShort("The recording is too short.", param="input_audio")


def test_a_bug_is_told_without_its_details():
    with pytest.raises(gr.Error) as told, _told():
        raise RuntimeError("Load model from /srv/models/kokoro.onnx failed")
    assert "/srv" not in told.value.message


def test_a_message_of_the_page_stays_as_it_is():
    with pytest.raises(gr.Error, match="No recording"), _told():
        raise gr.Error("No recording")
