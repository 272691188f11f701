"""Base64 as people send it is read; anything else is refused whole."""

from __future__ import annotations

import base64
import os

import pytest

from app.api.incoming.sources import SLICE_CHARS, from_base64
from app.engine.errors import BadAudio


@pytest.mark.parametrize("n_bytes", [0, 1, 2, 3, 1000, SLICE_CHARS * 3 // 4, SLICE_CHARS + 5])
def test_base64_of_any_length_comes_back(n_bytes: int):
    data = os.urandom(n_bytes)
    text = base64.b64encode(data).decode()
    assert from_base64(text, "x") == data
    assert from_base64("data:audio/wav;base64," + text, "x") == data
    assert from_base64(base64.encodebytes(data).decode(), "x") == data


@pytest.mark.parametrize(
    "text",
    ["a", "abc", "ab=c", "YQ==YQ==", "a$==", "YW-_", "é" * 4, "====", "data:audio/wav,abcd", "data:abcd", "YQ=" * 3],
)
def test_anything_else_is_refused_by_name(text: str):
    with pytest.raises(BadAudio) as error:
        from_base64(text, "prompt_audio")
    assert error.value.param == "prompt_audio"
