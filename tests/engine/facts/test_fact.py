"""Facts: values that travel, to JSON and back, and what logs show of them."""

from __future__ import annotations

import json

import pytest

from app.engine.errors import DeadlineExceeded, OutOfRange
from app.engine.facts.fact import Note, Plain, UnknownNote, note_from_json
from app.engine.facts.reasons import DidYouMean, FolderFaulty, NoSuchVariant
from app.engine.facts.warnings import InstructionsLeftOut, LittleSpeech, ReferenceClipped

NOTES = [
    ReferenceClipped(),
    LittleSpeech(1.5, 3.0),
    InstructionsLeftOut(("sad", "angry")),
    FolderFaulty("weights", NoSuchVariant()),
    Plain("Words of old."),
]


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.code)
def test_a_note_comes_back_from_json_as_it_was(note: Note):
    assert note_from_json(json.loads(json.dumps(note.to_json()))) == note


def test_a_sentence_of_an_earlier_release_stays_as_it_is():
    assert note_from_json("The reference is clipped.") == Plain("The reference is clipped.")


@pytest.mark.parametrize("row", [{}, {"code": "of_tomorrow"}, {"code": "little_speech", "speech_s": 1, "noise_db": 2}])
def test_a_note_of_a_later_release_is_refused(row: dict[str, object]):
    with pytest.raises(UnknownNote):
        note_from_json(row)


def test_logs_show_code_and_values():
    assert str(OutOfRange(0.1, 3.0, 9.0, param="intensity")) == (
        "out_of_range param='intensity' low=0.1 high=3.0 value=9.0"
    )
    assert str(DeadlineExceeded(60.0)) == "deadline_exceeded limit_s=60.0"
    assert str(DidYouMean(("sad", "mad"))) == "did_you_mean names=('sad', 'mad')"
