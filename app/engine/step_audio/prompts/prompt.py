"""From a job to what the language model is asked: a prompt, a prompt to be guided away from, the length of an answer.

Intensity is classifier-free guidance between two prompts about the same recording and text. For an edit, *identity* is
the clone prompt that says the same words again; for a clone it is the same prompt without the reference's codes. At
intensity 1 there is only the first prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.engine.edits import CATALOGUE, Edit
from app.engine.facts.warnings import ReservedLeftOut, SoundsOfLaterWeights
from app.engine.job import JobControl
from app.engine.script import Script
from app.engine.step_audio.codes import AudioCodes
from app.engine.step_audio.language_model.endless import most_codes_for
from app.engine.step_audio.language_model.generation import Guidance
from app.engine.step_audio.prompts.safe_text import safe_text
from app.engine.step_audio.prompts.text_tokenizer import TextTokenizer
from app.engine.step_audio.prompts.wording import clone_prompt, edit_prompt
from app.model_variants import Spelling

TAGLESS_LANGUAGES = ("", "English", "Mandarin")  # read as they are written; the model has tags for the others
ANSWER_RATIO = 2  # an edited clip has at most twice the codes of its source, and what new sounds need


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the language model is asked: `ids`, at most `max_new_tokens` of an answer, guidance where it is wanted."""

    ids: Sequence[int]
    max_new_tokens: int
    guidance: Guidance | None = None


def prompt_of_clone(
    tokenizer: TextTokenizer,
    script: Script,
    transcript: str,
    codes: AudioCodes,
    intensity: float,
    control: JobControl,
    *,
    spelling: Spelling = "current",
) -> Prompt:
    """Asks for the script in the voice of the codes, whose words are `transcript`. Warns of text that is left out.

    `spelling`: how the weights spell sounds.
    """
    text, transcript = (
        _safe(_written(script, spelling, control), "input", control),
        _safe(transcript, "prompt_text", control),
    )
    ids = clone_prompt(tokenizer, text=text, transcript=transcript, codes=codes)
    guidance = None
    if intensity != 1.0:
        guidance = Guidance(clone_prompt(tokenizer, text=text, transcript=transcript, codes=()), intensity)
    return Prompt(ids, most_codes_for(script.text, len(script.sounds)), guidance)


def prompt_of_edit(
    tokenizer: TextTokenizer,
    edit: Edit,
    transcript: str,
    script: Script | None,
    codes: AudioCodes,
    control: JobControl,
    *,
    spelling: Spelling = "current",
) -> Prompt:
    """Asks for the edit of the clip of the codes, whose words are `transcript`; `script` has the sounds to put in."""
    script = script or Script()
    text = _safe(_written(script, spelling, control), "input", control)
    transcript = _safe(transcript, "audio_text", control)
    ids = edit_prompt(tokenizer, task=edit.task, tag=edit.tag, transcript=transcript, codes=codes, text=text)
    guidance = None
    if edit.intensity != 1.0:
        identity = clone_prompt(tokenizer, text=transcript, transcript=transcript, codes=codes)
        guidance = Guidance(identity, edit.intensity)
    most_codes = ANSWER_RATIO * len(codes.mixed()) + most_codes_for(script.text, len(script.sounds))
    return Prompt(ids, most_codes, guidance)


def _written(script: Script, spelling: Spelling, control: JobControl) -> str:
    """The text as the model was trained to read it: tags at their places, as its weights spell them.

    Warns of sounds that came with later weights; they are written as those do.
    """
    text, unknown = script.text, dict[str, None]()
    for sound in reversed(script.sounds):
        tag = CATALOGUE["paralinguistic"].tags[sound.tag]
        if spelling == "first" and tag.first_spelling is None:
            unknown[tag.name] = None
        written = tag.first_spelling if spelling == "first" and tag.first_spelling else tag.name
        text = f"{text[: sound.position]}[{written}]{text[sound.position :]}"
    if unknown:
        control.warn(SoundsOfLaterWeights(tuple(reversed(unknown))))
    return text if script.language in TAGLESS_LANGUAGES else f"[{script.language}]{text}"


def _safe(text: str, param: str, control: JobControl) -> str:
    cleaned, removed = safe_text(text)
    if removed:
        control.warn(ReservedLeftOut(param, tuple(removed)))
    return cleaned
