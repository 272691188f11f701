"""Scripts of the page that need no page, run by Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

import app.ui

STATIC = Path(app.ui.__file__).parent / "static"
NODE = compute_driver_executable()[0]  # the one that comes with playwright


def run_script(name: str, code: str) -> str:
    """What the code prints that follows a script of the page."""
    script = (STATIC / name).read_text(encoding="utf-8")
    ran = subprocess.run(
        [NODE, "--input-type=module"],
        input=script + code,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=STATIC,  # where its own imports are
    )
    return ran.stdout.strip()


@pytest.mark.parametrize(
    ("loaded_from", "address"),
    [
        ("http://localhost:7860/", "http://localhost:7860"),
        ("https://example.org/?__theme=dark", "https://example.org"),
        ("https://example.org/tools/voice/", "https://example.org/tools/voice"),
        ("https://example.org/tools/voice/index.html?x=1#top", "https://example.org/tools/voice"),
    ],
)
def test_calls_are_shown_with_the_address_of_the_page_and_its_path(loaded_from: str, address: str):
    code = f"globalThis.document = {{ baseURI: {json.dumps(loaded_from)} }}; console.log(pageAddress());"
    assert run_script("address.js", code) == address


@pytest.mark.parametrize(
    ("error", "told"),
    [("<span>Silent.</span>", "<span>Silent.</span>"), ({"message": "The server failed."}, "null"), (None, "null")],
)
def test_an_upload_that_fails_by_a_bug_is_told_in_words_of_the_page(error: object, told: str):
    assert run_script("uploads.js", f"console.log(toldIn({json.dumps({'error': error})}) ?? 'null');") == told
