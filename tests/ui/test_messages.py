"""Failures in plain words: every class of error in both languages, and nothing of our insides in any of them."""

from __future__ import annotations

import inspect
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

import app.ui
from app.api.schemas import SpeechRequest, StepAudio
from app.engine import errors
from app.engine.chinese import HAN_CHAR
from app.engine.edits import Edit, make_edit
from app.engine.embedded.text.speakable import check_speakable
from app.engine.engine import EditXEngine
from app.engine.errors import EngineError, Unavailable, UnspeakableText
from app.engine.facts.fact import Fact, Plain
from app.engine.job import JobControl
from app.engine.library.voices import PRESETS
from app.engine.requests import CloneRequest, EditRequest, Reference, TranscribeRequest
from app.engine.script import parse_script
from app.engine.sound.audio import Audio, silence
from app.engine.sound.decoding import DecodeLimits, decode
from app.studio.recipes import parse_recipe
from app.studio.takes import Take, TakeTree
from app.ui.messages import Mistake, say_fact, told
from app.ui.words import LANGUAGES, WORDS, tables
from app.wording.english import ENGLISH
from tests.fakes import Script, scripted_engine, tone
from tests.samples_of_facts import NOTES, RAISED, sample
from tests.ui.scripted import loaded

# What the page calls otherwise. Numbers have the same names on the page as in the API.
API_NAMES = (SpeechRequest.model_fields.keys() | StepAudio.model_fields.keys() | {"file", "audio_sample", "name"}) - {
    "intensity",
    "speed",
    "seed",
}


