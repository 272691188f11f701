"""From a job to what the language model is asked: a prompt, a prompt to be guided away from, the length of an answer.

Intensity is classifier-free guidance between two prompts about the same recording and text. For an edit, *identity* is
the clone prompt that says the same words again; for a clone it is the same prompt without the reference's codes. At
intensity 1 there is only the first prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.engine.edits import Edit, Sound, split_sounds
from app.engine.job import JobControl
from app.engine.step_audio.language_model.endless import most_codes_for
from app.engine.step_audio.language_model.generation import Guidance
from app.engine.step_audio.prompts.safe_text import safe_text
from app.engine.step_audio.prompts.text_tokenizer import TextTokenizer
from app.engine.step_audio.prompts.wording import clone_prompt, edit_prompt
from app.engine.step_audio.tokenizer import AudioCodes

ANSWER_RATIO = 2  # an edited clip has at most twice the codes of its source, and what new sounds need


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the language model is asked: `ids`, at most `max_new_tokens` of an answer, guidance where it is wanted."""

    ids: Sequence[int]
    max_new_tokens: int
    guidance: Guidance | None = None


def prompt_of_clone(
    tokenizer: TextTokenizer, text: str, transcript: str, codes: AudioCodes, intensity: float, control: JobControl
) -> Prompt:
    """Asks for the text in the voice of the codes, whose words are `transcript`. Warns of text that is left out."""
    text, transcript = _safe(text, "input", control), _safe(transcript, "prompt_text", control)
    ids = clone_prompt(tokenizer, text=text, transcript=transcript, codes=codes)
    guidance = None
    if intensity != 1.0:
        guidance = Guidance(clone_prompt(tokenizer, text=text, transcript=transcript, codes=()), intensity)
    return Prompt(ids, most_codes_for(text), guidance)


def prompt_of_edit(
    tokenizer: TextTokenizer, edit: Edit, transcript: str, text: str, codes: AudioCodes, control: JobControl
) -> Prompt:
    """Asks for the edit of the clip of the codes, whose words are `transcript`; `text` has the sounds to be put in."""
    text, transcript = _safe(text, "input", control), _safe(transcript, "audio_text", control)
    ids = edit_prompt(tokenizer, task=edit.task, tag=edit.tag, transcript=transcript, codes=codes, text=text)
    guidance = None
    if edit.intensity != 1.0:
        identity = clone_prompt(tokenizer, text=transcript, transcript=transcript, codes=codes)
        guidance = Guidance(identity, edit.intensity)
    return Prompt(ids, ANSWER_RATIO * len(codes.mixed()) + most_codes_for(text), guidance)


def text_with_sounds(edit: Edit, text: str | None, transcript: str) -> str:
    """The new text of a paralinguistic edit, its tags as the model knows them; "" for any other edit.

    Without tags in the text the edit's own tag stands at the end.
    """
    if edit.task != "paralinguistic":
        return ""
    plain, sounds = split_sounds(text or transcript)
    return tagged(plain, sounds or [Sound(edit.tag, len(plain))])


def tagged(plain: str, sounds: Sequence[Sound]) -> str:
    """The text with each sound's tag at its place: the reverse of `split_sounds`, in the catalogue's spelling."""
    for sound in reversed(sounds):
        plain = f"{plain[: sound.position]}[{sound.tag}]{plain[sound.position :]}"
    return plain


def _safe(text: str, param: str, control: JobControl) -> str:
    cleaned, removed = safe_text(text)
    if removed:
        control.warn(f"Left out of '{param}', as the model reserves it: {' '.join(removed)}")
    return cleaned
