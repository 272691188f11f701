"""The page over the neural backend with a tiny random model: the sound is noise, everything else is real."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.serving import Service
from tests.ui.browser.driving import JOB_LIMIT_MS, current, edit, open_tab, run, sound_of, takes, use_preset

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_take_is_cloned_and_edited_by_the_variant_that_was_chosen(browser: Browser, neural: Service):
    page = browser.new_page()
    page.goto(neural.base_url)
    expect(takes(page).or_(page.locator("#takes .gallery"))).to_be_visible(timeout=30_000)
    use_preset(page, "heart_en")
    page.locator("#text textarea").fill("Hello.")
    run(page, "#clone")
    assert sound_of(page, current(page)).duration_s > 0.1

    open_tab(page, "machine")
    choice = page.locator("#variants")
    expect(choice.locator("input[value=base]")).to_be_checked()
    choice.locator("input[value=awq]").check()
    expect(page.locator("#engine-card")).to_contain_text("step-audio", timeout=15_000)
    open_tab(page, "studio")
    edit(page, "emotion", "sad")
    expect(current(page)).to_contain_text("· sad", timeout=JOB_LIMIT_MS)
    page.locator(".calls summary").click()
    expect(page.locator(".calls pre").first).to_contain_text('"model_variant": "awq"')
    assert "task=emotion/sad backend=step-audio variant=awq" in neural.log.read_text()
    page.context.close()
