"""How browser tests work the page: bring a voice, run, wait, look at takes."""

from __future__ import annotations

import re
from weakref import WeakKeyDictionary

import httpx
from playwright.sync_api import Locator, Page, Request, expect

from app.engine.sound.audio import Audio
from tests.conftest import CLIPS
from tests.listening import heard

JOB_LIMIT_MS = 120_000
LOOK_MS, MAX_LOOKS = 200, 25
_asked: WeakKeyDictionary[Page, list[int]] = WeakKeyDictionary()


def watch_events(page: Page) -> None:
    """Keep count of how often the page asks for news of its events."""
    asked = _asked[page] = [0]

    def count(request: Request) -> None:
        asked[0] += "/page/news/" in request.url

    page.on("request", count)


def settled(page: Page) -> None:
    """Wait until the page's events are over: leaving earlier makes Gradio complain of its cut connection."""
    n_quiet = 0
    for _ in range(MAX_LOOKS):
        n_before = _asked[page][0]
        page.wait_for_timeout(LOOK_MS)
        n_quiet = 0 if _asked[page][0] > n_before else n_quiet + 1
        if n_quiet == 2:
            return


def reload(page: Page) -> None:
    """Load the page anew, as a user does who looks at a page at rest."""
    settled(page)
    page.reload()


def upload(page: Page, clip: str) -> None:
    """Bring a test clip and wait until Whisper has written it down."""
    page.locator("#bring input[type=file]").set_input_files(CLIPS / f"{clip}.flac")
    expect(page.locator("#transcript textarea")).to_have_value(re.compile(r"\S"), timeout=JOB_LIMIT_MS)


def use_preset(page: Page, voice: str) -> None:
    """Take a preset from the library, by its id."""
    row = page.locator("#library li").filter(has_text=voice)
    page.locator("#voice-tabs").get_by_role("tab").nth(1).click()
    name = row.locator("strong").inner_text()
    row.locator("[data-action=use]").click()
    expect(page.locator("#voice-card")).to_contain_text(name, timeout=30_000)


def run(page: Page, button: str, state: str = "done") -> None:
    """Press a button that makes takes, and wait for the end of its job."""
    n_before = takes(page).count()
    page.locator(button).click()
    expect(page.locator(f"body[data-job={state}]")).to_be_attached(timeout=JOB_LIMIT_MS)
    if state == "done":
        expect(takes(page)).not_to_have_count(n_before, timeout=30_000)


def choose_edit(page: Page, task: str, tag: str = "") -> None:
    """Open the edit panel and choose."""
    page.locator("#make-tabs").get_by_role("tab").nth(1).click()
    page.locator(f"#task input[value={task}]").check()
    if tag:
        page.locator(f"#tag-{task} input[value='{tag}']").check()


def edit(page: Page, task: str, tag: str = "") -> None:
    """Do one edit and wait for its take."""
    choose_edit(page, task, tag)
    page.evaluate("document.body.dataset.job = 'idle'")
    run(page, "#edit")


def takes(page: Page) -> Locator:
    """All rows of the tree."""
    return page.locator("#takes li.take")


def current(page: Page) -> Locator:
    """The row that the session stands on."""
    return page.locator("#takes li.take.current")


def sound_of(page: Page, row: Locator) -> Audio:
    """The sound of a take, fetched as the browser does."""
    address = f"{page.url}page/takes/{row.get_attribute('data-take')}.flac"
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return heard(httpx.get(address, cookies=cookies).raise_for_status().content)


def depth(row: Locator) -> int:
    """How far below its root a take hangs."""
    return int(row.evaluate("row => getComputedStyle(row).getPropertyValue('--depth')"))


def open_tab(page: Page, name: str) -> None:
    """Open one of the main tabs by its id."""
    page.locator(f"#main-tabs [role=tab][data-tab-id={name}]").click()
