"""HTML of the page: words that can change language, and text of users that stays text."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from app.engine.content.checks import Scores
from app.studio.takes import Step, Take
from app.ui.compare import comparison
from app.ui.examples import EXAMPLES, gallery
from app.ui.markup import alert, confirm, escape, icon, label, rows, say, waveform, words
from app.ui.takes_html import facts, title, tree
from app.ui.words import WORDS, Word, in_english, tag_key

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{value}} ${value} {what} {0}",
    "@task_emotion",
    "&lt;b&gt; & 你好",
    'back\\slash and "quotes"',
]


class Reader(HTMLParser):
    """What a browser makes of the markup: its elements with their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def take(number: int, **facts: object) -> Take:
    values = {"steps": (Step("emotion", "happy", seed=7),), "parent_id": None, "peaks": (0.5, 1.0)} | facts
    made = Take(f"t{number}", number, None, None, "", "", "", 2.0, 1.0, -20.0, 0.0)
    return replace(made, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_users_is_shown_as_it_is(text: str):
    shown = Reader(say("label_take", n=1, what=text))
    assert shown.text == f"1. {text}"
    assert [tag for tag, _ in shown.elements] == ["span"]
    assert json.loads(shown.elements[0][1]["data-values"] or "") == {"n": 1, "what": text}


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_text_of_users_is_a_template_to_gradio(text: str):
    value = {"n": 1, "what": text}
    written = (
        escape(text),
        say("label_take", **value),
        label("label_take", **value),
        confirm("label_take", "delete", **value),
    )
    rows_of_tree = tree([(0, take(1, name=text, transcript=text))], None, 0)
    assert not re.search(r"[{}$]", "".join(written) + rows_of_tree)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_take_called_anything_is_one_row_with_that_name(text: str):
    shown = Reader(tree([(0, take(1, name=text, transcript=text))], None, 0))
    assert next(attributes for tag, attributes in shown.elements if tag == "li")["data-name"] == text
    assert text in shown.text
    assert not {"script", "img"} & {tag for tag, _ in shown.elements}
    assert not any(name.startswith("on") for _, attributes in shown.elements for name in attributes)


def test_a_value_may_be_words_itself_and_changes_language_with_them():
    shown = Reader(title(take(3)))
    assert shown.text == "happy"
    values = json.loads(shown.elements[0][1]["data-values"] or "")
    assert values == {"what": {"word": tag_key("emotion", "happy")}}
    shown = Reader(title(take(3, transcript="The kettle sings, and nobody hears it in the house at all, not even he.")))
    assert shown.text == "The kettle sings, and nobody hea… · happy"
    assert (
        Reader(title(take(3, transcript="欢迎来到我的工作室，今天我们一起做一段"))).text
        == "欢迎来到我的工作室，今天我们一起… · happy"
    )
    assert in_english("label_take", n=1, what=Word("take_recording")) == "1. Recording"


def test_every_name_of_an_element_is_told_to_screen_readers_and_to_the_mouse():
    shown = Reader(f"<button {label('play_take', n=2)}></button>").elements[0][1]
    assert shown["aria-label"] == shown["title"] == "Play take 2"
    assert (shown["data-label"], shown["data-values"]) == ("play_take", '{"n": 2}')


def test_words_without_values_carry_none():
    assert words("play") == 'data-word="play"'
    assert confirm("delete", "rename") == 'data-confirm="delete" data-act="rename"'


def test_a_question_carries_its_values_apart_from_those_of_the_button():
    shown = Reader(f"<button {confirm('delete_take_really', 'delete_take', n=4)} {label('delete')}></button>").elements[
        0
    ][1]
    assert json.loads(shown["data-confirm-values"] or "") == {"n": 4}
    assert "data-values" not in shown


def test_unknown_words_are_a_bug_that_shows_at_once():
    with pytest.raises(KeyError):
        say("no_such_words")
    with pytest.raises(KeyError):
        say("label_take", n=1, what=Word("no_such_words"))


def test_icons_are_not_read_out():
    assert 'aria-hidden="true"' in icon("play")
    assert 'aria-hidden="true"' in waveform((0.1, 0.2))


def test_a_waveform_draws_each_point_and_stays_in_its_box():
    drawn = waveform((0.0, 0.5, 1.0), share=0.5)
    bars = [tuple(map(float, bar)) for bar in re.findall(r"M([\d.]+) ([\d.]+)V([\d.]+)", drawn)]
    assert len(bars) == 3
    assert all(0 <= x <= 200 and 0 <= top < bottom <= 40 for x, top, bottom in bars)
    heights = [bottom - top for _, top, bottom in bars]
    assert heights == sorted(heights)


def test_a_silent_or_unknown_outline_is_drawn_flat_or_not_at_all():
    assert waveform(()) == ""
    assert "M200.0 19.6V20.4" in waveform((0.0,))


def test_no_mistake_makes_no_box():
    assert alert("") == ""
    assert 'role="alert"' in alert("x")


def test_facts_are_a_list_of_words_and_values():
    shown = Reader(rows([("queue", "1"), ("memory", "2")]))
    assert [tag for tag, _ in shown.elements] == ["dl", "dt", "span", "dd", "dt", "span", "dd"]


def test_facts_name_only_what_differs_from_the_standard():
    plain, rich = take(1), take(2, steps=(Step("clone", intensity=0.5, iterations=3, speed=1.25, seed=9),))
    assert Reader(facts(plain, None)).text == "take 1 · 2.0 s · seed 7 · real-time factor 0.50"
    assert Reader(facts(rich, plain)).text == (
        "take 2 · 2.0 s · intensity 0.5 · 3 times · speed 1.25 · seed 9 · real-time factor 0.50 · from take 1"
    )
    assert Reader(facts(take(1, steps=()), None)).text == "take 1 · 2.0 s"
    missed = Scores(word_error=0.25, similarity=0.7, tries=3, misses=("word_error",))
    told = " · Check missed · 25 % of words wrong · similarity 0.70 · tries: 3"
    assert Reader(facts(replace(plain, scores=missed), None)).text.endswith(told)


def test_only_what_was_made_can_be_made_again():
    made, brought = tree([(0, take(1))], None, 0), tree([(0, take(1, steps=()))], None, 0)
    assert 'data-action="again"' in made
    assert 'data-action="again"' not in brought


def test_the_take_one_stands_on_is_marked():
    first, second = take(1), take(2, parent_id="t1")
    shown = Reader(tree([(0, first), (1, second)], second, 5))
    items = [attributes for tag, attributes in shown.elements if tag == "li"]
    assert [item["class"] for item in items] == ["take", "take current"]
    assert [item["style"] for item in items] == ["--depth:0", "--depth:1"]
    assert sum("aria-current" in attributes for _, attributes in shown.elements) == 1
    assert shown.elements[0][1]["data-revision"] == "5"


# ---- comparison ---------------------------------------------------------------------------------------------------


def sides(markup: str) -> list[str | None]:
    chosen = [attributes for tag, attributes in Reader(markup).elements if tag == "option" and "selected" in attributes]
    return [attributes["value"] for attributes in chosen]


def test_without_two_takes_there_is_nothing_to_compare():
    for takes in ([], [take(1)]):
        assert 'data-word="compare_empty"' in comparison(takes, "", "")


def test_the_last_two_takes_are_compared_where_none_are_chosen_or_they_are_gone():
    takes = [take(1), take(2), take(3)]
    assert sides(comparison(takes, "", "")) == ["t2", "t3"]
    assert sides(comparison(takes, "gone", "gone")) == ["t2", "t3"]
    assert sides(comparison(takes, "t3", "")) == ["t3", "t2"]
    assert sides(comparison(takes, "", "t1")) == ["t3", "t1"]
    assert sides(comparison(takes, "t1", "t3")) == ["t1", "t3"]


def test_the_louder_take_is_turned_down_to_the_softer():
    shown = comparison([take(1, loudness_lufs=-26.0), take(2, loudness_lufs=-20.0)], "t1", "t2")
    gains = [float(a["data-gain"] or "") for tag, a in Reader(shown).elements if tag == "audio"]
    assert gains == pytest.approx([1.0, 10 ** (-6 / 20)], abs=1e-4)


def test_both_sides_share_one_time_scale():
    shown = comparison([take(1, duration_s=4.0), take(2, duration_s=2.0)], "t1", "t2")
    pictures = [a for tag, a in Reader(shown).elements if tag == "canvas"]
    assert [(a["data-kind"], a["data-take"]) for a in pictures] == [
        ("spectrogram", "t1"),
        ("spectrogram", "t2"),
        ("pitch", "t1"),
        ("pitch", "t2"),
    ]
    assert all(a["data-span-s"] == "4.000" for a in pictures)
    captions = {a["id"] for tag, a in Reader(shown).elements if tag == "figcaption" and "id" in a}
    assert all(a["role"] == "img" and a["aria-labelledby"] in captions for a in pictures)
    waves = re.findall(r'd="(M[^"]*)" stroke', shown)
    ends = [float(re.findall(r"M([\d.]+) ", wave)[-1]) for wave in waves]
    assert ends[0] == pytest.approx(2 * ends[1])


@pytest.mark.parametrize("text", HOSTILE)
def test_compared_takes_are_called_as_they_are(text: str):
    shown = Reader(comparison([take(1, name=text), take(2)], "", ""))
    assert text in shown.text
    assert "script" not in {tag for tag, _ in shown.elements}


# ---- examples -----------------------------------------------------------------------------------------------------


def test_each_example_is_a_card_that_says_what_is_done():
    shown = Reader(gallery())
    assert [a["data-example"] for tag, a in shown.elements if tag == "button"] == [str(n) for n in range(len(EXAMPLES))]
    assert "sad → slower" in shown.text


def test_escaped_text_is_itself_again_in_the_browser():
    for text in HOSTILE:
        assert html.unescape(escape(text)) == text
    assert all(html.unescape(escape(pair[1])) == pair[1] for pair in WORDS.values())
