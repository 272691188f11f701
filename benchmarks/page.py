"""How quickly the page shows itself, and how it answers while a job runs: `python -m benchmarks.page`.

Headless Chromium against the service with the embedded engine, nothing cached by the browser; medians of several runs.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, expect, sync_playwright

from tests.serving import Service, real_service

N_RUNS = 5
LONG_TEXT = "This sentence is said again and again. " * 40
N_PROBES = 40


def main() -> int:
    """Measure and print."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        print("Chromium is needed: install it first.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, real_service(Path(folder), ["--offline"]) as service:
        service.wait_until("/readyz")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            opened = [_opened_s(browser, service) for _ in range(N_RUNS)]
            probes = _probes_s(browser, service)
            browser.close()
    paints, usable = zip(*opened, strict=True)
    print("| the page | seconds |\n|---|---|")
    print(f"| first paint with content, median of {N_RUNS} | {statistics.median(paints):.2f} |")
    print(f"| all panels usable, median of {N_RUNS} | {statistics.median(usable):.2f} |")
    print(f"| answer of `/page/state` while a long clone runs, median of {N_PROBES} | {probes[0]:.3f} |")
    print(f"| the slowest of them | {probes[1]:.3f} |")
    return 0


def _opened_s(browser: Browser, service: Service) -> tuple[float, float]:
    context = browser.new_context()
    page = context.new_page()
    began = time.monotonic()
    page.goto(service.base_url)
    expect(page.locator("#takes")).not_to_be_empty(timeout=30_000)
    usable_s = time.monotonic() - began
    paint_ms = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return paint_ms / 1000, usable_s


def _probes_s(browser: Browser, service: Service) -> tuple[float, float]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(service.base_url)
    page.locator("#takes [data-action=example]").nth(2).click()
    expect(page.locator("#takes li.take")).to_have_count(2, timeout=60_000)
    page.locator("#text textarea").fill(LONG_TEXT)
    page.locator("#clone").click()
    expect(page.locator("body[data-job=working]")).to_be_attached(timeout=30_000)
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}  # type: ignore[typeddict-item]
    took = []
    for _ in range(N_PROBES):
        began = time.monotonic()
        httpx.get(f"{service.base_url}/page/state", cookies=cookies).raise_for_status()
        took.append(time.monotonic() - began)
    page.locator("#cancel").click()
    expect(page.locator("body[data-job=cancelled]")).to_be_attached(timeout=30_000)
    context.close()
    return statistics.median(took), max(took)


if __name__ == "__main__":
    sys.exit(main())
