"""Gradio is imported as the page imports it, which is quicker, before a test imports it by itself."""

from __future__ import annotations

import app.ui  # noqa: F401
