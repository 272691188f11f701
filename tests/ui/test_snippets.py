"""The calls that the page shows are run as a user would, and must make the very job and sound that the page made."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.engine.edits import make_edit
from app.engine.job import JobControl
from app.engine.library.voices import PRESETS
from app.engine.requests import CloneJob, EditJob
from app.engine.sound.audio import Audio
from app.engine.sound.encoding import MEDIA, encode_whole
from app.studio.session import Session
from app.studio.studio import Made, Studio
from app.studio.takes import Step, Take
from app.ui.snippets import ORIGIN, calls
from tests.api.conftest import Api, serving
from tests.fakes import Script, new_session_id, scripted_engine, scripted_studio, tone
from tests.ui.scripted import loaded

# What shells, JSON, Python and curl's own forms would each read as something else.
HARD = "He said: \"it's $HOME, `ls`; \\n \\\\ 50%!\"\n@x;type=text/html {a} ${b} 你好，\u3000世界。\t<b> #1 & ''' \"\""

CLONES = {
    "hard text": Step("clone", text=HARD, seed=6),
    "speed": Step("clone", text="Hello. And goodbye.", speed=1.25, seed=7),
    "intensity, variant and a sound": Step("clone", text="Oh [Sigh] no.", intensity=0.5, seed=8, variant="base"),
}
EDITS = {
    "tag": Step("emotion", "happy", seed=9),
    "everything": Step("speed", "more faster", 1.5, 3, seed=10, variant="base"),
    "no tag": Step("denoise", seed=11),
    "sounds in hard text": Step("paralinguistic", text=f"{HARD} [Laughter] and [Surprise-oh].", seed=12),
}
LANGUAGES = ("curl", "Python")


@dataclass(frozen=True)
class PageSide:
    """The page's side: it makes takes over an engine of its own."""

    studio: Studio
    script: Script
    session: Session

    def recording(self, transcript: str) -> Take:
        return self.session.add(tone(1.3), transcript=transcript, language="en")

    def library_voice(self) -> Take:
        voice = self.studio.engine.voices.find("heart_en")
        return self.session.add(voice.reference, transcript=voice.transcript, voice=voice.id)

    async def make(self, parent: Take, step: Step) -> Audio:
        self.script.forget()
        async for item in self.studio.make(self.session, parent, (step,), JobControl):
            if isinstance(item, Made):
                return self.session.audio(item.take.id)
        raise AssertionError("no take was made")


@pytest.fixture(scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PageSide]:
    script = Script()
    folder = tmp_path_factory.mktemp("page")
    engine = scripted_engine(script, folder, PRESETS)
    studio = scripted_studio(engine, folder)
    await engine.start()
    await loaded(engine)
    yield PageSide(studio, script, studio.store.session(new_session_id()))
    await engine.stop()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with serving(tmp_path_factory.mktemp("api"), PRESETS) as running:
        yield running


async def both(
    page: PageSide, api: Api, parent: Take, step: Step, language: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Audio, Audio]:
    """What the page makes, and what the call makes that the page shows for it."""
    made = await page.make(parent, step)
    clip = encode_whole(MEDIA["wav"], page.session.audio(parent.id))
    (folder / f"editx-take-{parent.number}.wav").write_bytes(clip)
    api.script.forget()
    call = calls(step, parent)[language].replace(ORIGIN, api.url)
    monkeypatch.chdir(folder)
    if language == "curl":
        subprocess.run(["bash", "-euc", f"{call} --silent --fail-with-body"], check=True, timeout=20)
    else:
        exec(compile(call, "call.py", "exec"), {})  # as `python call.py`, without loading the client anew each time
    samples, rate = soundfile.read(folder / "take.wav", dtype="float32")
    return made, Audio(samples, rate)


def same_sound(a: Audio, b: Audio) -> bool:
    return a.sample_rate == b.sample_rate and np.allclose(a.samples, b.samples, atol=1e-4)


def facts_of(job: CloneJob | EditJob) -> dict[str, Any]:
    """All that the job is about, but for its sounds."""
    if isinstance(job, CloneJob):
        return {name: getattr(job, name) for name in ("script", "intensity", "seed", "variant")} | {
            "transcript": job.voice.transcript
        }
    return {name: getattr(job, name) for name in ("edit", "transcript", "script", "seed", "variant")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CLONES)
@pytest.mark.parametrize("source", [pytest.param("library", marks=pytest.mark.slow), "recording"])
async def test_a_clone_can_be_called_from_code(
    case: str, source: str, language: str, page: PageSide, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    parent = page.library_voice() if source == "library" else page.recording(HARD)
    made, called = await both(page, api, parent, CLONES[case], language, tmp_path, monkeypatch)
    assert [facts_of(job) for job in api.script.clones] == [facts_of(job) for job in page.script.clones]
    assert same_sound(api.script.clones[0].voice.reference, page.script.clones[0].voice.reference)
    assert same_sound(called, made)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", EDITS)
async def test_an_edit_can_be_called_from_code(
    case: str, language: str, page: PageSide, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    parent = page.recording(HARD)
    made, called = await both(page, api, parent, EDITS[case], language, tmp_path, monkeypatch)
    assert [facts_of(job) for job in api.script.edits] == [facts_of(job) for job in page.script.edits]
    assert api.script.edits[0].edit == make_edit(*_edit_of(EDITS[case]))
    assert same_sound(called, made)


def _edit_of(step: Step) -> tuple[str, str, float, int]:
    return step.task, step.tag, step.intensity, step.iterations


def test_standard_values_are_left_out():
    parent = Take("t1", 1, None, None, "", "", "", 1.0, 0.0, -20.0, 0.0, voice="heart_en")
    call = calls(Step("clone", text="Hello.", seed=1), parent)["curl"]
    assert "speed" not in call
    assert "intensity" not in call
    assert "_file" not in call


def test_a_key_is_named_where_the_service_asks_for_one():
    parent = Take("p", 1, None, None, "", "Hi.", "en", 1.0, 0.0, -20.0, 0.0)
    made = calls(Step("vad", seed=1), parent, needs_key=True)
    assert "-H 'Authorization: Bearer YOUR_KEY'" in made["curl"]
    assert 'api_key="YOUR_KEY"' in made["Python"]


def test_a_voice_that_the_call_does_not_know_is_sent_along():
    parent = Take("p", 1, None, None, "", "Hi.", "en", 1.0, 0.0, -20.0, 0.0, voice="voice_of_mine")
    made = calls(Step("clone", text="Hello.", seed=1), parent, knows_voice=False)
    assert "prompt_audio_file=@editx-take-1.wav" in made["curl"]
    assert not any("voice_of_mine" in call for call in made.values())
