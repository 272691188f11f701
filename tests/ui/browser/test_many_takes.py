"""A list of many takes: it scrolls by itself, is searched, ordered, starred and folded, and its menus stay in view."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.access.sessions import COOKIE, SessionCookies
from app.access.signer import Signer
from app.studio.session import Session
from app.studio.takes import Step
from tests.fakes import tone
from tests.serving import Service
from tests.ui.browser.conftest import OpenPage
from tests.ui.browser.driving import reload, takes

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def session_of(page: Page, service: Service) -> Session:
    """The session of a page, as the service keeps it."""
    cache = service.log.parent / "cache"
    cookie = next(c["value"] for c in page.context.cookies() if c["name"] == COOKIE)
    session_id = SessionCookies(Signer.kept_in(cache)).public_id(cookie)
    assert session_id is not None
    return Session(cache / "takes" / session_id)


def fill(session: Session, n: int) -> None:
    """Put in a recording and so many takes of it, each made from one of the three before."""
    sound = tone(0.5)
    made = [session.add(sound, name="kettle", transcript="The kettle sings.")]
    for number in range(n):
        step = Step("style", "whisper", seed=number)
        parent = made[-1 - number % 3] if number > 2 else made[0]
        made.append(session.add(sound, steps=(step,), parent_id=parent.id, transcript=f"Kettle number {number} sings."))


def height(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollHeight"))


@pytest.mark.parametrize("window", [(1440, 900), (1024, 768)])
def test_thirty_more_takes_leave_controls_and_newest_take_in_one_window(open_page: OpenPage, service, window):
    page = open_page()
    page.set_viewport_size({"width": window[0], "height": window[1]})
    session = session_of(page, service)
    fill(session, 3)
    reload(page)
    expect(takes(page)).to_have_count(4, timeout=30_000)
    small = height(page)
    fill(session, 29)
    expect(takes(page)).to_have_count(34, timeout=30_000)
    assert height(page) <= min(small + 600, 2400)
    page.evaluate("scrollTo(0, 0)")
    for place in ("#clone", "#player .player", "#takes li.current"):
        box = page.locator(place).bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= window[1], place


def test_takes_are_searched_ordered_starred_folded_and_their_menus_stay_in_the_window(open_page: OpenPage, service):
    page = open_page()
    fill(session_of(page, service), 6)
    expect(takes(page)).to_have_count(7, timeout=30_000)
    shown = page.locator("#takes li.take:visible")
    first = shown.first.locator(".title")
    expect(first).to_have_text("kettle")
    expect(takes(page).nth(1).locator(".title")).to_have_text("Kettle number 0 sings. · whisper")

    page.locator("#takes-tools select").select_option("newest")
    expect(first).to_have_text("Kettle number 5 sings. · whisper")
    expect(page.locator("#takes .group")).to_have_text("Recordings and voices")
    expect(shown.last.locator(".title")).to_have_text("kettle")
    page.locator("#takes-tools input").fill("number 3")
    expect(shown).to_have_count(1)
    shown.get_by_role("button", name="Star take 5").click()
    expect(shown.get_by_role("button", name="Take the star from take 5")).to_be_visible()
    page.locator("#takes-tools input").fill("")
    page.locator("#takes-tools [data-action=starred]").click()
    expect(shown).to_have_count(1)
    page.locator("#takes-tools [data-action=starred]").click()

    page.locator("#takes-tools select").select_option("tree")
    shown.first.locator("[data-action=fold]").click()
    expect(shown).to_have_count(1)
    shown.first.locator("[data-action=fold]").click()
    expect(shown).to_have_count(7)
    for row in (shown.first, shown.last):
        row.locator("summary").click()
        expect(row.locator(".menu > div")).to_have_attribute("style", re.compile("left"))
        box = row.locator(".menu > div").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= 1440
        assert box["y"] + box["height"] <= 900
    expect(page.locator("#takes details[open]")).to_have_count(1)


def test_a_hundred_takes_are_all_found(open_page: OpenPage, service):
    page = open_page()
    fill(session_of(page, service), 99)
    expect(takes(page)).to_have_count(100, timeout=30_000)
    page.locator("#takes-tools input").fill("number 7")
    expect(page.locator("#takes li.take:visible")).to_have_count(11)
