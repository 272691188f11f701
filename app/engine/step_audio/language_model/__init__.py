"""The language model: Step1 in its variants, and the generation of audio ids for all callers at once."""

from app.engine.step_audio.language_model.generation import Generation
from app.engine.step_audio.language_model.loading import load_language_model
from app.engine.step_audio.language_model.served import ServedModel

__all__ = ["Generation", "ServedModel", "load_language_model"]
