"""The page in headless Chromium. Whatever it complains of, asks of other machines or fails to load fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.serving import Service
from tests.ui.browser.driving import settled, watch_events

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.fail("the browser tests need Chromium; run_tests.sh installs it")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, service: Service) -> Iterator[OpenPage]:
    """Opens the page, each time as another user unless `context` says which."""
    complaints: list[str] = []
    contexts: list[Any] = []

    def opened(size: str = "desk", *, context: Any = None, **options: Any) -> Page:
        width, height = SIZES[size]
        if context is None:
            context = browser.new_context(viewport={"width": width, "height": height}, **options)
            contexts.append(context)
        page: Page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if _is_local(r.url, service) else complaints.append(f"asked for {r.url}"))
        page.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        watch_events(page)
        page.goto(service.base_url)
        expect(page.locator("#clone")).to_be_visible(timeout=30_000)
        expect(page.locator("#takes")).not_to_be_empty(timeout=30_000)
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            settled(page)
        context.close()
    assert complaints == []


def _is_local(url: str, service: Service) -> bool:
    return url.startswith((service.base_url, "data:", "blob:"))
