"""Nothing that a person typed or dropped is lost: while Whisper listens, by a reload, by a drop beside the box."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import CLIPS
from tests.ui.browser.conftest import OpenPage
from tests.ui.browser.driving import JOB_LIMIT_MS, choose_edit, reload, takes, use_preset

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DROP = """([files, where]) => {
    const data = new DataTransfer();
    for (const [name, base64] of files)
        data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    const target = document.querySelector(where);
    return ["dragenter", "dragover", "drop"].map((kind) => !target.dispatchEvent(
        new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data })));
}"""
CUT_ONCE = """() => {
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function () {
        XMLHttpRequest.prototype.send = send;
        this.dispatchEvent(new Event("error"));
    };
}"""
TRANSCRIPT, TEXT = "#transcript textarea", "#text textarea"


def drop(page: Page, clips: Sequence[str], where: str) -> bool:
    """Drop test clips onto an element, as from the desktop; whether the page kept the browser from opening them."""
    files = [[f"{clip}.flac", base64.b64encode((CLIPS / f"{clip}.flac").read_bytes()).decode()] for clip in clips]
    kept = page.evaluate(DROP, [files, where])
    return bool(kept[1] and kept[2])


def test_words_typed_while_whisper_listens_stay_and_are_kept(open_page: OpenPage):
    page = open_page()
    page.locator("#bring input[type=file]").set_input_files(CLIPS / "ref_en_male.flac")
    expect(page.locator("#heard .busy")).to_be_visible(timeout=30_000)
    page.locator(TRANSCRIPT).fill("What I know he said.")
    expect(page.locator("#heard")).to_contain_text("English", timeout=JOB_LIMIT_MS)
    page.wait_for_timeout(2500)  # another look of the page at the service
    expect(page.locator(TRANSCRIPT)).to_have_value("What I know he said.")
    page.locator(TEXT).click()
    expect(takes(page).first).to_contain_text("What I know he said.", timeout=15_000)
    reload(page)
    expect(page.locator(TRANSCRIPT)).to_have_value("What I know he said.", timeout=30_000)


def test_several_files_dropped_beside_the_box_become_recordings_which_are_all_written_down(open_page: OpenPage):
    page = open_page()
    assert drop(page, ["ref_en_male", "ref_zh_male"], "#take-card, #takes-head")
    expect(takes(page)).to_have_count(2, timeout=30_000)
    expect(page.locator("#voice-card")).to_contain_text("ref_en_male")
    for said in (r"shop early", r"[一-龥]{4}"):
        expect(takes(page).filter(has_text=re.compile(said))).to_have_count(1, timeout=JOB_LIMIT_MS)
    expect(page.locator(TRANSCRIPT)).to_have_value(re.compile("shop early"))


def test_what_was_typed_survives_a_reload_and_begins_the_next_tab(open_page: OpenPage):
    page = open_page()
    use_preset(page, "heart_en")
    page.locator(TEXT).fill("A long story that nobody wants to type twice.")
    choose_edit(page, "rewrite")
    words = page.locator("#new-words textarea")
    expect(words).to_have_value(re.compile(r"\w"))
    was = words.input_value()
    words.fill(f"{was} And more.")
    reload(page)
    expect(page.locator(TEXT)).to_have_value("A long story that nobody wants to type twice.", timeout=30_000)
    choose_edit(page, "rewrite")
    expect(words).to_have_value(f"{was} And more.")
    other = open_page(context=page.context)
    expect(other.locator(TEXT)).to_have_value("A long story that nobody wants to type twice.")
    other.locator(TEXT).fill("Something else.")
    reload(page)
    expect(page.locator(TEXT)).to_have_value("A long story that nobody wants to type twice.", timeout=30_000)


def test_an_upload_that_the_service_did_not_take_can_be_sent_again(open_page: OpenPage):
    page = open_page()
    page.evaluate(CUT_ONCE)
    page.locator("#bring input[type=file]").set_input_files(CLIPS / "ref_en_male.flac")
    expect(page.locator("#bring [role=alert]")).to_contain_text("ref_en_male.flac: The server does not answer")
    page.locator("[data-action=try-again]").click()
    expect(takes(page)).to_have_count(1, timeout=30_000)
    expect(page.locator("#bring [role=alert]")).to_have_count(0)
