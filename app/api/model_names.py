"""The names that stock clients ship with, as aliases of our models; OpenAI switches most of them off in 2027.

Every name also answers with the date of a release behind it (`tts-1-1106`, `gpt-4o-mini-tts-2025-12-15`) and with who
provides it in front (`openai/whisper-1`). Kokoro and the Whispers answer under the names of their published files, too:
`speaches-ai/Kokoro-82M-v1.0-ONNX`, `Systran/faster-whisper-base`, `whisper-large-v3`.
"""

from __future__ import annotations

import re

KOKORO = "kokoro"
SPEECH_ALIASES = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15", KOKORO)
DIARIZING = "gpt-4o-transcribe-diarize"
TRANSCRIPTION_ALIASES = ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe", DIARIZING)

_RELEASE = re.compile(r"-\d{4}(-\d{2}-\d{2})?$", re.ASCII)
_WHISPER = re.compile(r"(?:faster-)?whisper-(?P<size>[a-z].*?)(?:-ct2)?", re.ASCII)


def plain_name(name: str) -> str:
    """The name in our lists that one from elsewhere means, as far as its form tells."""
    plain = name.rpartition("/")[2].lower()
    if plain.startswith(f"{KOKORO}-"):
        return KOKORO
    undated = _RELEASE.sub("", plain)
    if undated in (*SPEECH_ALIASES, *TRANSCRIPTION_ALIASES):
        return undated
    whisper = _WHISPER.fullmatch(plain)
    return whisper["size"] if whisper else plain
