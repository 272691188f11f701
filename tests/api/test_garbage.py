"""What requests held is free when they are over, whatever came of them: collections of garbage are rare."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import httpx
import pytest

from app.engine.sound.encoding import MEDIA, encode_whole
from tests.api.conftest import Api
from tests.fakes import tone
from tests.waiting import wait_until

CLIP = encode_whole(MEDIA["wav"], tone(2.0))


def send(http: httpx.Client, text: str, clip: bytes = CLIP, timeout: float = 10.0) -> None:
    step = {"model": "tts-1", "input": text, "step_audio": {"mode": "clone"}}
    with suppress(httpx.ReadTimeout):
        files = {"prompt_audio_file": ("a.wav", clip)}
        http.post("/v1/audio/speech/upload", data={"payload": json.dumps(step)}, files=files, timeout=timeout)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(lambda http: send(http, "One."), id="done"),
        pytest.param(lambda http: send(http, "fail"), id="failed"),
        pytest.param(lambda http: send(http, "One.", b"x" * 1000), id="no recording"),
        pytest.param(lambda http: send(http, "forever", timeout=0.2), id="left"),
    ],
)
def test_no_frame_of_ours_waits_for_a_collection(api: Api, request_: Callable[[httpx.Client], None]):
    with api.http() as http:
        request_(http)  # once for what is made at the first time
        wait_until(lambda: not api.engine.is_busy, "the job to end")
        gc.collect()
        gc.disable()
        try:
            request_(http)
            wait_until(lambda: not api.engine.is_busy, "the job to end")
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            frames = [
                o.f_code.co_qualname for o in gc.garbage if isinstance(o, FrameType) and "/app/" in o.f_code.co_filename
            ]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
    assert frames == []
