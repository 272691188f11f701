"""What a user does from the first recording to the last comparison, with the real embedded engine."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.listening import heard, wav_bytes, word_error
from tests.ui.browser.conftest import SIZES, OpenPage
from tests.ui.browser.driving import (
    JOB_LIMIT_MS,
    current,
    depth,
    edit,
    open_tab,
    run,
    sound_of,
    takes,
    upload,
    use_preset,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]
COLOURS_OF_A_CANVAS = """canvas => new Set(new Uint32Array(
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
SENTENCE = "Thank you for coming all this way."


@pytest.mark.parametrize("size", SIZES)
def test_a_recording_is_transcribed_cloned_edited_undone_branched_and_compared(
    open_page: OpenPage, client, clip_facts, size
):
    page = open_page(size)
    upload(page, "ref_en_male")
    said = page.locator("#transcript textarea").input_value()
    assert word_error(clip_facts["ref_en_male"]["text"], said) <= 0.1
    expect(page.locator("#heard")).to_contain_text("English")

    page.locator("#text textarea").fill(SENTENCE)
    run(page, "#clone")
    expect(current(page)).to_contain_text("clone")
    speech = sound_of(page, current(page))
    page.wait_for_function("document.querySelector('#player audio').readyState >= 1")
    assert page.locator("#player audio").evaluate("a => a.duration") == pytest.approx(speech.duration_s, abs=0.05)
    text = client.audio.transcriptions.create(model="whisper-1", file=("a.wav", wav_bytes(speech)), language="en").text
    assert word_error(SENTENCE, text) <= 0.2

    edit(page, "speed", "faster")
    expect(current(page)).to_contain_text("· faster")
    assert sound_of(page, current(page)).duration_s == pytest.approx(speech.duration_s / 1.25, rel=0.03)
    edit(page, "emotion", "sad")
    expect(current(page)).to_contain_text("· sad")

    takes(page).nth(2).locator("[data-action=select]").click()
    expect(current(page)).to_contain_text("· faster")
    expect(page.locator("#edit-target")).to_contain_text("· faster")
    edit(page, "style", "whisper")
    expect(current(page)).to_contain_text("· whisper")
    assert depth(takes(page).nth(3)) == depth(takes(page).nth(4)) == 3
    page.locator("#undo").click()
    expect(takes(page)).to_have_count(4)
    expect(current(page)).to_contain_text("· faster")
    page.locator("#redo").click()
    expect(current(page)).to_contain_text("· whisper")

    open_tab(page, "compare")
    expect(page.locator("#compare select").first).to_be_visible(timeout=30_000)
    expect(page.locator("#compare .lane")).to_have_count(2)
    expect(page.locator("#compare canvas")).to_have_count(4)
    for kind, n_colours in (("spectrogram", 40), ("pitch", 3)):
        for n in range(2):
            canvas = page.locator(f"#compare canvas[data-kind={kind}][data-drawn]").nth(n)
            canvas.scroll_into_view_if_needed(timeout=30_000)
            assert canvas.evaluate("canvas => canvas.width") > 250
            assert canvas.evaluate(COLOURS_OF_A_CANVAS) >= n_colours


def test_the_switch_keeps_the_place_and_the_loudness(open_page: OpenPage):
    page = open_page()
    use_preset(page, "heart_en")
    edit(page, "emotion", "angry")
    open_tab(page, "compare")
    play = page.locator("#compare [data-action=play]")
    expect(play).to_be_visible(timeout=30_000)
    lane_a, lane_b = (page.locator(f"#compare .lane[data-side={side}]") for side in "ab")
    play.click()
    page.wait_for_function("document.querySelector('#compare .lane[data-side=a] audio').currentTime > 0.4")
    page.locator("#compare [data-action=switch]").click()
    expect(lane_b).to_have_class(re.compile("active"))
    is_paused = "lane => lane.querySelector('audio').paused"
    assert lane_a.evaluate(is_paused)
    assert not lane_b.evaluate(is_paused)
    play.click()
    place = "lane => lane.querySelector('audio').currentTime"
    stopped_at_s = lane_b.evaluate(place)
    assert stopped_at_s >= lane_a.evaluate(place) > 0.4
    page.keyboard.press("x")
    expect(lane_a).to_have_class(re.compile("active"))
    assert lane_a.evaluate(place) == pytest.approx(stopped_at_s, abs=0.02)
    volumes = [lane.evaluate("lane => lane.querySelector('audio').volume") for lane in (lane_a, lane_b)]
    assert max(volumes) == 1
    assert min(volumes) < 0.95  # anger is louder than the preset


def test_a_voice_is_saved_found_in_the_api_and_deleted(open_page: OpenPage, service):
    page = open_page()
    upload(page, "ref_zh_female")
    page.locator("#save-voice").get_by_role("button").first.click()
    page.locator("#voice-name input, #voice-name textarea").fill("Aunt Lin")
    page.locator("#save-voice-button").click()
    expect(page.locator("#voice-saved")).to_contain_text("Aunt Lin", timeout=30_000)
    listed = f"{service.base_url}/v1/audio/voices"
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert "Aunt Lin" in str(httpx.get(listed, cookies=cookies).json())
    assert "Aunt Lin" not in str(httpx.get(listed).json())
    page.locator("#save-voice-button").click()
    expect(page.locator("#voice-saved [role=alert]")).to_be_visible()
    page.locator("#voice-tabs").get_by_role("tab").nth(1).click()
    row = page.locator("#library li").filter(has_text="Aunt Lin")
    row.locator("[data-action=remove]").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the voice").click()
    expect(row).to_have_count(0)
    assert "Aunt Lin" not in str(httpx.get(listed, cookies=cookies).json())


def test_sound_plays_while_later_sentences_are_made(open_page: OpenPage):
    page = open_page()
    use_preset(page, "story_teller")
    page.locator("#text textarea").fill(
        "The rain had stopped. Nobody spoke for a while. Then the old clock struck ten. " * 2
    )
    page.locator("#clone").click()
    page.wait_for_function(
        "document.body.dataset.job === 'working' && document.querySelector('#player audio').currentTime > 0.3",
        timeout=JOB_LIMIT_MS,
    )
    expect(page.locator("#progress")).to_contain_text(re.compile(r"Speaking: \d+%"))
    expect(page.locator("body[data-job=done]")).to_be_attached(timeout=JOB_LIMIT_MS)
    expect(current(page)).to_contain_text("clone")
    page.wait_for_function("document.querySelector('#player audio').src.endsWith('.flac')")
    at_s = page.locator("#player audio").evaluate("audio => audio.currentTime")
    assert at_s > 0.3  # it did not begin again


def test_an_example_works_with_one_click(open_page: OpenPage):
    page = open_page()
    page.locator("#takes [data-action=example]").nth(5).click()
    expect(takes(page)).to_have_count(3, timeout=JOB_LIMIT_MS)
    expect(current(page)).to_contain_text("· slower", timeout=30_000)
    expect(page.locator("#voice-card")).to_contain_text("Mandarin man, young")


def test_a_take_is_renamed_deleted_brought_back_and_made_again(open_page: OpenPage):
    page = open_page()
    use_preset(page, "michael_en")
    edit(page, "speed", "slower")
    row = current(page)

    def act(action: str) -> None:
        row.locator("summary").click()
        row.locator(f"[data-action={action}]").click()

    act("rename")
    page.get_by_role("dialog").locator("input").fill("For <b>Ann</b> & {me}")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(row.locator(".title")).to_have_text("For <b>Ann</b> & {me}")
    act("delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete the take").click()
    expect(takes(page)).to_have_count(1)
    page.locator("#undo").click()
    expect(takes(page)).to_have_count(2)
    page.evaluate("document.body.dataset.job = 'idle'")
    act("again")
    expect(takes(page)).to_have_count(3, timeout=JOB_LIMIT_MS)
    assert depth(takes(page).nth(1)) == depth(takes(page).nth(2)) == 1


def test_a_take_is_downloaded_in_three_formats(open_page: OpenPage, tmp_path):
    page = open_page()
    use_preset(page, "puck_en")
    expect(takes(page)).to_have_count(1)
    for kind in ("wav", "mp3", "flac"):
        current(page).locator("summary").click()
        with page.expect_download() as download:
            current(page).get_by_text(kind, exact=True).click()
        assert download.value.suggested_filename == f"editx-take-1.{kind}"
        download.value.save_as(tmp_path / kind)
        assert heard((tmp_path / kind).read_bytes()).duration_s == pytest.approx(4.5, abs=3)
        page.keyboard.press("Escape")


def test_a_recipe_is_copied_and_replayed_on_another_clip(open_page: OpenPage):
    page = open_page()
    use_preset(page, "emma_gb")
    edit(page, "speed", "faster")
    edit(page, "vad")
    page.locator("#make-tabs").get_by_role("tab").nth(2).click()
    page.locator("#recipe-of-current").click()
    expect(page.locator("#recipe textarea")).to_have_value(re.compile('"vad"'))
    use_preset(page, "george_gb")
    expect(takes(page)).to_have_count(4)
    page.evaluate("document.body.dataset.job = 'idle'")
    run(page, "#replay")
    expect(takes(page)).to_have_count(6, timeout=30_000)
    expect(current(page)).to_contain_text("vad")
    page.locator("#recipe textarea").fill("{")
    run(page, "#replay", "error")
    expect(page.locator("#progress [role=alert]")).to_contain_text("JSON")


def test_a_recording_comes_from_the_microphone(open_page: OpenPage):
    page = open_page(permissions=["microphone"])
    page.locator("[data-action=record]").click()
    expect(page.locator("#bring .status")).to_contain_text("Recording: 2 s", timeout=10_000)
    page.locator("[data-action=record]").click()
    expect(takes(page)).to_have_count(1, timeout=30_000)
    page.wait_for_function("document.querySelector('#player audio').duration > 1.5")
    expect(page.locator("#voice-column")).to_contain_text("The recording holds no speech")  # the fake device beeps


def test_a_sound_is_put_in_at_the_cursor(open_page: OpenPage):
    page = open_page()
    field = page.locator("#text textarea")
    field.fill("Great, the weather is nice.")
    field.evaluate("area => area.setSelectionRange(5, 5)")
    page.locator("#clone-sounds").get_by_text("laugh", exact=True).click()
    expect(field).to_have_value("Great[laugh], the weather is nice.")
    page.keyboard.type("!")
    expect(field).to_have_value("Great[laugh]!, the weather is nice.")
    expect(page.locator("#counter")).to_contain_text("35 of 4096")
