"""Prompts: what the language model is asked, as ids."""

from app.engine.step_audio.prompts.text_tokenizer import load_text_tokenizer
from app.engine.step_audio.prompts.wording import clone_prompt, edit_prompt

__all__ = ["clone_prompt", "edit_prompt", "load_text_tokenizer"]
