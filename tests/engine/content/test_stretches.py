"""Where stretches lie before and after an edit, and after several."""

from __future__ import annotations

from app.engine.content.stretches import Span, Stretch, composed, laid_out, new_time

TWO = laid_out([(1000, 2000, 3000), (5000, 6000, 0)], 1000)


def spans(stretches: tuple[Stretch, ...]) -> list[tuple[float, float, float, float]]:
    return [(s.old.start, s.old.end, s.new.start, s.new.end) for s in stretches]


def test_later_stretches_are_moved_by_those_before():
    assert spans(TWO) == [(1.0, 2.0, 1.0, 4.0), (5.0, 6.0, 7.0, 7.0)]


def test_times_move_with_the_sound_that_stayed_and_in_proportion_in_what_is_new():
    assert [new_time(at_s, TWO) for at_s in (0.5, 1.5, 3.0, 5.5, 6.5)] == [0.5, 2.5, 5.0, 7.0, 7.5]


def test_stretches_of_two_edits_are_told_from_the_first_recording_to_the_last_result():
    first = (Stretch(Span(1.0, 2.0), Span(1.0, 3.0)),)
    apart = composed(first, (Stretch(Span(5.0, 6.0), Span(5.0, 5.5)),))
    assert spans(apart) == [(1.0, 2.0, 1.0, 3.0), (4.0, 5.0, 5.0, 5.5)]
    before = composed(first, (Stretch(Span(0.2, 0.4), Span(0.2, 0.7)),))
    assert [tuple(round(at_s, 6) for at_s in span) for span in spans(before)] == [
        (0.2, 0.4, 0.2, 0.7),
        (1.0, 2.0, 1.3, 3.3),
    ]
    inside = composed(first, (Stretch(Span(2.5, 3.5), Span(2.5, 4.5)),))
    assert spans(inside) == [(1.0, 2.5, 1.0, 4.5)]
