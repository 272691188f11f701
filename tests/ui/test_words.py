"""Every word of the page stands in both languages, and every word stands for something."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import gradio as gr
import pytest

import app.ui
from app.access.access import Access
from app.access.keys import KeyRing
from app.access.signer import Signer
from app.bodies import BodyRoom
from app.engine.chinese import HAN_CHAR
from app.engine.edits import CATALOGUE
from app.engine.hearing.languages import LANGUAGES as WHISPERS
from app.engine.library.voices import PRESETS
from app.engine.sound.decoding import DecodeLimits
from app.settings import Settings
from app.ui.desk import Desk
from app.ui.page import Page
from app.ui.words import _PAGE, LANGUAGES, WORDS, meaning_key, tables, tag_key, task_key
from tests.fakes import Script, scripted_engine, scripted_studio

UI = Path(app.ui.__file__).parent
PYTHON = [path for path in sorted(UI.rglob("*.py")) if path.name != "words.py"]
SCRIPTS = sorted((UI / "static").glob("*.js"))
SPEAKERS = {"say", "label", "words", "confirm", "english", "I18N", "Mistake", "Word"}  # what takes a key first

# Only values and what both languages write alike.
ALIKE = {"done_last", "api_docs", "label_take", "label_words", "label_name", "cache_of", "state_working", "fact"}


def names_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def spoken_in_python() -> Iterator[tuple[str, str]]:
    """File and key of every call that takes a key; a key made in place comes as a pattern."""
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in SPEAKERS
                and node.args
            ):
                for key in _patterns(node.args[0]):
                    yield path.name, key


def spoken_in_markup() -> Iterator[tuple[str, str]]:
    """File and key of everything that is given its words where it is written, or asked for by a script."""
    for path in [*PYTHON, *SCRIPTS]:
        text = path.read_text(encoding="utf-8")
        for key in re.findall(r'data-(?:word|label|confirm)="(\w+)"', text):
            yield path.name, key
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        for key in re.findall(r'\b(?:span|fill|confirmed|askedText|say)\(\s*"(\w+)"', text):
            yield path.name, key


def _patterns(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [re.escape(node.value)]
    if isinstance(node, ast.JoinedStr):
        parts = (re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+" for part in node.values)
        return ["".join(parts)]
    if isinstance(node, ast.IfExp):
        return [*_patterns(node.body), *_patterns(node.orelse)]
    return []


def written_keys() -> set[str]:
    """The page's own keys that stand in its code as a whole string, or fit a string with something to be filled in."""
    strings, patterns = {key for _, key in spoken_in_markup()}, set()
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant):
                strings.add(str(node.value))
            if isinstance(node, ast.JoinedStr):
                patterns.update(_patterns(node))
    for path in SCRIPTS:
        strings.update(re.findall(r'"(\w+)"', path.read_text(encoding="utf-8")))
    names = re.compile("|".join(pattern for pattern in patterns if re.match(r"[a-z]{4,}_", pattern)))
    return {key for key in _PAGE if key in strings or names.fullmatch(key)}


@pytest.fixture(scope="module")
def page_config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Everything Gradio is told of the page, as JSON."""
    folder = tmp_path_factory.mktemp("page")
    settings = Settings(cache_dir=folder)
    studio = scripted_studio(scripted_engine(Script(), folder, PRESETS), folder)
    access = Access(KeyRing(), Signer(b"s" * 32))
    desk = Desk(studio, settings, DecodeLimits.from_settings(settings), access, BodyRoom(0))
    blocks: gr.Blocks = Page(desk).build()
    return json.dumps(blocks.get_config_file(), default=lambda value: getattr(value, "to_dict", value.__str__)())


def test_both_languages_say_everything():
    assert {key for key, pair in WORDS.items() if not all(text.strip() for text in pair)} == set()


def test_both_languages_say_it_with_the_same_values():
    values = {key: [names_of(text) for text in pair] for key, pair in WORDS.items()}
    different = {key for key, (in_english, in_chinese) in values.items() if in_english != in_chinese}
    assert different == {"fact"}  # its values are whole sentences, one for each language


def test_chinese_words_are_chinese():
    assert {key for key, (_, in_chinese) in WORDS.items() if not HAN_CHAR.search(in_chinese)} == ALIKE
    assert not {key for key, (in_english, _) in WORDS.items() if HAN_CHAR.search(in_english)}


def test_no_key_is_given_twice():
    literal = next(
        node.value
        for node in ast.parse((UI / "words.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "_PAGE"
    )
    assert isinstance(literal, ast.Dict)
    assert len(literal.keys) == len(_PAGE)
    presets = json.loads((PRESETS / "voices.json").read_text(encoding="utf-8"))["voices"]
    renamed = {"laugh", "breath"}  # takes of before have them by names that differ in more than case
    n_of_tasks = sum(2 + 2 * len(task.tags) for task in CATALOGUE.values()) + len(renamed)
    assert len(WORDS) == len(_PAGE) + n_of_tasks + len(presets) + len(WHISPERS)


def test_whatever_the_page_says_has_words():
    spoken = [*spoken_in_python(), *spoken_in_markup()]
    assert len(spoken) > 100
    unknown = {(where, key) for where, key in spoken if not any(re.fullmatch(key, known) for known in WORDS)}
    assert unknown == set()


def test_all_words_are_said_somewhere():
    assert _PAGE.keys() - written_keys() == set()


def test_every_task_and_tag_has_a_name_and_a_meaning_of_its_own_in_both_languages():
    for task in CATALOGUE.values():
        for keys in (
            [task_key(task.name), *(tag_key(task.name, tag) for tag in task.tags)],
            [meaning_key(task.name), *(meaning_key(task.name, tag) for tag in task.tags)],
        ):
            for place in range(len(LANGUAGES)):
                assert len({WORDS[key][place] for key in keys}) == len(keys)
    assert WORDS[tag_key("emotion", "happy")] == ("happy", "高兴")
    assert WORDS[task_key("denoise")] == ("denoise", "降噪")


def test_words_that_gradio_shows_hold_nothing_that_it_would_read_as_a_pattern(page_config: str):
    # Gradio reads them as ICU messages: braces are values there, an apostrophe quotes, < begins an element.
    shown = set(re.findall(r'__type__\\*": \\*"translation_metadata\\*", \\*"key\\*": \\*"(\w+)', page_config))
    assert len(shown) > 60
    assert shown <= WORDS.keys()
    assert {key for key in shown if re.search(r"[{}'<>#|\\]", "".join(WORDS[key]))} == set()


def test_the_markup_of_the_whole_page_says_only_known_words(page_config: str):
    said = set(re.findall(r'data-(?:word|label|confirm)=\\"(\w+)\\"', page_config))
    assert len(said) > 100
    assert said <= WORDS.keys()


def test_the_browser_is_given_every_word_of_every_language():
    given = tables()
    assert list(given) == ["en", "zh-CN"]
    assert all(table.keys() == WORDS.keys() for table in given.values())
    assert given["zh-CN"]["undo"] == "撤销"


def test_words_need_no_markup_of_their_own():
    assert {key for key, pair in WORDS.items() if re.search(r"[<>]|&\w+;", "".join(pair))} == set()
