"""The engine prepares jobs for any backend and puts their pieces together; checked over the scripted backend."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.engine.content.words import TimedWord
from app.engine.edits import Edit
from app.engine.engine import EditXEngine
from app.engine.errors import (
    AudioTooLong,
    AudioTooShort,
    ConsentMissing,
    EmptyText,
    InvalidRequest,
    NotReady,
    OutOfRange,
    PartMissing,
    PausesTooLong,
    PhonemesUnread,
    SilentAudio,
    SilentResult,
    TextTooLong,
    TooManySounds,
    UnknownVoice,
    UnspeakableText,
)
from app.engine.facts.reasons import LoadFailed, SeeLog
from app.engine.facts.warnings import (
    ConsentUnknown,
    NearMiss,
    NoSuchSound,
    PartLeftSilent,
    SignsUnspoken,
    WordsLeftOut,
    WordsUnknown,
)
from app.engine.job import JobControl, Progress
from app.engine.library.voices import PRESETS
from app.engine.pronunciations import checked_lexicon
from app.engine.requests import CloneRequest, EditRequest, Reference, TranscribeRequest
from app.engine.script import Script, Sound, parse_script
from app.engine.sound.audio import Audio, joined, loudness_lufs, silence
from app.engine.steps import NothingYet
from tests.fakes import RATE_HZ, TONE_S, ScriptedBackend, scripted_engine, segment, tone
from tests.fakes import Script as Cues
from tests.waiting import until
from tests.wording import refused

ANN = Reference(voice="ann")


@pytest.fixture
def cues() -> Cues:
    return Cues()


@pytest.fixture
async def engine(cues: Cues, tmp_path: Path) -> AsyncIterator[EditXEngine]:
    presets = tmp_path / "presets"
    presets.mkdir()
    row = {"id": "ann", "name": "Ann", "locale": "en", "gender": "female", "description": "", "transcript": "Hello."}
    table = {"voices": [{**row, "created_at": 0}], "aliases": {"alloy": "ann"}, "kokoro": {}}
    (presets / "voices.json").write_text(json.dumps(table))
    soundfile.write(presets / "ann.flac", tone(2.0).samples, RATE_HZ)
    made = scripted_engine(cues, tmp_path, presets)
    await made.start()
    while not made.status().is_ready:
        await asyncio.sleep(0)
    yield made
    await made.stop()


async def collected(chunks: AsyncIterator[Audio]) -> list[Audio]:
    return [chunk async for chunk in chunks]


async def cloned(engine: EditXEngine, text: str, **options) -> list[Audio]:
    request = CloneRequest(parse_script(text), options.pop("reference", ANN), **options)
    return await collected(engine.clone(request, JobControl()))


async def test_long_text_is_spoken_piece_by_piece_in_its_order(engine, cues):
    chunks = await cloned(engine, "One is here. Two is there too. Three is nowhere at all.")
    assert len(chunks) == len(cues.clones) > 1
    assert " ".join(job.script.text for job in cues.clones) == "One is here. Two is there too. Three is nowhere at all."
    assert all(job.voice.id == "ann" for job in cues.clones)


async def test_speed_changes_the_length_of_what_is_spoken(engine):
    (chunk,) = await cloned(engine, "One.", speed=2.0)
    assert chunk.duration_s == pytest.approx(TONE_S / 2, rel=0.02)


async def test_edits_of_a_clone_follow_the_speech_in_their_order(engine, cues):
    edits = (Edit("emotion", "happy", 1.5), Edit("speed", "faster"))
    await cloned(engine, "One.", edits=edits)
    assert [job.edit for job in cues.edits] == list(edits)
    assert cues.edits[0].transcript == "One."


async def test_sounds_of_a_clone_are_made_while_speaking(engine, cues):
    await cloned(engine, "One[Sigh].", edits=(Edit("paralinguistic", "", 1.5, 2),))
    await cloned(engine, "One.", edits=(Edit("paralinguistic", "laugh"),))
    assert [job.script for job in cues.clones] == [
        Script("One.", (Sound("sigh", 3, intensity=1.5, iterations=2),)),
        Script("One.", (Sound("laugh", 4),)),
    ]
    assert cues.edits == []


async def test_each_of_several_sound_edits_brings_its_sound_as_strong_as_it_says(engine, cues):
    edits = (Edit("paralinguistic", "sigh", 0.5), Edit("emotion", "sad"), Edit("paralinguistic", "laugh", 2.0, 3))
    await cloned(engine, "One.", edits=edits)
    assert cues.clones[0].script.sounds == (Sound("sigh", 4, 0.5, 1), Sound("laugh", 4, 2.0, 3))
    assert [job.edit.task for job in cues.edits] == ["emotion"]


async def test_an_edit_after_the_speech_has_its_words_without_tags(engine, cues):
    await cloned(engine, "One[Sigh] two.", edits=(Edit("emotion", "sad"),))
    assert cues.edits[0].transcript == "One two."


async def test_each_piece_of_a_long_text_has_its_own_sounds(engine, cues):
    await cloned(engine, "One is here.[Sigh] Two is there too. Three is [Uhm]nowhere at all.")
    assert [[sound.tag for sound in job.script.sounds] for job in cues.clones] == [["sigh"], [], ["uhm"]]


async def test_a_near_miss_of_a_tag_is_spoken_and_warned_of(engine, cues):
    control = JobControl()
    await collected(engine.clone(CloneRequest(parse_script("Ha [laughs] [later]."), ANN), control))
    assert cues.clones[0].script.text == "Ha laughs [later]."
    assert control.warnings == [NearMiss("input", "laughs", "laugh"), NoSuchSound("input", "later")]


async def test_iterations_are_the_backends_in_one_call(engine, cues):
    request = EditRequest(Edit("emotion", "sad", 1.0, 3), tone(1.0))
    await collected(engine.edit(request, JobControl()))
    assert [job.edit.iterations for job in cues.edits] == [3]


async def test_pieces_that_stream_keep_the_level_of_the_first(engine, monkeypatch):
    """By at most 3 dB, chunk by chunk as they come, and without a step inside of a chunk or between two."""
    levels = iter((0.3, 0.15))
    monkeypatch.setattr(type(engine._backend), "streams_pieces", True)
    monkeypatch.setattr(type(engine._backend), "clone", lambda *_: split_in_chunks(tone(2.0, level=next(levels))))
    chunks = await cloned(engine, "One is here and there. Two is there too, or not.")
    first, second = joined(chunks[:4]), joined(chunks[4:])
    assert [chunk.duration_s for chunk in chunks] == [0.5] * 8
    assert loudness_lufs(first) - loudness_lufs(second) == pytest.approx(3.0, abs=0.1)
    assert np.abs(np.diff(second.samples)).max() < np.abs(np.diff(first.samples)).max()


async def test_one_piece_that_streams_is_left_as_it_is(engine, monkeypatch):
    monkeypatch.setattr(type(engine._backend), "streams_pieces", True)
    monkeypatch.setattr(type(engine._backend), "clone", lambda *_: split_in_chunks(tone(2.0, level=0.2)))
    assert np.array_equal(joined(await cloned(engine, "One is here.")).samples, tone(2.0, level=0.2).samples)


@pytest.mark.parametrize("streams", [True, False])
async def test_pauses_between_steps_are_no_sound(engine, monkeypatch, streams):
    backend = type(engine._backend)
    monkeypatch.setattr(backend, "streams_pieces", streams)
    speak, edit = backend.clone, backend.edit

    async def made() -> list[list[Audio]]:
        edited = engine.edit(EditRequest(Edit("emotion", "sad"), tone(1.0)), JobControl())
        return [await cloned(engine, "One is here and there. Two is there too."), await collected(edited)]

    without = await made()
    monkeypatch.setattr(backend, "clone", lambda *args: with_pauses(speak(*args)))
    monkeypatch.setattr(backend, "edit", lambda *args: with_pauses(edit(*args)))
    for plain, paused in zip(without, await made(), strict=True):
        assert not any(isinstance(chunk, NothingYet) for chunk in paused)
        assert [len(chunk.samples) for chunk in paused] == [len(chunk.samples) for chunk in plain]
        assert np.array_equal(joined(paused).samples, joined(plain).samples)


def with_pauses(chunks: Iterator[Audio]) -> Iterator[Audio]:
    for chunk in chunks:
        yield NothingYet(np.zeros(0, np.float32), 1)
        yield chunk
    yield NothingYet(np.zeros(0, np.float32), 1)


def split_in_chunks(audio: Audio) -> Iterator[Audio]:
    return (audio.slice_s(start, start + 0.5) for start in np.arange(0.0, audio.duration_s, 0.5))


async def test_a_silent_result_before_a_further_edit_is_not_blamed_on_the_callers_clip(engine, monkeypatch):
    monkeypatch.setattr(type(engine._backend), "clone", lambda *_: iter([silence(1.0, RATE_HZ)]))
    with pytest.raises(SilentResult):
        await cloned(engine, "One.", edits=(Edit("emotion", "sad"),))


def clip_in_two_pieces() -> Audio:
    return joined([tone(25.0), silence(0.5, RATE_HZ), tone(20.0)])


async def test_each_piece_of_a_long_recording_has_its_own_words_and_sounds(engine, cues, monkeypatch):
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    starts_s = [0.5, 5, 10, 15, 20, 25.5, 30, 35, 40]
    timed = tuple(TimedWord(f" {word}", at_s, at_s + 4, 0.9) for word, at_s in zip(words, starts_s, strict=True))
    heard = replace(segment(0, 0.0, 45.0, " ".join(words)), words=timed)
    monkeypatch.setattr(type(engine._transcribers), "transcribe", lambda *_: iter([heard]))
    text = parse_script("One two[Sigh] three, four five. Six seven [Laughter]eight nine.")
    request = EditRequest(Edit("paralinguistic", "", 1.5), clip_in_two_pieces(), None, text)
    await collected(engine.edit(request, JobControl()))
    assert [job.script for job in cues.edits] == [
        Script("One two three, four five.", (Sound("sigh", 7, 1.5),)),
        Script("Six seven eight nine.", (Sound("laugh", 10, 1.5),)),
    ]
    assert [job.transcript for job in cues.edits] == ["one two three four five", "six seven eight nine"]


async def test_a_piece_without_sounds_to_add_is_left_as_it_is(engine, cues, monkeypatch):
    monkeypatch.setattr(type(engine._transcribers), "transcribe", lambda *_: iter([]))
    clip = clip_in_two_pieces()
    request = EditRequest(Edit("paralinguistic", "sigh"), clip, "One two three four. Five six seven.")
    chunks = await collected(engine.edit(request, JobControl()))
    assert [job.script.sounds for job in cues.edits] == [(Sound("sigh", 15),)]
    assert joined(chunks).duration_s == pytest.approx(clip.duration_s)


async def test_a_given_transcript_is_shared_among_the_pieces_of_a_long_recording(engine, cues):
    request = EditRequest(Edit("emotion", "sad"), clip_in_two_pieces(), "One two three four. Five six seven.")
    await collected(engine.edit(request, JobControl()))
    assert [job.transcript for job in cues.edits] == ["One two three four.", "Five six seven."]


async def test_a_piece_whose_result_is_silent_is_kept_with_a_warning(engine, monkeypatch):
    def silent_result(*_):
        raise SilentResult

    monkeypatch.setattr(type(engine._backend), "edit", silent_result)
    control, clip = JobControl(), clip_in_two_pieces()
    chunks = await collected(engine.edit(EditRequest(Edit("emotion", "sad"), clip), control))
    assert joined(chunks).duration_s == pytest.approx(clip.duration_s)
    assert PartLeftSilent() in control.warnings
    with pytest.raises(SilentResult):
        await collected(engine.edit(EditRequest(Edit("emotion", "sad"), tone(1.0)), JobControl()))


async def test_without_whisper_an_edit_goes_on_with_a_warning(engine, cues, monkeypatch):
    def missing(*_):
        raise PartMissing("Whisper is missing.")

    monkeypatch.setattr(type(engine._transcribers), "transcribe", missing)
    control = JobControl()
    await collected(engine.edit(EditRequest(Edit("paralinguistic", "sigh"), tone(1.0)), control))
    assert cues.edits[0].transcript == ""
    assert WordsUnknown() in control.warnings


async def test_a_long_recording_is_edited_in_pieces_and_comes_back_whole(engine, cues):
    clip = joined([tone(25.0), silence(0.5, RATE_HZ), tone(20.0)])
    chunks = await collected(engine.edit(EditRequest(Edit("emotion", "sad"), clip), JobControl()))
    assert len(cues.edits) == 2
    assert joined(chunks).duration_s == pytest.approx(clip.duration_s)
    assert cues.edits[0].audio.duration_s == pytest.approx(25.25, abs=0.3), "cut in the pause"


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


async def test_a_missing_transcript_is_heard_where_the_backend_needs_it(engine, cues):
    request = EditRequest(Edit("paralinguistic", "sigh"), tone(1.0))
    await collected(engine.edit(request, JobControl()))
    assert cues.edits[0].transcript == "Hello there. 你好 --> world"
    await collected(engine.edit(replace(request, transcript="Given."), JobControl()))
    assert cues.edits[1].transcript == "Given."
    await collected(engine.edit(EditRequest(Edit("emotion", "sad"), tone(1.0)), JobControl()))
    assert cues.edits[2].transcript is None


async def test_the_same_seed_gives_the_same_jobs_and_none_draws_one(engine, cues):
    for seed in (11, 11, None):
        await cloned(engine, "One.", seed=seed)
    assert cues.clones[0].seed == cues.clones[1].seed != cues.clones[2].seed


async def test_a_text_of_signs_is_a_short_silence_with_a_warning(engine, cues):
    control = JobControl()
    chunks = await collected(engine.clone(CloneRequest(parse_script("..."), ANN), control))
    assert 0.1 < joined(chunks).duration_s < 1
    assert not joined(chunks).samples.any()
    assert control.warnings == [SignsUnspoken()]
    assert not cues.clones


async def test_pieces_of_signs_alone_are_left_out_and_their_sounds_stay(engine, cues):
    await cloned(engine, "One is here. " + "*" * 60 + " Two is there.")
    assert " ".join(job.script.text.strip("* ") for job in cues.clones) == "One is here. Two is there."
    assert all(any(map(str.isalnum, job.script.text)) for job in cues.clones)
    await cloned(engine, "... [Laughter]")
    assert [(s.tag, s.position) for s in cues.clones[-1].script.sounds] == [("laugh", 0)]
    assert cues.clones[-1].script.text == ""


async def test_words_that_are_passed_over_are_told_of(engine):
    control = JobControl()
    await collected(engine.clone(CloneRequest(parse_script("He said καλημέρα to me."), ANN), control))
    assert control.warnings == [WordsLeftOut("input", ("καλημέρα",))]


async def test_every_piece_is_spoken_with_the_pronunciations_of_request_and_service(engine, cues, monkeypatch):
    monkeypatch.setattr(engine, "_lexicon", checked_lexicon({"a": "x", "b": "y"}, "--lexicon"))
    own = checked_lexicon({"b": "z"}, "step_audio.pronunciations")
    script = Script("One sentence is here. Another one follows it.", lexicon=own)
    await collected(engine.clone(CloneRequest(script, ANN), JobControl()))
    told = [{entry.word: entry.said for entry in job.script.lexicon.entries} for job in cues.clones]
    assert told == [{"a": "x", "b": "z"}] * 2


async def test_phonemes_are_refused_where_letters_are_read(engine, monkeypatch):
    monkeypatch.setattr(ScriptedBackend, "reads_phonemes", False)
    script = Script("Hi", lexicon=checked_lexicon({"GIF": "/dʒˈɪf/"}, "step_audio.pronunciations"))
    for answer in (engine.read(script, "input"), collected(engine.clone(CloneRequest(script, ANN), JobControl()))):
        with pytest.raises(PhonemesUnread) as refusal:
            await answer
        assert (refusal.value.word, refusal.value.param) == ("GIF", "step_audio.pronunciations")


@pytest.mark.parametrize(
    ("request_", "error", "param"),
    [
        (CloneRequest(parse_script("  "), ANN), EmptyText, "input"),
        (CloneRequest(parse_script("x" * 4097), ANN), TextTooLong, "input"),
        (CloneRequest(parse_script("Hi [pause 40s] you [pause 21s]"), ANN), PausesTooLong, "input"),
        (CloneRequest(parse_script("Hi" + 41 * "[laugh]"), ANN), TooManySounds, "input"),
        (CloneRequest(parse_script("Привет"), ANN), UnspeakableText, "input"),
        (CloneRequest(parse_script("Hi"), Reference(voice="bob")), UnknownVoice, "voice"),
        (CloneRequest(parse_script("Hi"), Reference("ann", tone(1.0))), InvalidRequest, "voice"),
        (CloneRequest(parse_script("Hi"), ANN, intensity=3.1), OutOfRange, "intensity"),
        (CloneRequest(parse_script("Hi"), ANN, speed=0.2), OutOfRange, "speed"),
        (CloneRequest(parse_script("Hi"), ANN, speed=float("nan")), OutOfRange, "speed"),
        (CloneRequest(parse_script("Hi"), Reference(audio=silence(2, 8000))), SilentAudio, "prompt_audio"),
        (CloneRequest(parse_script("Hi"), Reference(audio=tone(0.05))), AudioTooShort, "prompt_audio"),
        (CloneRequest(parse_script("Hi"), Reference(audio=tone(61, 8000))), AudioTooLong, "prompt_audio"),
    ],
)
async def test_a_clone_that_cannot_succeed_is_refused_before_any_work(engine, cues, request_, error, param):
    with pytest.raises(error) as refusal:
        await collected(engine.clone(request_, JobControl()))
    assert refusal.value.param == param
    assert not cues.begun.is_set()


@pytest.mark.parametrize(
    ("request_", "error", "param"),
    [
        (EditRequest(Edit("emotion", "sad"), silence(1, 8000)), SilentAudio, "input_audio"),
        (EditRequest(Edit("emotion", "sad"), tone(1.0), speed=5), OutOfRange, "speed"),
        (EditRequest(Edit("paralinguistic"), tone(1.0), script=parse_script("No tag.")), InvalidRequest, "input"),
        (EditRequest(Edit("paralinguistic"), tone(1.0), script=parse_script(41 * "[sigh]")), TooManySounds, "input"),
    ],
)
async def test_an_edit_that_cannot_succeed_is_refused_before_any_work(engine, cues, request_, error, param):
    with pytest.raises(error) as refusal:
        await collected(engine.edit(request_, JobControl()))
    assert refusal.value.param == param
    assert not cues.begun.is_set()


async def test_progress_grows_from_zero_to_one(engine):
    seen: list[Progress] = []
    request = CloneRequest(parse_script("One is here. Two is there too. Three is nowhere at all."), ANN)
    await collected(engine.clone(request, JobControl(on_progress=seen.append)))
    shares = [p.share for p in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


async def test_a_saved_voice_gets_its_transcript_and_language_by_listening(engine, cues):
    info = await engine.create_voice("Bea", tone(2.0), JobControl())
    assert (info.transcript, info.locale) == ("Hello there. 你好 --> world", "en")
    await cloned(engine, "Hi.", reference=Reference(voice="bea"))
    assert cues.clones[0].voice.transcript == info.transcript


async def test_a_clip_too_short_to_hold_a_word_is_not_transcribed(engine):
    with pytest.raises(AudioTooShort):
        await collected(engine.transcribe(TranscribeRequest(silence(0.01, 8000)), JobControl()))


async def test_after_stopping_jobs_are_refused(engine):
    await engine.stop()
    with refused(NotReady, match="shutting down"):
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

    monkeypatch.setattr("app.engine.admission.require_sound", slowly)
    job = asyncio.create_task(collected(engine.edit(EditRequest(Edit("denoise"), tone(1.0)), JobControl())))
    await asyncio.to_thread(entered.wait)
    may_go_on.set()
    assert await job


@pytest.mark.parametrize("may", [True, False])
async def test_a_backend_that_may_loads_before_the_engine_starts_and_once(
    cues: Cues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may: bool
):
    made = scripted_engine(cues, tmp_path, PRESETS)
    loads: list[str] = []
    monkeypatch.setattr(made._backend, "load", lambda: loads.append(threading.current_thread().name))
    monkeypatch.setattr(type(made._backend), "loads_beside_doors", may)
    made.begin_to_load()
    if may:
        await until(lambda: bool(loads), "the load")
    assert bool(loads) is may
    await made.start()
    await until(lambda: made.status().is_ready, "the engine to be ready")
    assert loads == ["editx-loading"]
    await made.stop()


async def test_a_backend_that_does_not_load_is_told_without_its_files(cues, tmp_path):
    presets = tmp_path / "presets"
    presets.mkdir()
    (presets / "voices.json").write_text('{"voices": [], "aliases": {}, "kokoro": {}}')
    made = scripted_engine(cues, tmp_path, presets)

    def broken() -> None:
        raise RuntimeError("Load model from /srv/models/kokoro.onnx failed")

    made._backend.load = broken  # type: ignore[method-assign]
    await made.start()
    await made._loading
    assert not made.status().is_ready
    assert made.status().reason == LoadFailed(SeeLog())
    await made.stop()


async def test_a_pause_is_silence_of_its_length_between_the_words(engine: EditXEngine) -> None:
    spoken = joined(await collected(engine.clone(CloneRequest(parse_script("One. Two."), ANN), JobControl())))
    parted = await collected(engine.clone(CloneRequest(parse_script("One. [pause 0.5s] Two."), ANN), JobControl()))
    pauses = [chunk for chunk in parted if not np.any(chunk.samples)]
    assert [chunk.duration_s for chunk in pauses] == [0.5]
    assert joined(parted).duration_s >= spoken.duration_s + 0.5 - 1e-6


# ---- consents -------------------------------------------------------------------------------------------------------


async def test_where_a_consent_is_required_a_saved_voice_needs_one_that_is_still_there(cues: Cues, tmp_path: Path):
    engine = scripted_engine(cues, tmp_path, PRESETS, requires_consent=True)
    await engine.start()
    await until(lambda: engine.status().is_ready, "the engine")
    for consent in ("", "cons_1"):
        with pytest.raises(ConsentMissing) as refusal:
            await engine.create_voice("Bea", tone(2.0), JobControl(), consent=consent)
        assert refusal.value.param == "consent"
    consent = engine.consents.create("Bea agrees", "en", tone(1.0)).id
    await engine.create_voice("Bea", tone(2.0), JobControl(), consent=consent)
    await cloned(engine, "Hi.", reference=Reference(voice="bea"))
    await cloned(engine, "Hi.", reference=Reference(voice="alloy"))  # presets are nobody's
    engine.consents.delete(consent)
    with pytest.raises(ConsentMissing) as refusal:
        await cloned(engine, "Hi.", reference=Reference(voice="bea"))
    assert refusal.value.param == "voice"
    await engine.stop()


async def test_a_consent_that_does_not_exist_is_warned_of_and_not_kept(engine: EditXEngine):
    control = JobControl()
    info = await engine.create_voice("Bea", tone(2.0), control, consent="cons_1")
    assert control.warnings == [ConsentUnknown("cons_1")]
    assert info.consent == ""
    consent = engine.consents.create("Cleo agrees", "en", tone(1.0)).id
    assert (await engine.create_voice("Cleo", tone(2.0), JobControl(), consent=consent)).consent == consent
