"""Text to phonemes for the embedded engine: English, Mandarin, and both mixed."""

from __future__ import annotations

from app.engine.embedded.text.phonemes import to_phonemes
from app.engine.embedded.text.speakable import check_speakable

__all__ = ["check_speakable", "to_phonemes"]
