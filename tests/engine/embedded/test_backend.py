"""What comes whole is made in steps, and sounds as it would in one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.cache.token_cache import TokenCache
from app.engine import steps
from app.engine.edits import Edit
from app.engine.embedded.backend import EmbeddedBackend
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.requests import CloneJob, EditJob, Voice
from app.engine.script import parse_script
from app.engine.sound.audio import Audio
from app.engine.steps import sounds_of

TEXT = "It rained all night, [Sigh] and the river rose. [Laughter] Then it stopped."


@pytest.mark.slow
@pytest.mark.parametrize("task", ["clone", "denoise", "paralinguistic"])
def test_long_work_pauses_on_its_way_and_comes_out_the_same(
    task: str, parts: Parts, tmp_path: Path, load_clip, monkeypatch: pytest.MonkeyPatch
):
    clip = load_clip("ref_en_male")
    transcribers = Transcribers(parts, tmp_path, default="base", offline=True, threads=2)
    backend = EmbeddedBackend(parts, TokenCache(None, 100, 10**7), transcribers, 2)

    def made(step_s: float) -> list[Audio]:
        monkeypatch.setattr(steps, "STEP_S", step_s)
        if task == "clone":
            return list(backend.clone(CloneJob(parse_script(TEXT), Voice("", "", clip, ""), 1.0, 7), JobControl()))
        script = parse_script("[Laughter] [Sigh]") if task == "paralinguistic" else None
        return list(backend.edit(EditJob(Edit(task), clip, None, script, 7), JobControl()))

    in_one, in_steps = made(60.0), made(0.0)
    assert len(in_one) == 1
    assert len(in_steps) > 1
    assert len(sounds_of(in_steps)) == 1
    assert np.array_equal(sounds_of(in_steps)[0].samples, in_one[0].samples)
