"""The engine prepares jobs for any backend and puts their pieces together; checked over the scripted backend."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from app.engine.edits import Edit
from app.engine.engine import EditXEngine
from app.engine.errors import (
    AudioTooLong,
    AudioTooShort,
    EmptyText,
    InvalidRequest,
    NotReady,
    OutOfRange,
    SilentAudio,
    TextTooLong,
    UnknownVoice,
    UnspeakableText,
)
from app.engine.job import JobControl, Progress
from app.engine.requests import CloneRequest, EditRequest, Reference, TranscribeRequest
from app.engine.sound.audio import Audio, joined, loudness_lufs, silence
from tests.fakes import RATE_HZ, TONE_S, Script, scripted_engine, tone

ANN = Reference(voice="ann")


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def engine(script: Script, tmp_path: Path) -> AsyncIterator[EditXEngine]:
    presets = tmp_path / "presets"
    presets.mkdir()
    row = {"id": "ann", "name": "Ann", "locale": "en", "gender": "female", "description": "", "transcript": "Hello."}
    table = {"voices": [{**row, "created_at": 0}], "aliases": {"alloy": "ann"}}
    (presets / "voices.json").write_text(json.dumps(table))
    soundfile.write(presets / "ann.flac", tone(2.0).samples, RATE_HZ)
    made = scripted_engine(script, tmp_path, presets)
    await made.start()
    while not made.status().is_ready:
        await asyncio.sleep(0)
    yield made
    await made.stop()


async def collected(chunks: AsyncIterator[Audio]) -> list[Audio]:
    return [chunk async for chunk in chunks]


async def cloned(engine: EditXEngine, text: str, **options) -> list[Audio]:
    request = CloneRequest(text, options.pop("reference", ANN), **options)
    return await collected(engine.clone(request, JobControl()))


async def test_long_text_is_spoken_piece_by_piece_in_its_order(engine, script):
    chunks = await cloned(engine, "One is here. Two is there too. Three is nowhere at all.")
    assert len(chunks) == len(script.clones) > 1
    assert (
        " ".join(job.text.strip() for job in script.clones) == "One is here. Two is there too. Three is nowhere at all."
    )
    assert all(job.voice.id == "ann" for job in script.clones)


async def test_speed_changes_the_length_of_what_is_spoken(engine):
    (chunk,) = await cloned(engine, "One.", speed=2.0)
    assert chunk.duration_s == pytest.approx(TONE_S / 2, rel=0.02)


async def test_edits_of_a_clone_follow_the_speech_in_their_order(engine, script):
    edits = (Edit("emotion", "happy", 1.5), Edit("speed", "faster"))
    await cloned(engine, "One.", edits=edits)
    assert [job.edit for job in script.edits] == list(edits)
    assert script.edits[0].transcript == "One."


async def test_sounds_of_a_clone_are_made_while_speaking(engine, script):
    await cloned(engine, "One[Sigh].", edits=(Edit("paralinguistic", "", 1.5, 2),))
    await cloned(engine, "One.", edits=(Edit("paralinguistic", "Laughter"),))
    assert [job.text for job in script.clones] == ["One[Sigh].", "One. [Laughter]"]
    assert script.clones[0].sound_intensity == 3.0
    assert script.edits == []


async def test_a_backend_that_does_not_fold_iterations_gets_its_result_back(engine, script, monkeypatch):
    monkeypatch.setattr(type(engine._backend), "folds_iterations", False)
    request = EditRequest(Edit("emotion", "sad", 1.0, 3), tone(1.0))
    await collected(engine.edit(request, JobControl()))
    assert len(script.edits) == 3


async def test_a_long_recording_is_edited_in_pieces_and_comes_back_whole(engine, script):
    clip = joined([tone(25.0), silence(0.5, RATE_HZ), tone(20.0)])
    chunks = await collected(engine.edit(EditRequest(Edit("emotion", "sad"), clip), JobControl()))
    assert len(script.edits) == 2
    assert joined(chunks).duration_s == pytest.approx(clip.duration_s)
    assert script.edits[0].audio.duration_s == pytest.approx(25.25, abs=0.3), "cut in the pause"


async def test_a_silent_stretch_of_a_long_recording_is_kept_by_edits_and_dropped_by_vad(engine):
    clip = joined([tone(20.0), silence(40.0, RATE_HZ)])
    kept = joined(await collected(engine.edit(EditRequest(Edit("style", "warm"), clip), JobControl())))
    dropped = joined(await collected(engine.edit(EditRequest(Edit("vad"), clip), JobControl())))
    assert kept.duration_s == pytest.approx(60.0)
    assert dropped.duration_s < 35


async def test_pieces_of_speech_are_kept_at_one_loudness(engine, monkeypatch):
    levels = iter((0.3, 0.2, 0.4))

    def clone(_self, _job, _control):
        yield tone(1.0, level=next(levels))

    monkeypatch.setattr(type(engine._backend), "clone", clone)
    chunks = await cloned(engine, "The first one is this one. The second one is this one. The third one is here.")
    loudness = [loudness_lufs(chunk) for chunk in chunks]
    assert len(chunks) == 3
    assert max(loudness) - min(loudness) < 0.6


async def test_a_text_that_gives_no_sound_at_all_is_told_to_be_unspeakable(engine, monkeypatch):
    monkeypatch.setattr(type(engine._backend), "clone", lambda *_: iter(()))
    with pytest.raises(UnspeakableText):
        await cloned(engine, "One is here. Two is there too.")


async def test_pieces_start_and_end_without_a_click(engine):
    for chunk in await cloned(engine, "One is here. Two is there too. Three is nowhere at all."):
        assert abs(chunk.samples[0]) < 0.01
        assert abs(chunk.samples[-1]) < 0.01


async def test_a_missing_transcript_is_heard_where_the_backend_needs_it(engine, script):
    request = EditRequest(Edit("paralinguistic", "Sigh"), tone(1.0))
    await collected(engine.edit(request, JobControl()))
    assert script.edits[0].transcript == "Hello there. 你好 --> world"
    await collected(engine.edit(replace(request, transcript="Given."), JobControl()))
    assert script.edits[1].transcript == "Given."
    await collected(engine.edit(EditRequest(Edit("emotion", "sad"), tone(1.0)), JobControl()))
    assert script.edits[2].transcript is None


async def test_the_same_seed_gives_the_same_jobs_and_none_draws_one(engine, script):
    for seed in (11, 11, None):
        await cloned(engine, "One.", seed=seed)
    assert script.clones[0].seed == script.clones[1].seed != script.clones[2].seed


@pytest.mark.parametrize(
    ("request_", "error", "param"),
    [
        (CloneRequest("  ", ANN), EmptyText, "input"),
        (CloneRequest("x" * 4097, ANN), TextTooLong, "input"),
        (CloneRequest("Привет", ANN), UnspeakableText, "input"),
        (CloneRequest("Hi", Reference(voice="bob")), UnknownVoice, "voice"),
        (CloneRequest("Hi", Reference()), InvalidRequest, "voice"),
        (CloneRequest("Hi", Reference("ann", tone(1.0))), InvalidRequest, "voice"),
        (CloneRequest("Hi", ANN, intensity=3.1), OutOfRange, "intensity"),
        (CloneRequest("Hi", ANN, speed=0.2), OutOfRange, "speed"),
        (CloneRequest("Hi", ANN, speed=float("nan")), OutOfRange, "speed"),
        (CloneRequest("Hi", Reference(audio=silence(2, 8000))), SilentAudio, "prompt_audio"),
        (CloneRequest("Hi", Reference(audio=tone(0.05))), AudioTooShort, "prompt_audio"),
        (CloneRequest("Hi", Reference(audio=tone(61, 8000))), AudioTooLong, "prompt_audio"),
    ],
)
async def test_a_clone_that_cannot_succeed_is_refused_before_any_work(engine, script, request_, error, param):
    with pytest.raises(error) as refusal:
        await collected(engine.clone(request_, JobControl()))
    assert refusal.value.param == param
    assert not script.begun.is_set()


@pytest.mark.parametrize(
    ("request_", "error", "param"),
    [
        (EditRequest(Edit("emotion", "sad"), silence(1, 8000)), SilentAudio, "input_audio"),
        (EditRequest(Edit("emotion", "sad"), tone(1.0), speed=5), OutOfRange, "speed"),
        (EditRequest(Edit("paralinguistic"), tone(1.0), text="No tag."), InvalidRequest, "input"),
    ],
)
async def test_an_edit_that_cannot_succeed_is_refused_before_any_work(engine, script, request_, error, param):
    with pytest.raises(error) as refusal:
        await collected(engine.edit(request_, JobControl()))
    assert refusal.value.param == param
    assert not script.begun.is_set()


async def test_progress_grows_from_zero_to_one(engine):
    seen: list[Progress] = []
    request = CloneRequest("One is here. Two is there too. Three is nowhere at all.", ANN)
    await collected(engine.clone(request, JobControl(on_progress=seen.append)))
    shares = [p.share for p in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


async def test_a_saved_voice_gets_its_transcript_and_language_by_listening(engine, script):
    info = await engine.create_voice("Bea", tone(2.0), JobControl())
    assert (info.transcript, info.locale) == ("Hello there. 你好 --> world", "en")
    await cloned(engine, "Hi.", reference=Reference(voice="bea"))
    assert script.clones[0].voice.transcript == info.transcript


async def test_a_clip_too_short_to_hold_a_word_is_not_transcribed(engine):
    with pytest.raises(AudioTooShort):
        await collected(engine.transcribe(TranscribeRequest(silence(0.01, 8000)), JobControl()))


async def test_after_stopping_jobs_are_refused(engine):
    await engine.stop()
    with pytest.raises(NotReady, match="shutting down"):
        await cloned(engine, "Hi.")


async def test_each_job_is_logged_in_one_line_without_the_users_text(engine, caplog):
    with caplog.at_level(logging.INFO, logger="app.engine.engine"):
        await cloned(engine, "A secret.")
    (line,) = [r.getMessage() for r in caplog.records if r.getMessage().startswith("job ")]
    assert "task=clone" in line
    assert "outcome=done" in line
    assert "secret" not in line


async def test_looking_through_a_long_clip_does_not_hold_up_the_event_loop(engine, monkeypatch):
    entered, may_go_on = threading.Event(), threading.Event()

    def slowly(_audio, _param):
        entered.set()
        assert may_go_on.wait(5), "nothing else ran meanwhile"

    monkeypatch.setattr("app.engine.engine.require_sound", slowly)
    job = asyncio.create_task(collected(engine.edit(EditRequest(Edit("denoise"), tone(1.0)), JobControl())))
    await asyncio.to_thread(entered.wait)
    may_go_on.set()
    assert await job


async def test_a_backend_that_does_not_load_is_told_without_its_files(script, tmp_path):
    presets = tmp_path / "presets"
    presets.mkdir()
    (presets / "voices.json").write_text('{"voices": [], "aliases": {}}')
    made = scripted_engine(script, tmp_path, presets)

    def broken() -> None:
        raise RuntimeError("Load model from /srv/models/kokoro.onnx failed")

    made._backend.load = broken  # type: ignore[method-assign]
    await made.start()
    await made._loading
    assert not made.status().is_ready
    assert "/srv" not in made.status().reason
    await made.stop()
