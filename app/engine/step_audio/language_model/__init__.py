"""The language model: Step1 in its variants, and the generation of audio ids."""

from app.engine.step_audio.language_model.generation import generate
from app.engine.step_audio.language_model.loading import load_language_model

__all__ = ["generate", "load_language_model"]
