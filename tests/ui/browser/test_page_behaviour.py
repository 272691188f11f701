"""How the page behaves: mistakes, cancel, sessions, languages, colours, keyboard, screen readers, the machine panel."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.ui.words import WORDS
from tests.conftest import CLIPS
from tests.serving import scripted_service
from tests.ui.browser.conftest import SIZES, OpenPage
from tests.ui.browser.driving import (
    JOB_LIMIT_MS,
    current,
    edit,
    open_tab,
    reload,
    run,
    settled,
    takes,
    upload,
    use_preset,
    watch_events,
)

BACKGROUND = "getComputedStyle(document.querySelector('#voice-column')).backgroundColor"
TABS = {
    "#main-tabs > .tab-wrapper": ["工作室", "对比", "机器状态", "帮助"],
    "#make-tabs": ["克隆", "编辑", "配方"],
    "#voice-tabs": ["我的录音", "声音库"],
}
pytestmark = [pytest.mark.browser, pytest.mark.slow]


# ---- mistakes -------------------------------------------------------------------------------------------------------


def test_mistakes_are_told_in_words_where_they_happen_and_nothing_entered_is_lost(open_page: OpenPage, tmp_path: Path):
    page = open_page()
    text = page.locator("#text textarea")
    text.fill("안녕하세요 여러분")
    run(page, "#clone", "error")
    expect(page.locator("#voice-card-fault [role=alert]")).to_contain_text("Upload or record a voice first")
    use_preset(page, "heart_en")
    page.evaluate("document.body.dataset.job = 'idle'")
    run(page, "#clone", "error")
    expect(page.locator("#text-fault [role=alert]")).to_contain_text("English or Chinese")
    expect(page.locator("#voice-card-fault")).to_have_count(0)
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(text).to_have_value("안녕하세요 여러분")
    text.fill("a" * 4097)
    expect(page.locator("#text-fault")).to_have_count(0)
    expect(page.locator("#counter .over-limit")).to_contain_text("1 more than the limit")
    page.evaluate("document.body.dataset.job = 'idle'")
    run(page, "#clone", "error")
    expect(page.locator("#text-fault [role=alert]")).to_contain_text("4096")

    page.locator("#voice-tabs").get_by_role("tab").nth(0).click()
    trouble = page.locator("#bring [role=alert]")
    (tmp_path / "notes.wav").write_text("this is no sound")
    page.locator("#bring input[type=file]").set_input_files(tmp_path / "notes.wav")
    expect(trouble).to_contain_text("cannot be read as sound")
    with (tmp_path / "large.wav").open("wb") as large:
        large.truncate(200 * 2**20)
    page.locator("#bring input[type=file]").set_input_files(tmp_path / "large.wav")
    expect(trouble).to_contain_text("25 MB")
    (tmp_path / "empty.wav").write_bytes(b"")
    page.locator("#bring input[type=file]").set_input_files(tmp_path / "empty.wav")
    expect(trouble).to_contain_text("This file is empty")
    expect(page.locator("#voice-card")).to_contain_text("American woman, warm")


def test_an_upload_can_be_stopped(open_page: OpenPage, tmp_path: Path):
    page = open_page()
    clip = (CLIPS / "ref_en_male.flac").read_bytes()
    (tmp_path / "long.flac").write_bytes(clip + bytes(20 * 2**20))
    session = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
    session.send("Network.emulateNetworkConditions", slow)
    page.locator("#bring input[type=file]").set_input_files(tmp_path / "long.flac")
    page.locator("[data-action=stop-upload]").click()
    expect(page.locator("#bring .status")).to_contain_text("stopped")
    session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    upload(page, "ref_en_male")
    expect(takes(page)).to_have_count(1)


def test_cancel_stops_a_long_job_at_once(open_page: OpenPage, service):
    page = open_page()
    use_preset(page, "heart_en")
    page.locator("#text textarea").fill("This sentence is said again and again. " * 40)
    page.locator("#clone").click()
    expect(page.locator("#progress")).to_contain_text(
        re.compile(r"Speaking: \d+%, about \d+ s left"), timeout=JOB_LIMIT_MS
    )
    page.locator("#cancel").click()
    expect(page.locator("#progress")).to_contain_text("Cancelled", timeout=JOB_LIMIT_MS)
    _wait_until_idle(page, service.base_url)
    expect(takes(page)).to_have_count(1)
    page.locator("#text textarea").fill("Now it works.")
    run(page, "#clone")
    expect(current(page)).to_contain_text("clone")


def test_a_double_click_makes_one_take(open_page: OpenPage):
    page = open_page()
    use_preset(page, "heart_en")
    page.locator("#text textarea").fill("Only once.")
    page.locator("#clone").dblclick()
    expect(page.locator("body[data-job=done]")).to_be_attached(timeout=JOB_LIMIT_MS)
    expect(takes(page)).to_have_count(2)


# ---- sessions -------------------------------------------------------------------------------------------------------


def test_a_reload_keeps_the_takes_and_others_do_not_see_them(open_page: OpenPage, service):
    page = open_page()
    use_preset(page, "heart_en")
    edit(page, "speed", "faster")
    take_id = current(page).get_attribute("data-take")
    reload(page)
    expect(takes(page)).to_have_count(2, timeout=30_000)
    expect(current(page)).to_contain_text("· faster")
    expect(page.locator("#voice-card")).to_contain_text("American woman, warm")
    other = open_page()
    expect(takes(other)).to_have_count(0)
    cookies = {c["name"]: c["value"] for c in other.context.cookies()}
    assert httpx.get(f"{service.base_url}/page/takes/{take_id}.flac", cookies=cookies).status_code == 404
    assert httpx.get(f"{service.base_url}/page/takes/{take_id}.flac").status_code == 403


def test_a_second_tab_follows_the_first(open_page: OpenPage):
    first = open_page()
    second = open_page(context=first.context)
    use_preset(first, "heart_en")
    second.bring_to_front()
    expect(takes(second)).to_have_count(1, timeout=15_000)


def test_a_link_opens_a_session_of_the_key_that_signs_in_on_the_way(browser, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("EDITX_API_KEY", "a-key-of-our-own")
    with scripted_service(tmp_path, ["--go"]) as service, browser.new_context() as context:
        service.wait_until("/readyz")
        with httpx.Client(base_url=service.base_url, headers={"authorization": "Bearer a-key-of-our-own"}) as http:
            at = http.post("/v1/sessions").headers["location"]
            waits = {"prefer": "wait"}
            voice = http.post(f"{at}/takes", json={"voice": "alloy", "name": "From a program"}, headers=waits).json()
            page: Page = context.new_page()
            watch_events(page)
            page.goto(f"{service.base_url}/?session={at.rsplit('/', 1)[1]}")
            page.locator("[name=key]").fill("a-key-of-our-own")
            page.get_by_role("button").click()
            expect(current(page)).to_contain_text("From a program", timeout=30_000)
            assert page.url == f"{service.base_url}/?session={at.rsplit('/', 1)[1]}"
            edit(page, "speed", "faster")
            rows = http.get(f"{at}/takes").json()["data"]
            assert [row["parent"] for row in rows] == [None, voice["id"]]
            http.patch(f"{at}/takes/{rows[1]['id']}", json={"name": "Renamed there"})
            expect(current(page)).to_contain_text("Renamed there", timeout=15_000)
        settled(page)


# ---- languages and colours ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_the_language_changes_everywhere_at_once_keeps_what_is_entered_and_is_remembered(open_page: OpenPage, size):
    page = open_page(size)
    page.locator("#text textarea").fill("Hello there.")
    use_preset(page, "xiaoxiao_cn")
    page.locator("[data-action=language]").click()
    expect(page.locator("#clone")).to_have_text("开始朗读")
    expect(page.locator("#text textarea")).to_have_value("Hello there.")
    expect(page.locator("#voice-card")).to_contain_text("使用这个声音")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    for where, names in TABS.items():  # also of those that nobody has opened
        assert page.locator(f"{where} [role=tab]").all_inner_texts() == names
    _no_english_words_of_ours(page)
    reload(page)
    expect(page.locator("#clone")).to_have_text("开始朗读", timeout=30_000)
    expect(takes(page)).to_have_count(1, timeout=30_000)
    _no_english_words_of_ours(page)
    for tab in ("compare", "machine", "help"):
        open_tab(page, tab)
        _no_english_words_of_ours(page)
    open_tab(page, "studio")
    page.locator("#make-tabs").get_by_role("tab").nth(1).click()
    expect(page.locator("#meaning")).to_contain_text("明亮")
    page.locator("[data-action=language]").click()
    expect(page.locator("#edit")).to_have_text("Edit it")


def test_a_chinese_browser_gets_a_chinese_page_and_chinese_messages(open_page: OpenPage):
    page = open_page(locale="zh-CN")
    expect(page.locator("#clone")).to_have_text("开始朗读")
    run(page, "#clone", "error")
    expect(page.locator("#voice-card-fault [role=alert]")).to_contain_text("请先上传或录制一段声音")
    use_preset(page, "xiaoxiao_cn")
    edit(page, "speed", "faster")
    edit(page, "style", "whisper")
    expect(current(page)).to_contain_text("· 耳语")
    _no_english_words_of_ours(page)


def test_colours_change_and_are_remembered(open_page: OpenPage):
    page = open_page()
    light = page.evaluate(BACKGROUND)
    page.locator("[data-action=theme]").click()
    dark = page.evaluate(BACKGROUND)
    assert light != dark
    reload(page)
    expect(page.locator("#clone")).to_be_visible(timeout=30_000)
    assert page.evaluate(BACKGROUND) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_reader_finds_no_serious_fault(open_page: OpenPage, scheme):
    page = open_page(color_scheme=scheme)
    page.locator("#takes [data-action=example]").nth(2).click()
    expect(takes(page)).to_have_count(2, timeout=JOB_LIMIT_MS)
    faults = _faults(page, "studio")
    for name in ("Edit", "Recipe", "Voice library"):
        page.get_by_role("tab", name=name).click()
        faults += _faults(page, name)
    for tab in ("compare", "machine", "help"):
        open_tab(page, tab)
        expect(page.locator(f"#{'compare select' if tab == 'compare' else 'head'}").first).to_be_visible()
        faults += _faults(page, tab)
    assert faults == []


# ---- keyboard and machine -------------------------------------------------------------------------------------------


def test_everything_that_matters_works_from_the_keyboard(open_page: OpenPage):
    page = open_page()
    use_preset(page, "heart_en")
    page.locator("#text textarea").fill("One. " * 200)
    page.keyboard.press("Control+Enter")
    expect(page.locator("body[data-job=working]")).to_be_attached(timeout=30_000)
    page.keyboard.press("Escape")
    expect(page.locator("#progress")).to_contain_text("Cancelled", timeout=10_000)
    edit(page, "speed", "faster")
    page.locator("#takes-head h2").click()
    page.keyboard.press("Control+z")
    expect(current(page)).to_contain_text("American woman, warm")
    page.keyboard.press("Control+Shift+z")
    expect(current(page)).to_contain_text("· faster")
    page.evaluate("document.querySelector('#player audio').pause()")
    page.keyboard.press("Space")
    page.wait_for_function("!document.querySelector('#player audio').paused")


def test_choices_are_one_tab_stop_with_arrows_and_letters_and_space_chooses(open_page: OpenPage):
    page = open_page()
    expect(page.get_by_role("heading", level=1)).to_have_text("EditX")
    page.locator("#make-tabs").get_by_role("tab").nth(1).click()
    tasks, tags = page.locator("#task input"), page.locator("#tag-style input")
    tasks.first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#task input[value=style]")).to_be_checked()
    expect(tags.first).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.tags')?.id") == "tag-style"
    page.keyboard.press("w")
    expect(page.locator("#tag-style input[value=whisper]")).to_be_checked()
    expect(page.locator("#meaning")).to_contain_text("whisper", ignore_case=True)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.tags')") is None
    page.locator("#task input[value=denoise]").focus()
    page.keyboard.press("Space")
    expect(page.locator("#task input[value=denoise]")).to_be_checked()


def test_the_focus_goes_to_the_next_take_when_one_is_deleted_and_one_sound_is_heard_at_a_time(open_page: OpenPage):
    page = open_page()
    use_preset(page, "heart_en")
    page.locator("#voice-card audio").evaluate("audio => audio.play()")
    page.locator("#player audio").evaluate("audio => audio.play()")
    page.wait_for_function("document.querySelector('#voice-card audio').paused")
    page.locator("#library [data-action=hear]").first.click()
    page.wait_for_function("document.querySelector('#player audio').paused")
    use_preset(page, "michael_en")
    expect(takes(page)).to_have_count(2)
    row = takes(page).first
    row.locator("summary").click()
    row.locator("[data-action=delete]").click()
    page.keyboard.press("Tab")
    page.get_by_role("dialog").get_by_role("button", name="Delete the take").press("Enter")
    expect(takes(page)).to_have_count(1)
    page.wait_for_function("document.activeElement.matches('#takes .pick')")


def test_the_machine_panel_tells_cache_log_and_variants(open_page: OpenPage, service):
    page = open_page()
    open_tab(page, "machine")
    expect(page.locator("#engine-card")).to_contain_text("embedded", timeout=15_000)
    absent = page.locator("#variants label.absent")
    expect(absent).to_have_count(3)
    for n in range(3):
        expect(absent.nth(n).locator("input")).to_be_disabled()
        expect(absent.nth(n).locator("small")).not_to_be_empty()
    httpx.get(f"{service.base_url}/v1/of-somebody-else")
    page.request.get(f"{service.base_url}/v1/no-such-path")
    lines = page.locator("#log-card .lines")
    expect(lines).to_contain_text("path=/v1/no-such-path", timeout=15_000)
    expect(lines).not_to_contain_text("of-somebody-else")
    page.locator("[data-action=level]").select_option("error")
    expect(lines).not_to_contain_text("path=/v1/no-such-path")
    page.locator("#log-card [data-action=level]").select_option("info")
    page.locator("#log-card [data-action=clear]").click()
    expect(lines).not_to_contain_text("path=/v1/no-such-path")

    page.locator("#cache-card [data-action=clear]").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.locator("#cache-card [data-action=clear]").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear the cache").click()
    expect(page.locator("#cache-card")).to_contain_text("0 of 1000", timeout=15_000)
    assert httpx.get(f"{service.base_url}/v1/cache").json()["entries"] == 0


def test_a_loading_engine_lets_a_job_wait(browser, tmp_path: Path):
    with scripted_service(tmp_path) as scripted:
        scripted.wait_until("/healthz")
        page = browser.new_page()
        page.goto(scripted.base_url)
        expect(page.locator("#takes")).not_to_be_empty(timeout=30_000)
        page.locator("#takes [data-action=example]").first.click()
        expect(takes(page)).to_have_count(2, timeout=30_000)
        page.context.close()


def _faults(page: Page, where: str) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{where}: {v['id']}: {v['nodes'][0]['html'][:120]}" for v in found if v["impact"] in ("serious", "critical")
    ]


def _no_english_words_of_ours(page: Page) -> None:
    """No visible text of the page is one of our English sentences that have a Chinese twin."""
    english = {en: key for key, (en, zh) in WORDS.items() if en != zh and " " in en and "{" not in en}
    shown = page.locator("body").inner_text().splitlines()
    assert [english[line.strip()] for line in shown if line.strip() in english] == []


def _wait_until_idle(page: Page, base_url: str) -> None:
    for _ in range(50):
        if httpx.get(f"{base_url}/readyz").json()["running"] == 0:
            return
        page.wait_for_timeout(100)
    pytest.fail("the cancelled job still runs")
