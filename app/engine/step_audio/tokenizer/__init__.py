"""The audio tokenizer of the neural backend: speech to codes."""

from app.engine.step_audio.codes import AudioCodes
from app.engine.step_audio.tokenizer.preprocessing import preprocessed
from app.engine.step_audio.tokenizer.tokenizer import AudioTokenizer

__all__ = ["AudioCodes", "AudioTokenizer", "preprocessed"]
