"""The page, driven in headless Chromium against the running service with the real embedded engine."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.engine.audio import Audio
from tests.conftest import CLIPS
from tests.listening import heard, word_error
from tests.serving import Service

pytestmark = [pytest.mark.browser, pytest.mark.slow]

JOB_LIMIT_MS = 120_000
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.fail("the browser tests need Chromium; run_tests.sh installs it")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, service: Service) -> Iterator[Callable[[str], Page]]:
    """Opens the page at a size; afterwards nothing may have failed or been asked of another machine."""
    complaints: list[str] = []
    contexts = []

    def opened(size: str) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if _is_local(r.url, service) else complaints.append(f"asked for {r.url}"))
        page.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.goto(service.base_url)
        expect(page.get_by_role("button", name="CLONE")).to_be_visible(timeout=30_000)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _is_local(url: str, service: Service) -> bool:
    return url.startswith((service.base_url, "data:", "blob:"))


def upload(page: Page, clip: str) -> None:
    page.locator("#recording input[type=file]").set_input_files(CLIPS / f"{clip}.flac")


def result_of(page: Page, service: Service) -> Audio:
    """The sound in the result player, fetched as the player does."""
    expect(page.locator("#status")).to_contain_text("Done", timeout=JOB_LIMIT_MS)
    source = page.locator("#result a[download]").first.get_attribute("href", timeout=10_000)
    assert source
    return heard(httpx.get(source if source.startswith("http") else service.base_url + source).content)


@pytest.mark.parametrize("size", SIZES)
def test_a_recording_is_transcribed_cloned_and_edited(open_page, service, client, clip_facts, size, tmp_path: Path):
    page = open_page(size)
    upload(page, "ref_en_male")
    transcript = page.locator("#transcript textarea")
    expect(transcript).to_have_value(re.compile("opened the shop"), timeout=JOB_LIMIT_MS)
    assert word_error(clip_facts["ref_en_male"]["text"], transcript.input_value()) <= 0.1

    page.locator("#text textarea").fill("Thank you for coming all this way.")
    page.get_by_role("button", name="CLONE").click()
    speech = result_of(page, service)
    said = client.audio.transcriptions.create(
        model="whisper-1", file=("a.wav", _file(speech, tmp_path)), language="en"
    ).text
    assert word_error("Thank you for coming all this way.", said) <= 0.2

    page.get_by_role("tab", name="Edit").click()
    page.locator("#task input").click()
    page.get_by_role("option", name="speed").click()
    page.get_by_role("button", name="EDIT", exact=True).click()
    expect(page.locator("#status")).to_contain_text("3.", timeout=JOB_LIMIT_MS)
    assert result_of(page, service).duration_s == pytest.approx(clip_facts["ref_en_male"]["seconds"] / 1.25, rel=0.02)


def test_a_preset_fills_recording_and_transcript(open_page):
    page = open_page("desk")
    page.locator("#preset input").click()
    page.get_by_role("option", name=re.compile("story_teller")).click()
    expect(page.locator("#transcript textarea")).to_have_value(re.compile("clockmaker"), timeout=30_000)


def test_a_mistake_is_told_in_words_and_nothing_entered_is_lost(open_page):
    page = open_page("desk")
    page.locator("#text textarea").fill("안녕하세요 여러분")
    page.get_by_role("button", name="CLONE").click()
    expect(page.get_by_text("Upload or record a voice first")).to_be_visible(timeout=30_000)
    upload(page, "ref_en_female")
    expect(page.locator("#transcript textarea")).to_have_value(re.compile("boat"), timeout=JOB_LIMIT_MS)
    page.get_by_role("button", name="CLONE").click()
    expect(page.get_by_text("Korean")).to_be_visible(timeout=30_000)
    assert page.locator("#text textarea").input_value() == "안녕하세요 여러분"


def test_cancel_stops_a_long_job(open_page, service):
    page = open_page("desk")
    page.locator("#preset input").click()
    page.get_by_role("option", name=re.compile("heart_en")).click()
    expect(page.locator("#transcript textarea")).to_have_value(re.compile("morning"), timeout=30_000)
    page.locator("#text textarea").fill("This sentence is said again and again. " * 40)
    page.get_by_role("button", name="CLONE").click()
    expect(page.locator("#status")).to_contain_text("ready", timeout=JOB_LIMIT_MS)
    page.locator("#cancel").click()
    expect(page.locator("#status")).to_contain_text("Cancelled", timeout=10_000)
    for _ in range(50):
        if httpx.get(f"{service.base_url}/readyz").json().get("running") == 0:
            return
        page.wait_for_timeout(100)
    pytest.fail("the cancelled job still runs")


def _file(audio: Audio, folder: Path) -> bytes:
    import soundfile

    path = folder / "result.wav"
    soundfile.write(path, audio.samples, audio.sample_rate)
    return path.read_bytes()
