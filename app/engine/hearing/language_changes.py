"""Where a recording goes over into another language.

Whisper writes all of a window in one language: what is said in another is translated, or lost. So the window is looked
at phrase by phrase, and read in parts of one language each. A look at a phrase may be wrong, at a name or at speech in
noise; therefore a change of language has a price, which only enough speech that is surely in the other language pays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.engine.hearing.transcriber import MARGIN_S, Transcriber
from app.engine.hearing.vad import Span
from app.engine.job import JobControl
from app.engine.sound.audio import Audio

# A look that is less sure says nothing: of 446 looks at phrases in eight languages, clean and spoilt by noise, echo,
# clipping and a telephone, 39 were wrong, none of them as sure.
SURE_PROB = 0.9
LEAST_PROB = 0.001  # no look is surer than this
PRICE = 5.0  # in nats; a second in which one language is sure and the other is not heard is worth 4.5 to 6.9
PHRASE_S = 2.0  # of speech that is looked at together: less is too short to tell
LOOK_S = 4.0  # of a long phrase that are looked at: a look takes 12 ms of CPU time a second, a window some 1.5 s
PHRASE_PAUSE_S = 0.3  # phrases with a longer pause between them are looked at by themselves
LANGUAGE_PAUSE_S = 0.1  # the shortest at which the language may change

Probs = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a window: where it begins, its sound, and the language; None where that is left to Whisper."""

    start_s: float
    sound: Audio
    language: str | None


def parts_of(
    whisper: Transcriber, window: Audio, spoken: Sequence[Span], before: str | None, control: JobControl
) -> Iterator[Part]:
    """Yield the window in parts of one language each. `spoken`: where somebody speaks; `before`: the language so far.

    Each ends in the middle of a pause at the latest: of a long one a margin is kept, as Whisper invents text in more.
    Raises PartMissing, Cancelled, DeadlineExceeded.
    """
    found = phrases(spoken)
    if not found or (len(found) == 1 and before is None):  # Whisper finds a single language by itself
        yield Part(0.0, window, before)
        return
    looks = [whisper.language_probs(window.slice_s(a, min(b, a + LOOK_S)), control) for a, b in found]
    languages = languages_of(found, looks, before)
    changes = [n for n, (one, following) in enumerate(pairwise(languages), 1) if one != following]
    starts_s, ends_s = [0.0], []
    for (_, before_s), (after_s, _) in ((found[n - 1], found[n]) for n in changes):
        margin_s = min(MARGIN_S, (after_s - before_s) / 2)
        ends_s.append(before_s + margin_s)
        starts_s.append(after_s - margin_s)
    for n, start_s, end_s in zip([0, *changes], starts_s, [*ends_s, window.duration_s], strict=True):
        yield Part(start_s, window.slice_s(start_s, end_s), languages[n])


def phrases(spans: Sequence[Span]) -> list[Span]:
    """Neighbouring spans of speech together until they are long enough to tell their language, or a pause follows."""
    found: list[Span] = []
    for start_s, end_s in spans:
        if found and start_s - found[-1][1] <= PHRASE_PAUSE_S and end_s - found[-1][0] <= PHRASE_S:
            found[-1] = (found[-1][0], end_s)
        else:
            found.append((start_s, end_s))
    return found


def languages_of(spoken: Sequence[Span], looks: Sequence[Probs], before: str | None) -> list[str | None]:
    """The language of each phrase, after `before`; None for all where none is known and none changes.

    `looks`: how likely each language is in each phrase. Of all ways through the phrases it is the one with the most
    evidence, less a price for each change (Viterbi's algorithm).
    """
    sure = [look if max(look.values()) >= SURE_PROB else None for look in looks]
    heard = {max(look, key=look.__getitem__) for look in sure if look is not None}
    candidates = sorted(heard if before is None else heard | {before})
    if before is None and len(candidates) < 2:
        return [None] * len(spoken)
    costs = {language: 0.0 if before in (None, language) else PRICE for language in candidates}
    paths: dict[str, list[str]] = {language: [] for language in candidates}
    for (start_s, end_s), look in zip(spoken, sure, strict=True):
        cheapest = min(candidates, key=costs.__getitem__)
        sources = {
            language: language if costs[language] <= costs[cheapest] + PRICE else cheapest for language in candidates
        }
        paths = {language: [*paths[source], language] for language, source in sources.items()}
        costs = {
            language: min(costs[language], costs[cheapest] + PRICE) + (end_s - start_s) * _doubt(look, language)
            for language in candidates
        }
    best = min(candidates, key=costs.__getitem__)
    if before is None and len(set(paths[best])) == 1:
        return [None] * len(spoken)
    return list(paths[best])


def _doubt(look: Probs | None, language: str) -> float:
    """What speaks against a language, in nats a second."""
    return 0.0 if look is None else -math.log(max(look.get(language, 0.0), LEAST_PROB))
