"""Stretches: which parts of a recording were made anew, and where words stand after it.

Outside of them every sample is what it was; each has its two short fades inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`, in seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """What stood at `old` in the recording stands, made anew, at `new` in the result."""

    old: Span
    new: Span


def laid_out(cuts: Iterable[tuple[int, int, int]], rate_hz: int) -> tuple[Stretch, ...]:
    """The stretches of ascending cuts: first and last sample of the old one, and how many samples the new one has."""
    stretches, shift = [], 0
    for begin, end, n_new in cuts:
        new = Span((begin + shift) / rate_hz, (begin + shift + n_new) / rate_hz)
        stretches.append(Stretch(Span(begin / rate_hz, end / rate_hz), new))
        shift += n_new - (end - begin)
    return tuple(stretches)


def new_time(time_s: float, stretches: Sequence[Stretch]) -> float:
    """Where a time of the recording is in the result; in proportion within a stretch."""
    shift_s = 0.0
    for stretch in stretches:
        old, new = stretch.old, stretch.new
        if time_s < old.start:
            break
        if time_s < old.end:
            return new.start + (time_s - old.start) * (new.end - new.start) / (old.end - old.start)
        shift_s = new.end - old.end
    return time_s + shift_s


def composed(first: Sequence[Stretch], then: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """The stretches of one edit after another, from the recording to the last result; those that touch become one."""
    backwards = [Stretch(stretch.new, stretch.old) for stretch in first]
    both = [(stretch.old, _span(stretch.new, then)) for stretch in first]
    both += [(_span(stretch.old, backwards), stretch.new) for stretch in then]
    made: list[Stretch] = []
    for old, new in sorted(both, key=lambda pair: (pair[1].start, pair[0].start)):
        if made and (new.start <= made[-1].new.end or old.start <= made[-1].old.end):
            last = made.pop()
            old = Span(min(last.old.start, old.start), max(last.old.end, old.end))
            new = Span(min(last.new.start, new.start), max(last.new.end, new.end))
        made.append(Stretch(old, new))
    return tuple(made)


def _span(span: Span, stretches: Sequence[Stretch]) -> Span:
    """The span moved; one that reaches into a stretch takes all of it."""
    touched = [s for s in stretches if s.old.start < span.end and span.start < s.old.end]
    start, end = new_time(span.start, stretches), new_time(span.end, stretches)
    return Span(min([start, *(s.new.start for s in touched)]), max([end, *(s.new.end for s in touched)]))
