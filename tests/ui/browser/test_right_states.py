"""What the page shows is so: sounds that are none, words that are not said, clips too short, voices that are gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fakes import tone
from tests.listening import wav_bytes
from tests.ui.browser.conftest import OpenPage
from tests.ui.browser.driving import choose_edit, run, takes, use_preset

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_is_no_sound_is_marked_as_one_types_with_the_nearest(open_page: OpenPage):
    page = open_page()
    text = page.locator("#text textarea")
    text.fill("Well [giggel] then [sneeze], and [laugh] or [pause 1s].")
    marks = page.locator("#clone-sounds .marks li")
    expect(marks).to_have_count(2)
    expect(marks.first).to_contain_text("[giggel] is no sound: it is read aloud. Did you mean")
    marks.first.get_by_role("button", name="[giggle]").click()
    expect(text).to_have_value("Well [giggle] then [sneeze], and [laugh] or [pause 1s].")
    expect(marks).to_have_count(1)
    expect(marks).to_contain_text("[sneeze] is no sound: it is read aloud.")


def test_only_sounds_can_be_added_where_sounds_are_put_in(open_page: OpenPage):
    page = open_page()
    use_preset(page, "heart_en")
    choose_edit(page, "paralinguistic")
    words = page.locator("#tagged-text textarea")
    expect(words).not_to_have_value("")
    was = words.input_value()
    words.fill(f"Quite other words. {was} [laugh]")
    run(page, "#edit", "error")
    expect(page.locator("#tagged-text-fault")).to_contain_text("Only sounds can be added here")
    words.fill(f"{was} [laugh]")
    expect(page.locator("#tagged-text-fault")).to_have_count(0)
    expect(takes(page)).to_have_count(1)


def test_a_clip_too_short_is_refused_when_it_comes_and_a_voice_that_is_deleted_speaks_no_more(
    open_page: OpenPage, tmp_path: Path
):
    page = open_page()
    (tmp_path / "short.wav").write_bytes(wav_bytes(tone(0.3)))
    page.locator("#bring input[type=file]").set_input_files(tmp_path / "short.wav")
    expect(page.locator("#bring [role=alert]")).to_contain_text("0.5")
    expect(takes(page)).to_have_count(0)
    (tmp_path / "hum.wav").write_bytes(wav_bytes(tone(2.0)))
    page.locator("#bring input[type=file]").set_input_files(tmp_path / "hum.wav")
    expect(page.locator("#voice-saved [role=alert]")).to_be_visible(timeout=30_000)  # nobody speaks in it
    use_preset(page, "heart_en")
    row = takes(page).filter(has_text="American woman, warm")
    row.locator("summary").click()
    row.locator("[data-action=delete]").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the take").click()
    expect(page.locator("#voice-card")).to_contain_text("No voice yet")
    expect(takes(page)).to_have_count(1)
    expect(takes(page)).not_to_contain_text("Thank you")
