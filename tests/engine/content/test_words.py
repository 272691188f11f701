"""Words go along with their sound: cut, joined, stretched, without its pauses."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.content.words import TimedPhoneme, TimedWord
from app.engine.edits import make_edit
from app.engine.embedded.silences import without_silence
from app.engine.embedded.sounds.insertion import insert_at
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, crossfade, edge_faded, joined, silence, split_at_silences
from app.engine.sound.timestretch import stretched

RATE = 8000
WORDS = (
    TimedWord("One", 0.1, 0.4, phonemes=(TimedPhoneme("w", 0.1, 0.2), TimedPhoneme("ʌn", 0.2, 0.4))),
    TimedWord(" two", 1.4, 1.8),
)


def sound(duration_s: float = 2.0) -> Audio:
    """A hum while the words are said, silence between them."""
    time = np.arange(round(duration_s * RATE)) / RATE
    is_said = sum((word.start_s <= time) & (time < word.end_s) for word in WORDS)
    return Audio((0.3 * np.sin(2 * np.pi * 200 * time) * is_said).astype(np.float32), RATE, WORDS)


def times(audio: Audio) -> list[tuple[float, float]]:
    assert audio.words is not None
    return [(round(word.start_s, 3), round(word.end_s, 3)) for word in audio.words]


def test_a_part_has_the_words_whose_middle_lies_in_it() -> None:
    assert times(sound().slice_s(0.2, 1.0)) == [(0.0, 0.2)]
    assert times(sound().slice_s(1.0, 2.0)) == [(0.4, 0.8)]
    assert times(sound().slice_s(0.5, 1.0)) == []
    assert times(sound().slice_s(1.0, 1.7)) == [(0.4, 0.7)]  # what is cut off a word is not in it


def test_a_word_that_ends_behind_its_chunk_is_kept_when_only_the_front_is_cut() -> None:
    chunk = Audio(np.zeros(RATE, np.float32), RATE, (TimedWord("long", 0.9, 1.5),))
    assert times(chunk.slice_s(0.1, 1.0)) == [(0.8, 1.4)]


def test_pieces_in_line_have_all_words_and_one_of_unknown_words_none() -> None:
    assert times(joined([sound(), silence(0.5, RATE), sound()]))[2:] == [(2.6, 2.9), (3.9, 4.3)]
    assert times(crossfade(sound(), sound(), 0.1))[2:] == [(2.0, 2.3), (3.3, 3.7)]
    assert joined([sound(), Audio(np.zeros(10, np.float32), RATE)]).words is None


def test_sounds_cut_at_silences_share_their_words() -> None:
    pieces = list(split_at_silences(sound(), 1.5))
    assert [len(piece.words or ()) for piece in pieces] == [1, 1]
    assert times(joined(pieces)) == times(sound())


def test_gain_fades_and_rate_leave_times_alone_and_tempo_moves_them() -> None:
    for same in (sound().scaled(-6), edge_faded(sound()), sound().resampled(16000)):
        assert times(same) == times(sound())
    quick = stretched(sound(), 2.0)
    assert times(quick) == [(0.05, 0.2), (0.7, 0.9)]
    assert quick.words is not None
    assert quick.words[0].phonemes[1] == TimedPhoneme("ʌn", 0.1, 0.2)


class FixedVad:
    """Speech where the words are."""

    def speech_spans(self, *_: object, **__: object) -> list[tuple[float, float]]:
        return [(word.start_s, word.end_s) for word in WORDS]


def test_words_move_together_when_pauses_are_cut() -> None:
    cut = without_silence(FixedVad(), sound(), make_edit("vad"), JobControl(), "input_audio")
    (first, second) = times(cut)
    assert first == pytest.approx((0.075, 0.375), abs=0.001)
    assert second[0] - first[1] == pytest.approx(0.15 - 0.01, abs=0.002)
    assert second[1] - second[0] == pytest.approx(0.4, abs=0.001)


def test_a_sound_put_in_moves_the_words_behind_it() -> None:
    laugh = Audio(np.full(RATE // 2, 0.1, np.float32), RATE)
    result = insert_at(sound(), [(0.9, laugh)], np.random.default_rng(0), JobControl())
    first, second = times(result)
    assert first == (0.1, 0.4)
    assert second[0] - 1.4 == pytest.approx(result.duration_s - 2.0, abs=0.02)
