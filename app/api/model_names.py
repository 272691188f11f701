"""The names that stock clients ship with, as aliases of our models; OpenAI switches most of them off in 2027.

Every name also answers with the date of a release behind it: `tts-1-1106`, `gpt-4o-mini-tts-2025-12-15`.
"""

from __future__ import annotations

import re

KOKORO = "kokoro"
SPEECH_ALIASES = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15", KOKORO)
DIARIZING = "gpt-4o-transcribe-diarize"
TRANSCRIPTION_ALIASES = ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe", DIARIZING)

_RELEASE = re.compile(r"-\d{4}(-\d{2}-\d{2})?$", re.ASCII)


def undated(name: str) -> str:
    """The name without the date of its release."""
    return _RELEASE.sub("", name)
