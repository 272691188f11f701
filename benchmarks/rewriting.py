"""`python -m benchmarks.rewriting`: how `rewrite` does on made and real recordings, with the embedded engine.

For each language: the share of changes whose new words Whisper hears and whose old ones it does not, recordings whose
samples are bit-identical outside of the stretches, the largest steps in level and in spectral flux at the seams,
likeness A of the whole and of the new stretches together, beside that of a clone, and how loud the stretches are.
Real recordings, a folder with `transcripts.json`, are taken where `--real FOLDER` names one.
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

from app.engine.content.changes import changes_between, said
from app.engine.content.fitting import speech_level_db
from app.engine.content.stretches import Stretch
from app.engine.engine import EditXEngine
from app.engine.errors import EngineError
from app.engine.hearing.speaker import SpeakerEncoder
from app.engine.job import JobControl
from app.engine.requests import CloneRequest, Reference, RewriteRequest, TranscribeRequest
from app.engine.script import parse_script
from app.engine.sound.audio import Audio, as_integers, joined, rms_db
from app.settings import PROJECT
from benchmarks.rewritten_sentences import ENGLISH, MANDARIN, REAL
from benchmarks.tasks import running_engine

VOICES = {"en": ("alloy", "echo", "heart_en", "michael_en", "sage"), "zh": ("xiaoxiao_cn", "yunxi_cn", "fear_female")}
RATES_HZ = (24_000, 16_000, 44_100)
NOISE_DB = -62.0  # of the room that the made recordings stand in
SEAM_S = 0.02  # of sound on each side of a seam


@dataclass(slots=True)
class Tally:
    """What was seen of one language."""

    n: int = 0
    heard: int = 0
    identical: int = 0
    whole: list[float] = field(default_factory=list)
    steps_db: list[float] = field(default_factory=list)
    fluxes: list[float] = field(default_factory=list)
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


def seams(result: Audio, stretches: Sequence[Stretch]) -> Iterator[tuple[float, float]]:
    """Of each seam: the step in level over it in dB, and its spectral flux beside the largest within the sound."""
    hop = round(0.01 * result.sample_rate)
    frames = np.lib.stride_tricks.sliding_window_view(result.samples, 2 * hop)[::hop] * np.hanning(2 * hop)
    spectra = np.log(np.abs(np.fft.rfft(frames, axis=1)) + 1e-4)
    flux = np.maximum(np.diff(spectra, axis=0), 0).mean(axis=1)
    usual = float(np.percentile(flux, 98))
    for at_s in (at for stretch in stretches for at in (stretch.new.start + 0.006, stretch.new.end - 0.006)):
        before, after = result.slice_s(at_s - SEAM_S, at_s), result.slice_s(at_s, at_s + SEAM_S)
        n = round(at_s * 100)
        near = flux[max(0, n - 2) : n + 1]
        yield abs(rms_db(before.samples) - rms_db(after.samples)), float(near.max(initial=0.0)) / usual


def is_said(new: str, told: str, language: str) -> bool:
    """Whether new words are heard; in Mandarin by their sounds."""
    return _has_pinyin(new, told) if language == "zh" else all(unit in said(told) for unit in said(new))


def _has_pinyin(new: str, told: str) -> bool:
    from pypinyin import lazy_pinyin

    plain = " ".join(lazy_pinyin("".join(c for c in told if c.isalnum())))
    return " ".join(lazy_pinyin(new)) in plain


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
    new = " ".join(change.text for change in changes)
    gone = not new and len(said(told)) < len(said(present))
    if (new and all(is_said(c.text, told, language) for c in changes)) or gone:
        tally.heard += 1
    else:
        tally.missed.append(f"{target} -> {told} {[str(w) for w in control.warnings]}")
    tally.identical += is_identical(recording, result, stretches)
    for step_db, flux in seams(result, stretches):
        tally.steps_db.append(step_db)
        tally.fluxes.append(flux)
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
    """Print how like the speaker the new stretches of each voice are, joined, beside a clone of as many words."""
    encoder = SpeakerEncoder()
    for name, parts in tally.stretches.items():
        whole = joined([replace(part, words=None) for part in parts])
        reference = replace(tally.references[name][0], words=None)
        text = "The quiet river turned around the old mill before it reached the sea."
        request = CloneRequest(parse_script(text), Reference(audio=reference), seed=1)
        clone = joined([chunk async for chunk in engine.clone(request, JobControl())])
        voice = encoder.embed(joined([replace(r, words=None) for r in tally.references[name]]))
        like, cloned = float(encoder.embed(whole) @ voice), float(encoder.embed(clone) @ voice)
        print(f"  {name}: {whole.duration_s:.1f} s of new speech, likeness A {like:.3f}; of a clone {cloned:.3f}")


def told(tally: Tally, language: str) -> None:
    """Print what was seen."""
    steps, fluxes, levels = (np.array(values or [0.0]) for values in (tally.steps_db, tally.fluxes, tally.levels_db))
    print(f"{language}: {tally.n} recordings, target words heard in {tally.heard}, identical {tally.identical}")
    print(f"  whole: likeness A {np.mean(tally.whole):.3f}, least {np.min(tally.whole):.3f}")
    print(
        f"  seams: {len(steps)}, step median {np.median(steps):.1f} dB, under 3 dB {np.mean(steps < 3):.0%},"
        f" largest {steps.max():.1f}; flux over the 98th percentile of its clip {np.mean(fluxes > 1):.0%}"
    )
    print(f"  level: median {np.median(levels):+.1f} dB, within 2 dB {np.mean(np.abs(levels) <= 2):.0%}")
    for miss in tally.missed:
        print(f"  missed: {miss}")


async def _main(n: int, real: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with running_engine(Path(folder)) as engine:
            for language, pairs in (("en", ENGLISH), ("zh", MANDARIN)):
                tally = Tally()
                for k, pair in enumerate(pairs[:n]):
                    voice = VOICES[language][k % len(VOICES[language])]
                    recording = await spoken(engine, pair[0], voice, 40 + k, RATES_HZ[k % len(RATES_HZ)])
                    await measured(engine, tally, recording, pair, language, voice, k)
                for file, pair in REAL[language] if real else ():
                    samples, rate = soundfile.read(real / file, dtype="float32")
                    await measured(engine, tally, Audio(samples, rate), pair, language, file, 1)
                told(tally, language)
                await likeness(engine, tally)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=100, help="made recordings of each language at most")
    parser.add_argument("--real", type=Path, help="a folder of real recordings")
    options = parser.parse_args()
    print(f"in {PROJECT.name}")
    asyncio.run(_main(options.n, options.real))
