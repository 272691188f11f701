"""`python -m benchmarks.fillers`: which fillers, repeats and long pauses `fillers` takes out of made recordings.

Sentences are spoken by stock voices, in a quiet room, and what is to go is cut in: fillers with pauses around them and
without, the embedded engine's own hesitation, long pauses; repeated words are spoken. What is gone is told by the times
that the speech model gave: a filler is gone where most of it lies in what was cut out, a word that carries meaning is
lost where its middle does.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from app.engine.content.stretches import Span, Stretch
from app.engine.content.words import TimedWord
from app.engine.content.written_words import word_spans
from app.engine.engine import EditXEngine
from app.engine.job import JobControl
from app.engine.requests import CloneRequest, FillersRequest, Reference
from app.engine.script import parse_script
from app.engine.sound.audio import Audio, as_integers, edge_faded, joined, silence, without_silent_ends
from benchmarks.filled_sentences import FILLED, MEANT
from benchmarks.tasks import running_engine

VOICES = {"en": ("alloy", "echo", "heart_en", "michael_en", "sage"), "zh": ("xiaoxiao_cn", "yunxi_cn", "fear_female")}
RATES_HZ = (24_000, 16_000, 44_100)
NOISE_DB = -62.0  # of the room
SOUND_RANGE_DB = 30.0  # of what is cut in
GONE = 0.6  # share of a filler that is cut out where it is gone
KEPT_PAUSE_S = 0.7  # what may be left of a long pause
_PLANTED = re.compile(
    r"\{(?P<filler>um|uh|er|hmm|嗯+|呃+|那个)(?P<comma>,|，)?\} ?|\{(?P<repeat>[^}]+)\}"
    r"|(?P<sound>\[uhm\])|<(?P<pause>[\d.]+)> ?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Planted:
    """What is to go: from when to when it sounds, and what it is."""

    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Case:
    """A recording, what was planted in it, and its other words."""

    text: str
    audio: Audio
    planted: tuple[Planted, ...]
    meant: tuple[TimedWord, ...]


@dataclass(slots=True)
class Tally:
    """What was seen."""

    planted: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    n_words: int = 0
    lost: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


async def made(engine: EditXEngine, sentence: str, voice: str, seed: int, rate_hz: int) -> Case:
    """A sentence as a recording of 16 bits in a quiet room."""

    async def said(text: str) -> Audio:
        request = CloneRequest(parse_script(text), Reference(voice), seed=seed)
        return joined([chunk async for chunk in engine.clone(request, JobControl())]).resampled(rate_hz)

    plain = _PLANTED.sub(lambda match: match["repeat"] or "", sentence)
    audio, planted = await said(plain), list[Planted]()
    meant = tuple(word for n, word in enumerate(audio.words or ()) if n not in _repeats(sentence))
    for n in _repeats(sentence):
        word = (audio.words or ())[n]
        planted.append(Planted("repeat", Span(word.start_s, word.end_s)))
    for n, match in _insertions(sentence):
        pause_s = 0.25 if match["comma"] else 0.0
        kind, part = await _inserted(match, said, rate_hz)
        words = audio.words or ()
        at_s = words[n].start_s if n < len(words) else audio.duration_s
        gap = silence(pause_s, rate_hz)
        added = Audio(np.concatenate((gap.samples, part.samples, gap.samples)), rate_hz)
        audio = joined([audio.slice_s(0.0, at_s), replace(added, words=()), audio.slice_s(at_s, audio.duration_s)])
        planted = [_later(one, at_s, added.duration_s) for one in planted]
        meant = tuple(_moved(word, at_s, added.duration_s) for word in meant)
        planted.append(Planted(kind, Span(at_s + pause_s, at_s + pause_s + part.duration_s)))
    noise = np.random.default_rng(seed).standard_normal(len(audio.samples)) * 10 ** (NOISE_DB / 20)
    whole = as_integers((audio.samples + noise).astype(np.float32), 16) / 32768
    return Case(sentence, Audio(whole.astype(np.float32), rate_hz), tuple(planted), meant)


async def _inserted(match: re.Match[str], said: Callable[[str], Awaitable[Audio]], rate_hz: int) -> tuple[str, Audio]:
    """What is cut in, without the silence around it."""
    if match["pause"]:
        return "pause", silence(float(match["pause"]), rate_hz)
    kind, text = ("sound", "[uhm]") if match["sound"] else ("filler", f"{match['filler']}.")
    return kind, edge_faded(without_silent_ends(await said(text), 0.0, 0.0, SOUND_RANGE_DB))


def _repeats(sentence: str) -> set[int]:
    """Which words of the sentence, as it is spoken, are said twice: the first time."""
    places: set[int] = set()
    for match in _PLANTED.finditer(sentence):
        if match["repeat"]:
            first = len(word_spans(_PLANTED.sub("", sentence[: match.start()])))
            places |= set(range(first, first + len(word_spans(match["repeat"]))))
    return places


def _insertions(sentence: str) -> list[tuple[int, re.Match[str]]]:
    """What is cut in, from the last on, and before which word."""
    found = [match for match in _PLANTED.finditer(sentence) if not match["repeat"]]
    return [(len(word_spans(_PLANTED.sub("", sentence[: match.start()]))), match) for match in reversed(found)]


def _later(one: Planted, at_s: float, by_s: float) -> Planted:
    shift_s = by_s if one.span.start >= at_s else 0.0
    return Planted(one.kind, Span(one.span.start + shift_s, one.span.end + shift_s))


def _moved(word: TimedWord, at_s: float, by_s: float) -> TimedWord:
    shift_s = by_s if word.start_s >= at_s - 1e-6 else 0.0
    return replace(word, start_s=word.start_s + shift_s, end_s=word.end_s + shift_s)


def cut_s(span: Span, stretches: Sequence[Stretch]) -> float:
    """How much of a span was cut out."""
    cuts = ((one.old.start + one.new.end - one.new.start, one.old.end) for one in stretches)
    return sum(max(0.0, min(end, span.end) - max(start, span.start)) for start, end in cuts)


async def measured(engine: EditXEngine, tally: Tally, case: Case) -> None:
    """Take fillers out of one recording, and look at what is gone."""
    control = JobControl()
    _ = [audio async for audio in engine.remove_fillers(FillersRequest(case.audio), control)]
    stretches = control.stretches or ()
    for one in case.planted:
        length_s = one.span.end - one.span.start
        cut = cut_s(one.span, stretches)
        is_gone = length_s - cut <= KEPT_PAUSE_S if one.kind == "pause" else cut >= GONE * length_s
        tally.planted[one.kind] += 1
        tally.gone[one.kind] += is_gone
        if not is_gone:
            tally.left.append(f"{one.kind} of {case.text} {[str(warning) for warning in control.warnings]}")
    for word in case.meant:
        tally.n_words += 1
        if cut_s(Span(word.middle_s - 0.01, word.middle_s + 0.01), stretches) > 0:
            tally.lost.append(f"{word.text.strip()} of {case.text}")


def told(tally: Tally, language: str) -> None:
    """Print what was seen."""
    kinds = ", ".join(f"{kind} {tally.gone[kind]} of {n}" for kind, n in sorted(tally.planted.items()))
    print(f"{language}: gone {tally.gone.total()} of {tally.planted.total()} ({kinds})")
    print(f"  words that carry meaning: {len(tally.lost)} of {tally.n_words} lost")
    for label, rows in (("left", tally.left), ("lost", tally.lost)):
        for row in rows:
            print(f"  {label}: {row}")


async def _main(languages: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with running_engine(Path(folder)) as engine:
            for language in languages:
                tally, voices = Tally(), VOICES[language]
                for n, sentence in enumerate((*FILLED[language], *MEANT[language])):
                    case = await made(engine, sentence, voices[n % len(voices)], n, RATES_HZ[n % 3])
                    await measured(engine, tally, case)
                told(tally, language)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", choices=tuple(FILLED), action="append", help="this one alone")
    asyncio.run(_main(parser.parse_args().language or tuple(FILLED)))
