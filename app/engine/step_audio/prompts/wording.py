"""The prompts of Step-Audio-EditX, as ids.

Form: begin mark, then the turns "system" and "human", each between turn marks, then the opened turn of the assistant,
which answers in audio ids. The wording is verbatim what the model was trained with; instructions of edits stand with
their tasks in `app/engine/edits.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.engine.edits import find_task
from app.engine.errors import OutOfRange, ReservedSymbols
from app.engine.step_audio.codes import CODES
from app.engine.step_audio.prompts.safe_text import safe_text
from app.engine.step_audio.prompts.text_tokenizer import TextTokenizer
from app.engine.step_audio.vocabulary import BEGIN_OF_TURN_ID, BOS_ID, END_OF_TURN_ID, TEXT_IDS

EDIT_SYSTEM = """\
As a highly skilled audio editing and tuning specialist, you excel in interpreting user instructions and applying \
precise adjustments to meet their needs. Your expertise spans a wide range of enhancement capabilities, including but \
not limited to:
# Emotional Enhancement
# Speaking Style Transfer
# Non-linguistic Adjustments
# Audio Tuning & Editing
Note: You will receive instructions in natural language and are expected to accurately interpret and execute the most \
suitable audio edits and enhancements.
"""

CLONE_SYSTEM = (
    "Generate audio with the following timbre, prosody and speaking style\n\n"
    "[speaker_start]\n"
    "speaker name: {speaker}\n"
    "speaker prompt text: \n{transcript}\n"
    "speaker audio tokens: \n{audio}\n"
    "[speaker_end]\n"
)


class Codes(Protocol):
    """Audio codes that know their mixed form."""

    def mixed(self) -> list[int]:
        """Groups of two vq02 and three vq06 codes, 0 to 5119."""


def clone_prompt(
    tokenizer: TextTokenizer, *, text: str, transcript: str, codes: Codes | Sequence[int], speaker: str = "debug"
) -> list[int]:
    """Ids that ask for `text` in the voice of the reference with this transcript and these codes (mixed, 0 to 5119).

    No codes at all make the prompt without a reference. Texts are cleaned by `safe_text`; call it before to learn what
    that removes. Raises InvalidRequest for codes out of range.
    """
    mixed = _mixed(codes)
    system = CLONE_SYSTEM.format(speaker=_clean(speaker), transcript=_clean(transcript), audio=_audio_string(mixed))
    return _prompt(tokenizer, system, _clean(text), len(mixed))


def edit_prompt(
    tokenizer: TextTokenizer,
    *,
    task: str,
    tag: str | None,
    transcript: str | None,
    codes: Codes | Sequence[int],
    text: str | None = None,
) -> list[int]:
    """Ids that ask for an edit of the clip with this transcript and these codes (mixed, 0 to 5119).

    `text` is the new text of a paralinguistic edit. Cleaning and errors as in `clone_prompt`; raises UnknownTask too.
    """
    mixed = _mixed(codes)
    instruction = find_task(task).instruction_for(
        _clean(tag or ""), transcript=_clean(transcript or ""), text=_clean(text or "")
    )
    return _prompt(tokenizer, EDIT_SYSTEM, f"{instruction}\n{_audio_string(mixed)}\n", len(mixed))


def _prompt(tokenizer: TextTokenizer, system: str, user: str, n_codes: int) -> list[int]:
    system_ids, user_ids = tokenizer.encode(f"system\n{system}"), tokenizer.encode(f"human\n{user}")
    if sum(token not in TEXT_IDS for token in system_ids + user_ids) != n_codes:
        raise ReservedSymbols()
    return [
        BOS_ID,
        BEGIN_OF_TURN_ID,
        *system_ids,
        END_OF_TURN_ID,
        BEGIN_OF_TURN_ID,
        *user_ids,
        END_OF_TURN_ID,
        BEGIN_OF_TURN_ID,
        *tokenizer.encode("assistant\n"),
    ]


def _clean(text: str) -> str:
    return safe_text(text)[0]


def _mixed(codes: Codes | Sequence[int]) -> list[int]:
    mixed = list(codes) if isinstance(codes, Sequence) else codes.mixed()
    for code in mixed:
        if code not in CODES:
            raise OutOfRange(0, CODES[-1], code, param="codes")
    return mixed


def _audio_string(mixed: Sequence[int]) -> str:
    return "".join(f"<audio_{code}>" for code in mixed)
