"""The audio tokenizer of the neural backend: speech to codes."""

from app.engine.step_audio.tokenizer.preprocessing import preprocessed
from app.engine.step_audio.tokenizer.tokenizer import AudioTokenizer

__all__ = ["AudioTokenizer", "preprocessed"]
