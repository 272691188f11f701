"""The documents as a site, and pages that are made from the program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.engine.edits import CATALOGUE
from app.settings import PROJECT
from tools import make_api_page, make_tags_page

DOCS = PROJECT / "docs"
BESIDE = ("README.md", "README_CN.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)")


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Every page has its place, and every link and anchor within leads somewhere."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path],
        cwd=PROJECT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "zh" / "index.html").is_file()


@pytest.mark.parametrize("name", BESIDE)
def test_links_of_what_stands_beside_the_site_lead_somewhere(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert [target for target in LINK.findall(text) if not (PROJECT / target).exists()] == []


def test_the_page_of_tags_is_current() -> None:
    assert make_tags_page.PAGE.read_text(encoding="utf-8") == make_tags_page.page(), "run `make docs`"
    assert all(tag in make_tags_page.page() for task in CATALOGUE.values() for tag in task.tags)


def test_the_page_of_the_api_is_current() -> None:
    assert make_api_page.PAGE.read_text(encoding="utf-8") == make_api_page.page(), "run `make docs`"


def test_both_languages_have_the_main_pages() -> None:
    chinese = {path.name for path in (DOCS / "zh").glob("*.md")}
    assert chinese >= {"index.md", "installation.md", "moving_from_openai.md", "deployment.md", "troubleshooting.md"}
    assert all((DOCS / name).is_file() for name in chinese)
