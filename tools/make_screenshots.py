"""Makes the pictures of docs/images from the running program: `python -m tools.make_screenshots`.

Starts the service with the embedded engine in a folder of its own, works the page in headless Chromium as a user does,
and takes a picture of each main state. Needs Chromium and, for Chinese letters, a font that has them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from app.settings import PROJECT
from tests.serving import real_service

IMAGES = PROJECT / "docs" / "images"
DESK, TALL, PHONE = ({"width": w, "height": h} for w, h in ((1440, 900), (1440, 1130), (390, 844)))
LIMIT_MS = 120_000
N_PICTURES = 4  # of a comparison: spectrogram and pitch, of two takes


def main() -> int:
    """Make all pictures."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        print("Chromium is needed: install it first.", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, real_service(Path(folder), ["--offline"]) as service:
        service.wait_until("/readyz")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])

            def shoot(act: Callable[[Page], None], viewport: dict[str, int], **options: str) -> None:
                context = browser.new_context(viewport=viewport, **options)  # type: ignore[arg-type]
                page = context.new_page()
                page.goto(service.base_url)
                expect(page.locator("#takes")).not_to_be_empty(timeout=LIMIT_MS)
                act(page)
                context.close()

            shoot(_studio, DESK, locale="en-US")
            shoot(_chinese_and_dark, DESK, locale="zh-CN", color_scheme="dark")
            shoot(_phone, PHONE, locale="en-US")
            browser.close()
    return 0


def _studio(page: Page) -> None:
    _example(page, 0, 2)
    page.locator("#make-tabs").get_by_role("tab").nth(1).click()
    _edit(page, "emotion", "sad", 3)
    _edit(page, "speed", "slower", 4)
    page.locator("#takes li.take").nth(2).locator("[data-action=select]").click()
    expect(page.locator("#takes li.current")).to_contain_text("take 3")
    _edit(page, "style", "story", 5)
    _take(page, "studio.png")
    page.locator("#main-tabs [data-tab-id=compare][role=tab]").click()
    expect(page.locator("#compare canvas[data-drawn]")).to_have_count(N_PICTURES, timeout=LIMIT_MS)
    page.set_viewport_size(TALL)  # pitch stands below the spectrograms
    _take(page, "compare.png")
    page.set_viewport_size(DESK)
    page.locator("#main-tabs [data-tab-id=machine][role=tab]").click()
    expect(page.locator("#log-card .lines div").first).to_be_visible(timeout=LIMIT_MS)
    _take(page, "machine.png")


def _chinese_and_dark(page: Page) -> None:
    _example(page, 1, 2)
    page.locator("#make-tabs").get_by_role("tab").nth(1).click()
    _edit(page, "style", "whisper", 3)
    _take(page, "studio-zh-dark.png")


def _phone(page: Page) -> None:
    _example(page, 2, 2)
    page.locator("#takes-column").scroll_into_view_if_needed()
    _take(page, "phone.png")


def _example(page: Page, number: int, n_takes: int) -> None:
    page.locator("#takes [data-action=example]").nth(number).click()
    expect(page.locator("#takes li.take")).to_have_count(n_takes, timeout=LIMIT_MS)


def _edit(page: Page, task: str, tag: str, n_takes: int) -> None:
    page.locator(f"#task input[value={task}]").check()
    page.locator(f"#tag-{task} input[value={tag}]").check()
    page.locator("#edit").click()
    expect(page.locator("#takes li.take")).to_have_count(n_takes, timeout=LIMIT_MS)


def _take(page: Page, name: str) -> None:
    page.evaluate("document.querySelector('#player audio').pause()")
    expect(page.locator(".chip .dot.ready")).to_have_count(1, timeout=LIMIT_MS)
    page.wait_for_timeout(500)  # transitions
    page.screenshot(path=IMAGES / name)
    print(f"docs/images/{name}")


if __name__ == "__main__":
    sys.exit(main())
