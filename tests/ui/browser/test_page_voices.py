"""Voices that people save: their own until shared, deleted after a question, brought back by Undo."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.ui.browser.conftest import OpenPage
from tests.ui.browser.driving import takes, use_preset

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def saved(page: Page) -> Page:
    """Save the voice of a preset as "Grandma"."""
    use_preset(page, "heart_en")
    page.get_by_role("button", name="Save this voice").click()
    page.locator("#voice-name input, #voice-name textarea").fill("Grandma")
    page.locator("#save-voice-button").click()
    expect(page.locator("#voice-saved")).to_contain_text("Saved as Grandma", timeout=30_000)
    return page


def test_a_saved_voice_is_its_owners_until_it_is_shared_and_comes_back_by_undo(open_page: OpenPage):
    page, other = open_page(), open_page()
    row = saved(page).locator("#library li").filter(has_text="Grandma")
    expect(row).to_have_count(1)
    other.reload()
    others_row = other.locator("#library li").filter(has_text="Grandma")
    other.locator("#voice-tabs").get_by_role("tab").nth(1).click()
    expect(other.locator("#library li").first).to_be_visible(timeout=30_000)
    expect(others_row).to_have_count(0)

    row.get_by_role("button", name="Share with everybody here").click()
    expect(row).to_contain_text("shared")
    other.reload()
    other.locator("#voice-tabs").get_by_role("tab").nth(1).click()
    expect(others_row).to_have_count(1, timeout=30_000)
    expect(others_row.get_by_role("button", name="Delete the voice")).to_have_count(0)

    delete = row.get_by_role("button", name="Delete the voice")
    delete.click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(row).to_have_count(1)
    delete.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the voice").click()
    expect(row).to_have_count(0)
    notice = page.locator(".toast")
    expect(notice).to_contain_text("voice Grandma deleted")
    notice.get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)
    expect(notice).to_contain_text("Undone: voice Grandma deleted")
    page.locator("#undo").click()  # as if it had not been saved
    expect(row).to_have_count(0)
    expect(takes(page)).to_have_count(1)
