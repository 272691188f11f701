"""docs/settings.md is what app/settings.py says."""

from __future__ import annotations

from app.settings import Settings, flag_of
from tools import make_settings_page


def test_the_settings_page_is_current() -> None:
    assert make_settings_page.PAGE.read_text(encoding="utf-8") == make_settings_page.page(), "run `make docs`"


def test_every_setting_is_on_the_page_with_a_meaning() -> None:
    page = make_settings_page.page()
    for name, field in Settings.model_fields.items():
        assert f"`{flag_of(name)}`" in page or f"`--no-{flag_of(name)[2:]}`" in page
        assert field.description
