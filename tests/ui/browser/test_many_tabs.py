"""A browser has six connections to a service for all its tabs: none of them is held by a page that waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.serving import Service, scripted_service
from tests.ui.browser.driving import run, takes, use_preset

pytestmark = [pytest.mark.browser, pytest.mark.slow]
N_TABS = 7


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with scripted_service(tmp_path_factory.mktemp("scripted")) as service:
        service.wait_until("/readyz")
        yield service


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def opened(context: BrowserContext, service: Service) -> Page:
    page = context.new_page()
    page.goto(service.base_url)
    expect(page.locator("#takes")).not_to_be_empty(timeout=10_000)
    return page


def test_a_seventh_tab_loads_and_speaks_while_others_wait_for_their_jobs(context: BrowserContext, scripted: Service):
    tabs = [opened(context, scripted) for _ in range(N_TABS - 1)]
    use_preset(tabs[0], "heart_en")
    for tab in tabs[:3]:
        tab.bring_to_front()
        tab.locator("#text textarea").fill("Go on forever.")
        tab.locator("#clone").click()
        expect(tab.locator("body[data-job=working]")).to_be_attached(timeout=10_000)
    last = opened(context, scripted)
    last.locator("#takes-head").click()
    expect(last.locator("#voice-card strong")).to_be_visible(timeout=5_000)
    last.locator("#takes [data-action=select]").first.click()
    for tab in tabs[:3]:
        tab.bring_to_front()
        tab.locator("#cancel").click()
        expect(tab.locator("body[data-job=cancelled]")).to_be_attached(timeout=10_000)
    last.bring_to_front()
    last.locator("#text textarea").fill("Only this.")
    run(last, "#clone")
    expect(takes(last)).to_have_count(2)


def test_a_tab_that_is_closed_stops_its_job(context: BrowserContext, scripted: Service):
    page = opened(context, scripted)
    use_preset(page, "heart_en")
    page.locator("#text textarea").fill("Go on forever.")
    page.locator("#clone").click()
    scripted.wait_for_jobs(lambda running, _: running == 1)
    page.close()
    scripted.wait_for_jobs(lambda running, _: running == 0)
