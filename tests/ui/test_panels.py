"""Handlers of the voice and takes panels, called as Gradio calls them, over the scripted engine."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from unittest.mock import ANY

import gradio as gr
import numpy as np
import pytest
from starlette.requests import Request

from app.engine.errors import BadLexicon, BadRecipe, PresetStays
from app.engine.facts.fact import Note
from app.engine.facts.warnings import SeveralVoices
from app.engine.hearing.languages import LANGUAGES
from app.engine.job import JobControl
from app.engine.script import Script
from app.engine.sound.audio import Audio
from app.studio.making import Spoken, request_of
from app.studio.recipes import parse_recipe
from app.studio.session import Ending, Session
from app.studio.takes import Step, Take
from app.ui.markup import alert
from app.ui.messages import say_fact
from app.ui.page import Page
from app.ui.panels.takes import TakesPanel
from app.ui.panels.voice import VoicePanel, _language, heard
from app.ui.shell import COOKIE
from app.ui.snippets import ORIGIN, calls
from app.ui.words import WORDS, in_english
from tests.fakes import RATE_HZ, ScriptedTranscribers, tone
from tests.samples_of_facts import NOTES, sample
from tests.ui.scripted import ScriptedPage, scripted_page


class Visitor:
    """A user in front of the page: what their browser sends, and what is kept for them."""

    def __init__(self, running: ScriptedPage, panels: Page) -> None:
        cookie = running.new_cookie()
        self.session: Session = running.session(cookie)
        self.request = request_with(f"{COOKIE}={cookie}")
        self.desk = running.desk
        self.script = running.script
        self.voice: VoicePanel = panels.voice
        self.takes: TakesPanel = panels.takes
        self.edit = panels.edit
        self.recipe = panels.recipe
        self.reading = panels.clone.reading

    def take(self, seconds: float = 0.5, **facts: Any) -> Take:
        return self.session.add(tone(seconds), **facts)

    def spoken(self, **facts: Any) -> Take:
        """A take that clones speak in the voice of."""
        take = self.take(**facts)
        with self.session.changing() as tree:
            tree.use_voice(take.id)
        return take

    def names(self) -> list[str]:
        return [take.name for _, take in self.session.tree().rows()]


def request_with(cookie: str) -> gr.Request:
    return gr.Request(Request({"type": "http", "headers": [(b"cookie", cookie.encode())]}))


def event(**values: str) -> gr.EventData:
    return gr.EventData(None, values)


def words(shown: str) -> list[str]:
    """The codes of facts, and the keys of other words."""
    return [code or key for code, key in re.findall(r'(?:data-fact="(\w+)" )?data-word="(\w+)"', shown)]


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ScriptedPage]:
    async with scripted_page(tmp_path_factory.mktemp("page")) as page:
        yield page


@pytest.fixture(scope="module")
def panels(running: ScriptedPage) -> Page:
    page = Page(running.desk)
    page.build()
    return page


@pytest.fixture
def visitor(running: ScriptedPage, panels: Page) -> Visitor:
    running.script.forget()
    return Visitor(running, panels)


def what_of(notice: dict[str, Any]) -> str:
    """What a notice says was done, in English."""

    def said(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return in_english(value["word"], **{name: said(inner) for name, inner in value.get("values", {}).items()})

    return str(said(notice["values"]["what"]))


STRANGER = request_with("")


# ---- the voice of the session ---------------------------------------------------------------------------------------


def test_without_a_voice_the_panel_says_so(visitor: Visitor):
    assert words(visitor.voice.show(None)) == ["no_voice_yet"]
    assert heard(visitor.desk, None) == ""


def test_the_voice_is_shown_with_its_language(visitor: Visitor):
    take = visitor.spoken(name="Grandma", transcript="Hello there.", language="en")
    card = visitor.voice.show(take)
    assert f"./page/takes/{take.id}.flac" in card
    assert "Grandma" in card
    assert "language_is" in words(heard(visitor.desk, take))


async def test_the_page_is_told_whose_words_its_fields_hold(visitor: Visitor, panels: Page):
    voice = visitor.spoken(transcript="Hello there.")
    edited = visitor.take(transcript="Good bye.", steps=(Step("speed", "faster"),), parent_id=voice.id)
    *_, texts = await panels._show(visitor.request)
    assert texts["transcript"] == {"take": voice.id, "words": "Hello there."}
    assert texts["new-words"] == texts["tagged-text"] == {"take": edited.id, "words": "Good bye."}


async def test_any_take_can_become_the_voice(visitor: Visitor):
    first, _ = visitor.take(), visitor.take()
    assert await visitor.voice.bring_take(event(take=first.id), visitor.request) == ""
    assert visitor.session.tree().voice == first


async def test_what_makes_a_voice_poor_is_told_before_anything_is_made_with_it(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
):
    def examine(_: ScriptedTranscribers, __: Audio, control: JobControl, ___: str) -> None:
        control.warn(SeveralVoices())

    monkeypatch.setattr(ScriptedTranscribers, "examine_reference", examine)
    take = visitor.spoken(language="en")
    brought = await visitor.voice.bring_take(event(take=take.id), visitor.request)
    saved, _ = await visitor.voice._save("Two of them", "The ferry leaves at noon.", visitor.request)
    assert "More than one voice" in brought
    assert "More than one voice" in saved
    assert "is not what is heard" in saved
    assert not visitor.script.clones
    (voice,) = [voice for voice in visitor.desk.engine.voices.all() if voice.name == "Two of them"]
    visitor.desk.engine.voices.delete(voice.id)


async def test_a_recording_in_which_nobody_speaks_does_not_become_the_voice(visitor: Visitor):
    noise = visitor.session.add(Audio(np.ones(RATE_HZ, np.float32), RATE_HZ))
    told = await visitor.voice.bring_take(event(take=noise.id), visitor.request)
    assert 'role="alert"' in told
    assert visitor.session.tree().voice is None


async def test_a_take_that_is_gone_cannot_become_the_voice(visitor: Visitor):
    told = await visitor.voice.bring_take(event(take="gone"), visitor.request)
    assert words(told) == ["take_not_found"]
    assert visitor.session.tree().voice is None


async def test_a_voice_of_the_library_becomes_one_take_however_often_it_is_used(visitor: Visitor):
    for _ in range(2):
        assert await visitor.voice.bring_from_library(event(voice="heart_en"), visitor.request) == ""
    assert visitor.names() == ["heart_en"]
    voice = visitor.session.tree().voice
    assert voice is not None
    assert voice.transcript == visitor.desk.engine.voices.find("heart_en").transcript


async def test_an_unknown_voice_of_the_library_is_told(visitor: Visitor):
    told = await visitor.voice.bring_from_library(event(voice="nobody"), visitor.request)
    assert 'role="alert"' in told
    assert visitor.names() == []


async def test_a_stranger_without_a_cookie_is_told(visitor: Visitor):
    for told in (
        await visitor.voice.bring_take(event(take="x"), STRANGER),
        await visitor.voice.bring_from_library(event(voice="heart_en"), STRANGER),
        (await visitor.takes._undo(STRANGER))[0],
        (await visitor.voice.remove(event(voice="x"), STRANGER))[0],
        (await visitor.voice._save("Aunt Lin", "", STRANGER))[0],
    ):
        assert words(told) == ["error_no_cookie"]


# ---- the library ----------------------------------------------------------------------------------------------------


async def test_without_keys_anyone_deletes_a_voice_that_nobody_owns_and_brings_it_back(visitor: Visitor):
    voices = visitor.desk.engine.voices
    visitor.spoken(language="en")
    old = voices.create("Old", tone(1.0), "A tone.")
    shelf = await visitor.voice.show_library(visitor.request)
    assert shelf.count('data-action="remove"') == 1
    assert "share_voice" not in shelf
    told, _ = await visitor.voice.remove(event(voice=old.id), visitor.request)
    assert (told, voices.all("")[-1].source) == ("", "builtin")
    await visitor.takes._undo(visitor.request)
    assert voices.info("Old") == old
    voices.erase(old)


async def test_a_voice_is_saved_listed_shared_removed_and_brought_back(
    visitor: Visitor, running: ScriptedPage, panels: Page
):
    other = Visitor(running, panels)
    visitor.spoken(language="en")
    said, field = await visitor.voice._save("Aunt Lin", "Hello there.", visitor.request)
    assert words(said) == ["voice_saved"]
    assert field == ""
    shelf = await visitor.voice.show_library(visitor.request)
    assert "saved_voices" in words(shelf)
    (saved,) = [voice for voice in visitor.desk.engine.voices.all() if voice.name == "Aunt Lin"]
    assert visitor.desk.engine.voices.find(saved.id).transcript == "Hello there."

    assert "Aunt Lin" not in await other.voice.show_library(other.request)
    assert words(await other.voice.bring_from_library(event(voice=saved.id), other.request)) == ["voice_not_found"]
    assert await visitor.voice.share(event(voice=saved.id), visitor.request) == ""
    shelf = await other.voice.show_library(other.request)
    assert "Aunt Lin" in shelf
    assert 'data-action="remove"' not in shelf
    told, notice = await other.voice.remove(event(voice=saved.id), other.request)
    assert (words(told), notice) == (["voice_of_others"], {})
    assert await visitor.voice.unshare(event(voice=saved.id), visitor.request) == ""
    assert "Aunt Lin" not in await other.voice.show_library(other.request)

    told, notice = await visitor.voice.remove(event(voice=saved.id), visitor.request)
    assert (told, notice["can_undo"]) == ("", True)
    assert notice["values"] == {"what": {"word": "change_voice_deleted", "values": {"what": "Aunt Lin"}}}
    assert "Aunt Lin" not in await visitor.voice.show_library(visitor.request)
    assert await visitor.takes._undo(visitor.request) == ("", ANY)
    assert "Aunt Lin" in await visitor.voice.show_library(visitor.request)
    await visitor.takes._undo(visitor.request)  # as if it had never been saved
    assert "Aunt Lin" not in await visitor.voice.show_library(visitor.request)
    await visitor.takes._redo(visitor.request)
    assert "Aunt Lin" in await visitor.voice.show_library(visitor.request)
    visitor.desk.engine.voices.delete(saved.id)


async def test_nothing_is_saved_without_a_voice(visitor: Visitor):
    told, field = await visitor.voice._save("Aunt Lin", "", visitor.request)
    assert words(told) == ["error_no_voice"]
    assert field == gr.skip()


async def test_a_preset_cannot_be_removed(visitor: Visitor):
    told, _ = await visitor.voice.remove(event(voice="heart_en"), visitor.request)
    assert told == alert(say_fact(PresetStays(visitor.desk.engine.voices.info("heart_en").name)))
    assert "heart_en" in await visitor.voice.show_library(visitor.request)


# ---- takes ----------------------------------------------------------------------------------------------------------


async def test_an_empty_session_shows_what_to_try(visitor: Visitor):
    (rows, history, player, card), seen = visitor.takes.show(visitor.session, False)
    assert "no_takes" in words(rows)
    assert 'data-action="example"' in rows
    assert history.count(" disabled") == 2
    assert (player, card, seen.audible) == ({"take": ""}, "", None)


async def test_the_current_take_is_in_front_of_the_user(visitor: Visitor):
    source, note = visitor.take(transcript="Hello."), sample(NOTES[0])
    assert isinstance(note, Note)
    take = visitor.take(
        1.5,
        steps=(Step("speed", "faster", seed=3),),
        parent_id=source.id,
        transcript="Hello <b>.",
        ending=Ending(warnings=(note,)),
    )
    (rows, history, player, card), seen = visitor.takes.show(visitor.session, True)
    assert seen.audible == take
    assert re.findall(r'data-take="(\w+)"', rows) == [source.id, take.id]
    assert history.count(" disabled") == 1
    assert "Undo: Hello &lt;b&gt;. · faster made" in history
    assert player["src"] == f"./page/takes/{take.id}.flac"
    assert (player["duration_s"], player["fresh"]) == (1.5, True)
    assert say_fact(note) in card
    assert "Hello &lt;b&gt;." in card
    assert card.count(f'data-origin="{ORIGIN}"') == 2
    assert f"curl {ORIGIN}/v1/audio/speech/upload" in html.unescape(card)


async def test_takes_are_selected_renamed_deleted_undone_and_redone(visitor: Visitor):
    first, second = visitor.take(name="one"), visitor.take(name="two")
    request = visitor.request
    assert await visitor.takes._select(event(take=first.id), request) == ""
    assert visitor.session.tree().current == first
    assert await visitor.takes._rename(event(take=first.id, name="uno"), request) == ""
    assert visitor.names() == ["uno", "two"]
    trouble, notice = await visitor.takes._delete(event(take=second.id), request)
    assert (trouble, notice["can_undo"], what_of(notice)) == ("", True, "two deleted")
    assert visitor.names() == ["uno"]
    trouble, notice = await visitor.takes._undo(request)
    assert (trouble, notice["key"], what_of(notice)) == ("", "undone", "two deleted")
    assert visitor.names() == ["uno", "two"]
    trouble, notice = await visitor.takes._redo(request)
    assert (trouble, notice["key"]) == ("", "redone")
    assert visitor.names() == ["uno"]
    await visitor.takes._undo(request)
    trouble, notice = await visitor.takes._undo(request)
    assert what_of(notice) == "uno renamed"
    assert visitor.names() == ["one", "two"]


@pytest.mark.parametrize("action", ["_select", "_delete"])
async def test_what_is_done_to_a_take_that_is_gone_is_told(visitor: Visitor, action: str):
    told = await getattr(visitor.takes, action)(event(take="gone"), visitor.request)
    assert words(told if isinstance(told, str) else told[0]) == ["take_not_found"]


async def test_a_take_is_made_again_with_another_seed(visitor: Visitor):
    source = visitor.take(transcript="Hello.")
    take = visitor.take(steps=(Step("clone", text="Once more.", seed=5),), parent_id=source.id)
    told = [progress async for progress, _ in visitor.takes.again(event(take=take.id), visitor.request)]
    assert told[-1]["state"] == "done"
    made = visitor.session.tree().current
    assert made is not None
    assert made.step is not None
    assert made.step.seed != 5
    assert (made.step.text, made.parent_id) == ("Once more.", source.id)


async def test_a_recording_cannot_be_made_again(visitor: Visitor):
    take = visitor.take()
    told = [progress async for progress, _ in visitor.takes.again(event(take=take.id), visitor.request)]
    assert [progress["state"] for progress in told] == ["error"]


# ---- the edit -------------------------------------------------------------------------------------------------------


async def test_taking_out_none_of_the_fillers_is_told_and_makes_nothing(visitor: Visitor):
    visitor.take()
    panel = visitor.edit
    given = {part: part.value for part in panel.inputs} | {panel.task: "fillers", panel.remove: []}
    given |= {visitor.voice.transcript: "", panel._machine.variant: None}
    told = [progress async for progress, _ in panel.make(given, visitor.request)]
    assert [progress["state"] for progress in told] == ["error"]
    assert words(told[0]["html"]) == ["error_nothing_chosen"]
    assert len(visitor.names()) == 1


# ---- the recipe -----------------------------------------------------------------------------------------------------


async def test_the_recipe_of_the_current_take_fills_the_field(visitor: Visitor):
    assert await visitor.recipe._recipe(visitor.request) == ""
    source = visitor.take()
    visitor.take(steps=(Step("speed", "faster", seed=3),), parent_id=source.id)
    steps = json.loads(await visitor.recipe._recipe(visitor.request))["steps"]
    assert [(step["task"], step["seed"]) for step in steps] == [("speed", 3)]


READING = {"en": "Pronunciations, line 2: ", "zh": "读音第 2 行："}


async def test_a_pronunciation_that_cannot_be_used_is_told_beside_its_field_in_both_languages(visitor: Visitor) -> None:
    fault = html.unescape(await visitor.reading.check("Nguyen = win\n重庆 = chong2 qqq4"))
    assert all(begin in fault for begin in READING.values())
    assert "'qqq4' is no syllable of Mandarin" in fault
    assert await visitor.reading.check("Nguyen = win\n\n重庆 = chong2 qing4") == ""


async def test_the_reading_shows_what_is_said_and_each_word_with_its_phonemes(visitor: Visitor) -> None:
    fault, reading = await visitor.reading.read("Ask Nguyen.", "Nguyen = win")
    assert fault == ""
    assert "<code>Ask Nguyen.</code> Ask win." in reading
    assert "<ruby>win<rt>win</rt></ruby>" in reading
    fault, reading = await visitor.reading.read("", "")
    assert "There is no text" in fault
    assert reading == ""


def test_a_recipe_has_the_pronunciations_of_its_clones_and_its_calls_send_them(visitor: Visitor) -> None:
    take = visitor.spoken()
    step = Step("clone", text="Ask Nguyen.", pronunciations="Nguyen = win\nGIF = /dʒˈɪf/")
    assert '"pronunciations": {"Nguyen": "win", "GIF": "/ʤˈɪf/"}' in calls(step, take)["curl"]
    script = request_of(step, Spoken(tone(0.5), "", "")).script
    assert isinstance(script, Script)
    assert [entry.word for entry in script.lexicon.entries] == ["Nguyen", "GIF"]
    row = {"task": "clone", "text": "Ask Nguyen.", "pronunciations": "Nguyen: win"}
    with pytest.raises(BadLexicon):
        parse_recipe(json.dumps({"steps": [row]}))
    with pytest.raises(BadRecipe):
        parse_recipe(json.dumps({"steps": [{"task": "denoise", "pronunciations": "Nguyen = win"}]}))


def test_the_languages_of_whisper_have_names_in_both_languages():
    for code, name in LANGUAGES.items():
        english, chinese = WORDS[f"language_name_{code}"]
        assert english.lower() == name
        assert not chinese.isascii()
    take = Take("t1", 1, None, (), "", "Bonjour.", "fr", 1.0, 0.0, -20.0, 0.0)
    assert words(_language(take)) == ["language_is"]
    assert "language_name_fr" in html.unescape(_language(take))


async def test_the_call_names_a_voice_only_where_it_is_known_without_the_page_s_cookie(visitor: Visitor):
    take = visitor.spoken(language="en")
    voices, session = visitor.desk.engine.voices, visitor.session
    saved = voices.create("Mine", tone(1.0), "A tone.", owner=session.reader)
    for voice, is_known in (("", True), ("heart_en", True), (saved.id, False)):
        assert visitor.takes._is_known(replace(take, voice=voice), session) is is_known
    voices.share(saved.id, session.reader, is_shared=True)
    assert visitor.takes._is_known(replace(take, voice=saved.id), session)
    voices.erase(saved)
