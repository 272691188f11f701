"""`python -m benchmarks.rewriting`: how `rewrite` does on made and real recordings, with the embedded engine.

For each language: the recordings in which Whisper hears the new words (by their sounds; where words only go, the whole
as it should be), those whose samples are bit-identical outside of the stretches, the largest steps in level and in
spectral flux at the seams, beside the flux at words that stayed, likeness A of the whole and of the new stretches
joined, beside as much of clones, and how loud the stretches are. `--real FOLDER` names real recordings.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from app.engine.content.changes import Change, changes_between
from app.engine.content.fitting import speech_level_db
from app.engine.content.seams import FADE_S
from app.engine.content.stretches import Stretch
from app.engine.content.word_error import spoken_words, word_error
from app.engine.engine import EditXEngine
from app.engine.errors import EngineError
from app.engine.hearing.speaker import SpeakerEncoder
from app.engine.job import JobControl
from app.engine.requests import CloneRequest, Reference, RewriteRequest, TranscribeRequest
from app.engine.script import parse_script
from app.engine.sound.audio import Audio, as_integers, joined, rms_db
from benchmarks.rewritten_sentences import ENGLISH, MANDARIN, REAL
from benchmarks.tasks import running_engine

VOICES = {"en": ("alloy", "echo", "heart_en", "michael_en", "sage"), "zh": ("xiaoxiao_cn", "yunxi_cn", "fear_female")}
RATES_HZ = (24_000, 16_000, 44_100)
NOISE_DB = -62.0  # of the room that the made recordings stand in
SEAM_S = 0.02  # of sound on each side of a seam
CLONE_FROM_S = 0.3  # behind the silence before speech


@dataclass(slots=True)
class Tally:
    """What was seen of one language."""

    n: int = 0
    heard: int = 0
    identical: int = 0
    whole: list[float] = field(default_factory=list)
    steps_db: list[float] = field(default_factory=list)
    fluxes: list[float] = field(default_factory=list)
    own_fluxes: list[float] = field(default_factory=list)
    levels_db: list[float] = field(default_factory=list)
    lengths_s: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    stretches: dict[str, list[Audio]] = field(default_factory=dict)
    references: dict[str, list[Audio]] = field(default_factory=dict)


async def spoken(engine: EditXEngine, text: str, voice: str, seed: int, rate_hz: int) -> Audio:
    """A made recording: 16 bits, in a quiet room."""
    request = CloneRequest(parse_script(text), Reference(voice), seed=seed)
    audio = joined([chunk async for chunk in engine.clone(request, JobControl())]).resampled(rate_hz)
    noise = np.random.default_rng(seed).standard_normal(len(audio.samples)) * 10 ** (NOISE_DB / 20)
    whole = as_integers((audio.samples + noise).astype(np.float32), 16) / 32768
    return Audio(whole.astype(np.float32), rate_hz)


async def heard(engine: EditXEngine, audio: Audio, language: str) -> str:
    """What Whisper hears."""
    request = TranscribeRequest(audio, language=language)
    return "".join([segment.text async for segment in engine.transcribe(request, JobControl())]).strip()


def is_identical(recording: Audio, result: Audio, stretches: Sequence[Stretch]) -> bool:
    """Whether every sample outside of the stretches is what it was."""
    rate, old, new, is_same = recording.sample_rate, 0, 0, True
    for stretch in (*stretches, None):
        a = round(stretch.old.start * rate) if stretch else len(recording.samples)
        b = round(stretch.new.start * rate) if stretch else len(result.samples)
        is_same &= bool(np.array_equal(recording.samples[old:a], result.samples[new:b]))
        if stretch:
            old, new = round(stretch.old.end * rate), round(stretch.new.end * rate)
    return is_same


def _fluxes(audio: Audio) -> NDArray[np.float64]:
    """How much each spectrum of 20 ms has more than the one 10 ms before, beside the 98th percentile of the sound."""
    hop = round(0.01 * audio.sample_rate)
    frames = np.lib.stride_tricks.sliding_window_view(audio.samples, 2 * hop)[::hop] * np.hanning(2 * hop)
    spectra = np.log(np.abs(np.fft.rfft(frames, axis=1)) + 1e-4)
    flux = np.maximum(np.diff(spectra, axis=0), 0).mean(axis=1)
    return np.asarray(flux / np.percentile(flux, 98), np.float64)


def _flux_at(fluxes: NDArray[np.float64], at_s: float) -> float:
    n = round(at_s * 100)
    return float(fluxes[max(0, n - 2) : n + 1].max(initial=0.0))


def seams(result: Audio, stretches: Sequence[Stretch]) -> Iterator[tuple[float, float]]:
    """Of each seam: the step in level over it in dB, and its spectral flux."""
    fluxes = _fluxes(result)
    places = [at for stretch in stretches for at in (stretch.new.start + FADE_S / 2, stretch.new.end - FADE_S / 2)]
    for at_s in places:
        before, after = result.slice_s(at_s - SEAM_S, at_s), result.slice_s(at_s, at_s + SEAM_S)
        yield abs(rms_db(before.samples) - rms_db(after.samples)), _flux_at(fluxes, at_s)


def is_said(changes: Sequence[Change], target: str, told: str) -> bool:
    """Whether all new words are heard, by their sounds; where there are none, whether all others are, and no more."""
    new, heard = spoken_words(" ".join(change.text for change in changes)), spoken_words(told)
    if not new:
        return word_error(spoken_words(target), heard) == 0
    return all(not word_error(spoken_words(change.text), heard, may_have_more=True, is_part=True) for change in changes)


async def measured(
    engine: EditXEngine, tally: Tally, recording: Audio, pair: tuple[str, str], language: str, name: str, seed: int
) -> None:
    """Change one recording, and look at what came out."""
    present, target = pair
    control = JobControl()
    tally.n += 1
    request = RewriteRequest(recording, target, transcript=present, seed=seed)
    try:
        (result,) = [audio async for audio in engine.rewrite(request, control)]
    except EngineError as error:
        tally.missed.append(f"{target}: {error}")
        return
    stretches = control.stretches or ()
    told = await heard(engine, result, language)
    changes = changes_between(present, target)
    if is_said(changes, target, told):
        tally.heard += 1
    else:
        tally.missed.append(f"{target} -> {told} {[str(w) for w in control.warnings]}")
    tally.identical += is_identical(recording, result, stretches)
    for step_db, flux in seams(result, stretches):
        tally.steps_db.append(step_db)
        tally.fluxes.append(flux)
    fluxes, new = _fluxes(result), [(one.new.start - SEAM_S, one.new.end + SEAM_S) for one in stretches]
    kept = [word for word in result.words or () if not any(start < word.start_s < end for start, end in new)]
    tally.own_fluxes += [_flux_at(fluxes, word.start_s) for word in kept]
    encoder = SpeakerEncoder()
    tally.whole.append(float(encoder.embed(result) @ encoder.embed(recording)))
    for stretch, change in zip(stretches, changes, strict=False):
        part = result.slice_s(stretch.new.start, stretch.new.end)
        around = [
            result.slice_s(stretch.new.start - 1.0, stretch.new.start),
            result.slice_s(stretch.new.end, stretch.new.end + 1.0),
        ]
        tally.lengths_s.append(stretch.old.end - stretch.old.start)
        if change.text and part.duration_s > 0.1:
            tally.levels_db.append(speech_level_db([part]) - speech_level_db(around))
            tally.stretches.setdefault(name, []).append(part.resampled(16_000))
    tally.references.setdefault(name, []).append(recording.resampled(16_000))


async def likeness(engine: EditXEngine, tally: Tally) -> None:
    """Print how like the speaker the new stretches of each voice are, joined, beside as much of clones."""
    encoder = SpeakerEncoder()
    for name, parts in tally.stretches.items():
        references = [replace(reference, words=None) for reference in tally.references[name]]
        voice = encoder.embed(joined(references))
        clones = []
        for n, part in enumerate(parts):
            reference = Reference(audio=references[n % len(references)])
            text = ENGLISH[-1 - n % len(ENGLISH)][0] if name in VOICES["en"] else MANDARIN[-1 - n % len(MANDARIN)][0]
            clone = engine.clone(CloneRequest(parse_script(text), reference, seed=n), JobControl())
            whole = joined([chunk async for chunk in clone]).resampled(16_000)
            clones.append(replace(whole, words=None).slice_s(CLONE_FROM_S, CLONE_FROM_S + part.duration_s))
        new = joined([replace(part, words=None) for part in parts])
        like, cloned = float(encoder.embed(new) @ voice), float(encoder.embed(joined(clones)) @ voice)
        print(
            f"  {name}: {new.duration_s:.1f} s of new speech, likeness A {like:.3f}; of as much of clones {cloned:.3f}"
        )


def told(tally: Tally, language: str) -> None:
    """Print what was seen."""
    own = np.array(tally.own_fluxes or [0.0])
    steps, fluxes, levels = (np.array(values or [0.0]) for values in (tally.steps_db, tally.fluxes, tally.levels_db))
    print(f"{language}: {tally.n} recordings, target words heard in {tally.heard}, identical {tally.identical}")
    print(f"  whole: likeness A {np.mean(tally.whole):.3f}, least {np.min(tally.whole):.3f}")
    print(
        f"  seams: {len(steps)}, step median {np.median(steps):.1f} dB, under 3 dB {np.mean(steps < 3):.0%},"
        f" largest {steps.max():.1f}; flux over the 98th percentile of its clip {np.mean(fluxes > 1):.0%},"
        f" at {len(own)} starts of words that stayed {np.mean(own > 1):.0%}"
    )
    print(f"  level: median {np.median(levels):+.1f} dB, within 2 dB {np.mean(np.abs(levels) <= 2):.0%}")
    for miss in tally.missed:
        print(f"  missed: {miss}")


async def _main(languages: Sequence[str], first: int, n: int, real: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with running_engine(Path(folder)) as engine:
            for language in languages:
                tally, voices = Tally(), VOICES[language]
                for k, pair in list(enumerate({"en": ENGLISH, "zh": MANDARIN}[language]))[first : first + n]:
                    voice = voices[k % len(voices)]
                    recording = await spoken(engine, pair[0], voice, 40 + k, RATES_HZ[k % len(RATES_HZ)])
                    await measured(engine, tally, recording, pair, language, voice, k)
                for file, pair in REAL[language] if real else ():
                    samples, rate = soundfile.read(real / file, dtype="float32")
                    await measured(engine, tally, Audio(samples, rate), pair, language, file, 1)
                told(tally, language)
                await likeness(engine, tally)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", choices=tuple(VOICES), action="append", help="this one alone")
    parser.add_argument("--first", type=int, default=0, help="the made recording to begin with")
    parser.add_argument("-n", type=int, default=100, help="made recordings of each language at most")
    parser.add_argument("--real", type=Path, help="a folder of real recordings")
    options = parser.parse_args()
    asyncio.run(_main(options.language or tuple(VOICES), options.first, options.n, options.real))
