"""What the door says of itself: its voices, and the languages it writes down."""

from __future__ import annotations

from wyoming.info import AsrModel, AsrProgram, Attribution, Info, TtsProgram, TtsVoice

from app import __version__
from app.engine.engine import EditXEngine
from app.engine.hearing.languages import LANGUAGES
from app.engine.library.voices import VoiceInfo

NAME = "editx"
WHISPER = "whisper"  # whichever the service is set to; others are named as in /v1/models
DEFAULT_LANGUAGE = "en"  # of a saved voice whose language nobody told
_US = Attribution(NAME, "")
_OPENAI = Attribution("OpenAI", "https://github.com/openai/whisper")


def describe(engine: EditXEngine) -> Info:
    """The answer to `describe`. Reads the library's files."""
    speech = TtsProgram(
        name=NAME,
        attribution=_US,
        installed=True,
        description="EditX speech",
        version=__version__,
        voices=[_voice(voice) for voice in engine.voices.all("")],
        supports_synthesize_streaming=True,
    )
    model = AsrModel(
        name=WHISPER,
        attribution=_OPENAI,
        installed=True,
        description="Whisper",
        version=None,
        languages=list(LANGUAGES),
    )
    hearing = AsrProgram(
        name=NAME,
        attribution=_US,
        installed=True,
        description="EditX transcription",
        version=__version__,
        models=[model],
    )
    return Info(tts=[speech], asr=[hearing])


def _voice(voice: VoiceInfo) -> TtsVoice:
    return TtsVoice(
        name=voice.id,
        attribution=_US,
        installed=True,
        description=voice.name,
        version=None,
        languages=[voice.locale or DEFAULT_LANGUAGE],
    )
