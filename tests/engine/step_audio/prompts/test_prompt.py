"""The text of a prompt has its sounds as the weights in use spell them."""

from __future__ import annotations

import pytest

from app.engine.edits import Edit
from app.engine.facts.fact import Note
from app.engine.facts.warnings import SoundsOfLaterWeights
from app.engine.job import JobControl
from app.engine.script import parse_script
from app.engine.step_audio.codes import AudioCodes
from app.engine.step_audio.prompts.prompt import prompt_of_clone, prompt_of_edit
from app.engine.step_audio.prompts.text_tokenizer import TextTokenizer
from app.engine.step_audio.prompts.wording import clone_prompt, edit_prompt
from app.model_variants import Spelling

TEXT = "Well[Sigh], fine[LAUGH] [Question ei] and[cough]."


@pytest.mark.parametrize(
    ("spelling", "written", "warnings"),
    [
        ("current", "Well[sigh], fine[laugh] [Question-ei]and[cough].", []),
        ("first", "Well[Sigh], fine[Laughter] [Question-ei]and[cough].", [SoundsOfLaterWeights(("cough",))]),
    ],
)
def test_sounds_are_spelt_as_the_weights_know_them(
    step1_tokenizer: TextTokenizer,
    spelling: Spelling,
    written: str,
    warnings: list[Note],
) -> None:
    codes, script = AudioCodes([605, 622], [834, 1464, 3606]), parse_script(TEXT)
    spoken, edited = JobControl(), JobControl()
    clone = prompt_of_clone(step1_tokenizer, script, "Hi.", codes, 1.0, spoken, spelling=spelling)
    assert clone.ids == clone_prompt(step1_tokenizer, text=written, transcript="Hi.", codes=codes)
    edit = Edit("paralinguistic")
    ids = prompt_of_edit(step1_tokenizer, edit, "Hi.", script, codes, edited, spelling=spelling).ids
    assert ids == edit_prompt(step1_tokenizer, task=edit.task, tag="", transcript="Hi.", codes=codes, text=written)
    assert spoken.warnings == edited.warnings == warnings