class Words(HTMLParser):
    """The key and the values of a span, and its English text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.key, self.text = "", ""
        self.values: dict[str, object] = {}
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "span"
        given = dict(attrs)
        self.key = given["data-word"] or ""
        self.values = json.loads(given.get("data-values") or "{}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def in_language(self, language: str) -> str:
        """What a browser shows in that language."""
        return tables()[language][self.key].format(**self.values)


def words_of(error: BaseException) -> Words:
    return Words(told(error))


FACTS = [*RAISED, *NOTES]
# What stands in Chinese sentences as it is: names of things and flags that people type.
NAMES = re.compile(
    r"abc|xyz|\./start_unified\.sh --full|"
    r"input|Whisper|CUDA|CPU|GPU|EditX|JSON|MB|Hz|Cookie|bitsandbytes|wav|mp3|flac|m4a|ogg|webm|en|zh"
    r"|--backend step-audio|--backend|--quantization|--device-map|steps|task|text|iterations"
    r"|SHA-256|python -m app.main prepare|base"
)


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.__name__)
def test_every_fact_has_words_in_both_languages(kind: type[Fact]):
    shown = Words(say_fact(sample(kind)))
    assert shown.in_language("en") == shown.text
    for language in LANGUAGES:
        said = shown.in_language(language)
        assert said.strip()
        assert not re.search(r"[{}]", said)


@pytest.mark.parametrize("kind", [kind for kind in FACTS if kind is not Plain], ids=lambda kind: kind.__name__)
def test_no_english_stands_in_the_chinese_of_a_fact_or_of_the_facts_in_it(kind: type[Fact]):
    said = Words(say_fact(sample(kind))).in_language("zh-CN")
    assert HAN_CHAR.search(said)
    assert not re.search("[A-Za-z]{2,}", NAMES.sub("", said))


@pytest.mark.parametrize("text", ["привет", "안녕하세요", "[Cantonese] 你好"])
def test_what_no_voice_reads_is_refused_in_chinese_alone(text: str):
    with pytest.raises(UnspeakableText) as refusal:
        check_speakable(parse_script(text), "input")
    assert not re.search("[A-Za-z]", words_of(refusal.value).in_language("zh-CN"))


def test_every_kind_has_an_english_row():
    assert [kind for kind in FACTS if kind not in ENGLISH and not issubclass(kind, Unavailable)] == []


def test_no_words_are_kept_for_errors_that_do_not_exist():
    ui = Path(app.ui.__file__).parent
    files = [path for path in (*ui.rglob("*.py"), *ui.rglob("*.js")) if path != ui / "words.py"]
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    assert {key for key in WORDS if key.startswith("error_") and f'"{key}"' not in code} == set()


def test_limits_are_told_in_numbers():
    assert "4096" in words_of(errors.TextTooLong(4096, 5000)).in_language("zh-CN")
    assert "25 MB" in words_of(errors.FileTooLarge(25 * 2**20)).in_language("en")
    assert "between 0.1 and 3" in words_of(errors.OutOfRange(0.1, 3.0, 9.0, param="intensity")).text


def test_a_bug_is_logged_and_told_without_details(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR, "app.ui.messages"):
        shown = told(ZeroDivisionError("a secret at /srv/editx"))
    assert shown == told(KeyError("another"))
    assert "secret" not in shown
    assert caplog.records[0].exc_info is not None


def test_a_mistake_is_told_by_its_words():
    shown = words_of(Mistake("error_no_voice"))
    assert (shown.key, shown.text) == ("error_no_voice", WORDS["error_no_voice"][0])


@pytest.mark.parametrize("text", ["<b>{x}</b>", "${y} {{z}} {detail}", "@task_emotion"])
def test_what_users_wrote_is_told_as_they_wrote_it(text: str):
    error = errors.TagNotTaken("vad", text)
    assert words_of(error).text == f"The task 'vad' takes no tag; got '{text}'."
    assert not re.search("[{}$]", told(error))


def test_names_that_are_those_of_fields_stay():
    assert words_of(errors.TagNotTaken("vad", "input")).text.endswith("got 'input'.")


# ---- failures as they really come ---------------------------------------------------------------------------------

LIMITS = DecodeLimits(max_bytes=1000, max_s=60.0, max_decoded_bytes=10_000_000)
VOICE = Reference(audio=tone(1.0))


async def _transcribe(engine: EditXEngine) -> None:
    async for _ in engine.transcribe(TranscribeRequest(tone(0.05)), JobControl()):
        continue


async def _save_twice(engine: EditXEngine) -> None:
    for _ in range(2):
        await engine.create_voice("Mary", tone(1.0), JobControl(), transcript="A tone.")


def _clone(text: str, reference: Reference = VOICE, **values: float) -> Callable[[EditXEngine], None]:
    return lambda engine: engine.admission.check_clone(CloneRequest(parse_script(text), reference, **values))  # type: ignore[arg-type]


def _edit(audio: Audio, text: str | None = None) -> Callable[[EditXEngine], None]:
    return lambda engine: engine.admission.check_edit(
        EditRequest(Edit("paralinguistic"), audio, None, parse_script(text or ""))
    )


def _rename(_: EditXEngine) -> None:
    tree = TakeTree()
    tree.add(Take("a", 1, None, None, "", "", "", 3.0, 0.0, -20.0, 0.0))
    tree.rename("a", "x" * 81)


FAILURES: dict[str, Callable[[EditXEngine], Awaitable[None] | object]] = {
    "empty file": lambda _: decode(b"", LIMITS, "recording"),
    "text file": lambda _: decode(b"I am a text." * 9, LIMITS, "recording"),
    "large file": lambda _: decode(bytes(1001), LIMITS, "recording"),
    "short recording": lambda engine: engine.admission.check_clip(tone(0.05), "recording"),
    "long recording": lambda engine: engine.admission.check_clip(tone(61.0, rate=8000), "recording"),
    "silent recording": lambda engine: engine.admission.check_clip(silence(1.0, 8000), "recording"),
    "silent voice": _clone("Hello.", Reference(audio=silence(1.0, 8000))),
    "silent take": _edit(silence(1.0, 8000), "[Laughter]"),
    "no sound tag": _edit(tone(1.0), "Hello."),
    "long tagged text": _edit(tone(1.0), "[Laughter]" * 600),
    "many sounds": _edit(tone(1.0), "[laugh]" * 41),
    "no text": _clone(" \n"),
    "long text": _clone("a" * 4097),
    "Russian": _clone("привет"),
    "speed": _clone("Hello.", speed=9.0),
    "likeness": _clone("Hello.", intensity=0.0),
    "voice and clip": _clone("Hello.", Reference("low_tone", tone(1.0))),
    "lost voice": _clone("Hello.", Reference(voice="nobody")),
    "tag": lambda _: make_edit("emotion", ""),
    "iterations": lambda _: make_edit("vad", iterations=9),
    "recipe": lambda _: parse_recipe('{"steps": [{"task": "emotion", "tag": "hapy"}]}'),
    "name of a take": _rename,
    "name of a voice": lambda engine: engine.create_voice("", tone(1.0), JobControl()),
    "silent voice to save": lambda engine: engine.create_voice("Eve", silence(1.0, 8000), JobControl()),
    "voice saved twice": _save_twice,
    "short transcription": _transcribe,
}


async def _do(case: str, engine: EditXEngine) -> None:
    result = FAILURES[case](engine)
    if inspect.isawaitable(result):
        await result


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EditXEngine]:
    made = scripted_engine(Script(), tmp_path_factory.mktemp("engine"), PRESETS)
    await made.start()
    await loaded(made)
    yield made
    await made.stop()


@pytest.mark.parametrize("case", FAILURES)
async def test_no_failure_speaks_of_fields_of_the_api(case: str, engine: EditXEngine):
    with pytest.raises(EngineError) as failure:
        await _do(case, engine)
    shown = words_of(failure.value)
    for language in LANGUAGES:
        said = shown.in_language(language)
        assert not [name for name in API_NAMES if f"'{name}'" in said]
        assert "/" not in said
    assert HAN_CHAR.search(shown.in_language("zh-CN"))


def test_a_mistake_that_no_panel_tells_is_told_by_gradio_without_a_trace():
    mistake = Mistake("error_no_cookie")
    assert mistake.print_exception is False
    assert mistake.message == " / ".join(WORDS["error_no_cookie"])
