"""Transcription: what may be asked, and what Whisper base hears."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.errors import (
    Cancelled,
    DeadlineExceeded,
    InvalidRequest,
    NobodySpeaks,
    OutOfRange,
    PartMissing,
    UnknownModel,
)
from app.engine.facts.warnings import CantoneseUnknown
from app.engine.hearing.faster_whisper import FasterWhisper
from app.engine.hearing.languages import LANGUAGES, language_code, language_name
from app.engine.hearing.transcriber import OPENAI_MODELS, max_tokens
from app.engine.hearing.transcribers import Transcribers, loud_enough
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.requests import Segment, TranscribeRequest
from app.engine.sound.audio import Audio, frame_levels_db, joined, silence
from app.settings import PROJECT
from tests.listening import pinyin_error, word_error
from tests.wording import refused

LoadClip = Callable[[str], Audio]
HALF_SECOND = Audio(np.zeros(8000, np.float32), 16000)


def _transcribers(parts: Path, whisper: Path) -> Transcribers:
    return Transcribers(Parts(parts, offline=True), whisper, default="base", offline=True, threads=2)


@pytest.fixture(scope="module")
def transcribers() -> Transcribers:
    return _transcribers(PROJECT / "models" / "embedded", PROJECT / "models" / "whisper")


@pytest.fixture(scope="module")
def transcripts(transcribers: Transcribers, load_clip: LoadClip) -> dict[str, list[Segment]]:
    """The five clips, each heard once."""
    names = ("ref_en_female", "ref_en_male", "ref_en_gb_male", "ref_zh_female", "ref_zh_male")
    return {name: _heard(transcribers, TranscribeRequest(load_clip(name))) for name in names}


def _heard(transcribers: Transcribers, request: TranscribeRequest) -> list[Segment]:
    return list(transcribers.transcribe(request, JobControl()))


def _text(segments: list[Segment]) -> str:
    return "".join(segment.text for segment in segments).strip()


# ---- what may be asked -------------------------------------------------------------------------------------------


def test_every_official_model_and_every_checkpoint_on_disk_is_known(tmp_path: Path) -> None:
    (tmp_path / "my-accent.pt").touch()
    known = _transcribers(tmp_path, tmp_path).known_models()
    assert known[0] == "base"
    assert {"base", *OPENAI_MODELS, "my-accent"} == set(known)


@pytest.mark.slow
def test_the_list_of_official_models_is_the_packages_own() -> None:
    import whisper

    assert {*OPENAI_MODELS, "base"} == set(whisper.available_models())


def test_the_languages_are_those_of_whisper() -> None:
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    assert set(LANGUAGES) == set(_LANGUAGE_CODES)
    assert (language_name("zh"), language_name("en")) == ("chinese", "english")


@pytest.mark.parametrize(
    ("given", "code"),
    [("en", "en"), ("ZH", "zh"), ("zh-CN", "zh"), ("pt_BR", "pt"), ("Mandarin", "zh"), ("Welsh", "cy")],
)
def test_codes_locales_and_names_of_languages_are_understood(given: str, code: str) -> None:
    assert language_code(given) == code


@pytest.mark.parametrize(
    ("fields", "error", "param"),
    [
        ({"model": "enormous"}, UnknownModel, "model"),
        ({"language": "klingon"}, InvalidRequest, "language"),
        ({"temperature": 1.5}, OutOfRange, "temperature"),
        ({"temperature": -0.1}, OutOfRange, "temperature"),
    ],
)
def test_an_impossible_request_names_its_field(
    transcribers: Transcribers, fields: dict[str, Any], error: type[InvalidRequest], param: str
) -> None:
    with pytest.raises(error) as caught:
        transcribers.check(TranscribeRequest(HALF_SECOND, **fields))
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("model", "language", "is_heard"),
    [
        ("base", "yue", True),
        (None, "cantonese", True),
        ("large-v3", "yue", True),
        ("tiny.en", "zh", False),
        ("tiny.en", "en-US", True),
        ("base", "zh", True),
    ],
)
def test_a_language_that_a_model_cannot_write_is_refused(
    transcribers: Transcribers, model: str | None, language: str, is_heard: bool
) -> None:
    request = TranscribeRequest(HALF_SECOND, language, model=model)
    if is_heard:
        transcribers.check(request)
        return
    with pytest.raises(InvalidRequest) as refusal:
        transcribers.check(request)
    assert refusal.value.param == "language"


def test_a_missing_part_is_named(tmp_path: Path, load_clip: LoadClip) -> None:
    with refused(PartMissing, match="whisper-base"):
        _heard(_transcribers(tmp_path, tmp_path), TranscribeRequest(load_clip("ref_en_male")))


def test_a_decoding_may_not_be_longer_than_speech_can_be() -> None:
    assert max_tokens(1.0) < 40
    assert max_tokens(5.0) < max_tokens(10.0)
    assert max_tokens(30.0) <= 224  # half of Whisper's context


@pytest.mark.parametrize("kind", ["silence", "noise"])
def test_a_clip_in_which_nobody_speaks_has_no_transcript(transcribers: Transcribers, kind: str) -> None:
    hiss = 0.1 * np.random.default_rng(0).standard_normal(3 * 16000).astype(np.float32)
    clip = silence(3.0, 16000) if kind == "silence" else Audio(hiss, 16000)
    assert _heard(transcribers, TranscribeRequest(clip)) == []


@pytest.mark.parametrize(("level_db", "is_raised"), [(-90, False), (-65, True), (-50, True), (-20, False)])
def test_faint_sound_is_made_as_loud_as_speech_mostly_is(level_db: float, is_raised: bool) -> None:
    tone = np.sqrt(2) * 10 ** (level_db / 20) * np.sin(np.arange(16000) / 5)
    faint = Audio(tone.astype(np.float32), 16000)
    assert frame_levels_db(loud_enough(faint)).max() == pytest.approx(-15 if is_raised else level_db, abs=1)


@pytest.mark.parametrize(
    ("control", "error"), [(JobControl(), Cancelled), (JobControl(deadline_s=0), DeadlineExceeded)]
)
def test_a_stopped_job_hears_nothing(
    transcribers: Transcribers, load_clip: LoadClip, control: JobControl, error: type[Exception]
) -> None:
    if error is Cancelled:
        control.cancel()
    with pytest.raises(error):
        next(transcribers.transcribe(TranscribeRequest(load_clip("ref_en_male")), control))


# ---- what is heard -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_clips_are_written_down_as_they_were_read(
    transcripts: dict[str, list[Segment]], clip_facts: dict[str, dict[str, Any]]
) -> None:
    for name, segments in transcripts.items():
        error = pinyin_error if clip_facts[name]["language"] == "zh" else word_error
        assert error(clip_facts[name]["text"], _text(segments)) <= 0.1, name
        assert {segment.language for segment in segments} == {clip_facts[name]["language"]}
        assert _text(segments)[-1] in ".。"


@pytest.mark.slow
def test_mandarin_is_written_in_the_simplified_script(transcripts: dict[str, list[Segment]]) -> None:
    heard = _text(transcripts["ref_zh_female"])
    assert "图书馆" in heard
    assert "".join(word.text for segment in transcripts["ref_zh_female"] for word in segment.words) == heard


@pytest.mark.slow
def test_word_times_run_forward_inside_the_clip(
    transcripts: dict[str, list[Segment]], clip_facts: dict[str, dict[str, Any]]
) -> None:
    for name, segments in transcripts.items():
        edges_s = [time_s for s in segments for word in s.words for time_s in (word.start_s, word.end_s)]
        assert edges_s == sorted(edges_s)
        assert edges_s[0] >= 0
        assert edges_s[-1] <= clip_facts[name]["seconds"] + 0.01
        assert edges_s[-1] - edges_s[0] > 0.6 * clip_facts[name]["seconds"]


@pytest.mark.slow
def test_language_and_prompt_reach_whisper(transcribers: Transcribers, load_clip: LoadClip) -> None:
    clip = load_clip("ref_zh_female")
    as_english = _heard(transcribers, TranscribeRequest(clip, language="English"))
    assert as_english[0].language == "en"
    assert "library" in _text(as_english).lower()
    traditional = _heard(transcribers, TranscribeRequest(clip, prompt="以下是繁體中文的句子，請寫繁體字。"))
    assert "圖書館" in _text(traditional)
    assert "圖書館" in _text(_heard(transcribers, TranscribeRequest(clip, language="zh-TW")))
    control = JobControl()
    assert "圖書館" in _text(list(transcribers.transcribe(TranscribeRequest(clip, language="yue"), control)))
    assert [type(warning) for warning in control.warnings] == [CantoneseUnknown]


@pytest.mark.slow
def test_temperature_reaches_whisper(transcribers: Transcribers, load_clip: LoadClip) -> None:
    (segment, *_) = _heard(transcribers, TranscribeRequest(load_clip("ref_en_male"), temperature=0.3))
    assert segment.temperature == pytest.approx(0.3)


@pytest.mark.slow
def test_a_long_clip_with_long_pauses_loses_no_sentence_and_keeps_one_clock(
    transcribers: Transcribers, load_clip: LoadClip, clip_facts: dict[str, dict[str, Any]]
) -> None:
    names = ["ref_en_male", "ref_en_gb_male", "ref_en_female"] * 2
    pause = silence(3.0, 24000)
    clip = joined([piece for name in names for piece in (load_clip(name), pause)])  # 47 s: several windows
    segments = _heard(transcribers, TranscribeRequest(clip))
    said = " ".join(clip_facts[name]["text"] for name in names)
    assert word_error(said, _text(segments)) <= 0.05
    assert [segment.id for segment in segments] == list(range(len(segments)))
    starts_s = [word.start_s for segment in segments for word in segment.words]
    assert starts_s == sorted(starts_s)
    last_sentence_s = clip.duration_s - pause.duration_s - clip_facts[names[-1]]["seconds"]
    first_of_last = next(w for s in segments for w in s.words if w.start_s > last_sentence_s - 0.5)
    assert first_of_last.text == "The"


@pytest.mark.slow
def test_without_the_voice_activity_part_everything_that_sounds_is_heard(
    tmp_path: Path, load_clip: LoadClip, clip_facts: dict[str, dict[str, Any]]
) -> None:
    (tmp_path / "whisper-base").symlink_to(PROJECT / "models" / "embedded" / "whisper-base")
    transcribers = _transcribers(tmp_path, tmp_path)
    heard = _heard(transcribers, TranscribeRequest(load_clip("ref_en_male")))
    assert word_error(clip_facts["ref_en_male"]["text"], _text(heard)) <= 0.1
    assert _heard(transcribers, TranscribeRequest(silence(2.0, 16000))) == []


@pytest.mark.slow
def test_a_job_stopped_between_segments_hears_no_more(transcribers: Transcribers, load_clip: LoadClip) -> None:
    clip = load_clip("ref_en_male")
    control = JobControl()
    far_apart = joined([clip, silence(30.0, clip.sample_rate), clip])
    segments = transcribers.transcribe(TranscribeRequest(far_apart), control)
    next(segments)
    control.cancel()
    with pytest.raises(Cancelled):
        next(segments)


def test_a_voice_is_wanted_of_somebody_who_speaks(transcribers: Transcribers, load_clip: LoadClip):
    random = np.random.default_rng(1)
    times_s = np.arange(32000) / 16000
    hum = 0.1 * np.sin(2 * np.pi * 50 * times_s) + 0.05 * np.sin(2 * np.pi * 100 * times_s)
    for sound in (random.normal(0, 0.02, 32000), hum):
        with pytest.raises(NobodySpeaks) as refusal:
            transcribers.examine_reference(Audio(sound.astype(np.float32), 16000), JobControl(), "prompt_audio")
        assert (refusal.value.param, refusal.value.code) == ("prompt_audio", "no_speech")
    transcribers.examine_reference(load_clip("ref_en_female"), JobControl(), "prompt_audio")
    transcribers.examine_reference(HALF_SECOND, JobControl(), "prompt_audio")  # its length is refused elsewhere


@pytest.mark.slow
def test_a_translation_is_english_and_its_transcript_stays_chinese(transcribers: Transcribers, load_clip: LoadClip):
    clip = load_clip("ref_zh_female")
    english, chinese = (
        "".join(s.text for s in transcribers.transcribe(TranscribeRequest(clip, translates=wanted), JobControl()))
        for wanted in (True, False)
    )
    assert "library" in english.lower()
    assert english.isascii()
    assert "图书馆" in chinese


# ---- more than one language --------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "pause_s"),
    [
        (("ref_en_female", "ref_zh_female"), 0.3),
        (("ref_zh_male", "ref_en_gb_male"), 0.3),
        (("ref_en_male", "ref_zh_male", "ref_en_female"), 1.0),
        (("ref_zh_male", "ref_en_male", "ref_zh_female"), 0.6),
        (("ref_en_male", "ref_en_female", "ref_en_gb_male", "ref_zh_male", "ref_zh_female"), 0.5),  # two windows
    ],
)
def test_each_stretch_of_speech_is_written_in_its_own_language(
    transcribers: Transcribers,
    load_clip: LoadClip,
    clip_facts: dict[str, dict[str, Any]],
    names: tuple[str, ...],
    pause_s: float,
):
    pause = silence(pause_s, 24000)
    segments = _heard(transcribers, TranscribeRequest(joined([p for name in names for p in (load_clip(name), pause)])))
    for language, error in (("en", word_error), ("zh", pinyin_error)):
        said = " ".join(clip_facts[name]["text"] for name in names if clip_facts[name]["language"] == language)
        assert error(said, _text([s for s in segments if s.language == language])) <= 0.1
    starts_s = [word.start_s for segment in segments for word in segment.words]
    assert starts_s == sorted(starts_s)
    ends_s = np.cumsum([clip_facts[name]["seconds"] + pause_s for name in names])
    for segment in segments:
        place = int(np.searchsorted(ends_s, (segment.start_s + segment.end_s) / 2))
        assert segment.language == clip_facts[names[place]]["language"]


@pytest.mark.slow
def test_a_clip_in_one_language_is_looked_at_for_little(
    transcribers: Transcribers, load_clip: LoadClip, monkeypatch: pytest.MonkeyPatch
):
    """A tenth of the CPU time of all of it at most; measured are 7 %."""
    spent_s = 0.0
    looked = FasterWhisper.language_probs

    def measured(whisper: FasterWhisper, sound: Audio, control: JobControl) -> Mapping[str, float]:
        nonlocal spent_s
        began_s = time.process_time()
        probs = looked(whisper, sound, control)
        spent_s += time.process_time() - began_s
        return probs

    monkeypatch.setattr(FasterWhisper, "language_probs", measured)
    clip = joined([load_clip(name) for name in ("ref_en_male", "ref_en_gb_male", "ref_en_female")])
    began_s = time.process_time()
    segments = _heard(transcribers, TranscribeRequest(clip))
    assert {segment.language for segment in segments} == {"en"}
    assert 0 < spent_s < 0.15 * (time.process_time() - began_s)


@pytest.mark.slow
def test_what_a_caller_names_is_the_language_of_all(transcribers: Transcribers, load_clip: LoadClip):
    clip = joined([load_clip("ref_en_female"), silence(0.5, 24000), load_clip("ref_zh_female")])
    assert {s.language for s in _heard(transcribers, TranscribeRequest(clip, language="zh"))} == {"zh"}
