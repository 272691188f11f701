"""`python -m benchmarks.before_after COMMIT [--clips FOLDER] [--out FOLDER]`: this checkout against an older one.

Both services run at once and answer in turns, so that what else the machine does weighs on both alike: one sentence and
two clones of each reference clip, a text of its own and one of the other language. Prints work, waiting and quality.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import soundfile

from app.engine.sound.audio import Audio
from app.settings import PROJECT, Settings
from benchmarks.listener import Heard, Voice, clip_voice, read_clip, speak
from benchmarks.meters import Meters, median_hz, spectral_distance_db
from benchmarks.passages import ENGLISH, MANDARIN, SENTENCE
from benchmarks.report import machine
from benchmarks.service import Service, running_service

CLIPS = PROJECT / "tests" / "data" / "clips"
SUFFIXES = (".flac", ".wav")
PRESET = Voice("heart_en")
TEXTS = {"en": ENGLISH, "zh": MANDARIN}
CLIP_S = 5.0  # of a reference never heard before
N_WAITS = 5


@dataclass(frozen=True, slots=True)
class Spoken:
    """One text in the voice of one clip, said by both."""

    clip: Audio
    language: str
    before: Heard
    after: Heard


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.before_after", description=__doc__)
    parser.add_argument("commit", help="the older checkout")
    parser.add_argument("--clips", type=Path, default=CLIPS, help="folder of reference clips")
    parser.add_argument("--n-clips", type=int, default=5)
    parser.add_argument("--out", type=Path, help="keep what was said in this folder")
    asked = parser.parse_args()
    clips = [read_clip(path) for path in sorted(asked.clips.iterdir()) if path.suffix in SUFFIXES][: asked.n_clips]
    facts = machine()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        older = stack.enter_context(_checked_out(asked.commit, Path(folder) / "older"))
        before = stack.enter_context(running_service(Path(folder) / "before", older))
        after = stack.enter_context(running_service(Path(folder) / "after"))
        for text in TEXTS.values():  # what is loaded at the first word
            _both(before, after, text, PRESET)
        known = [_both(before, after, SENTENCE, PRESET) for _ in range(N_WAITS)]
        new = [_both(before, after, SENTENCE, clip_voice(clip)) for clip in _unheard(clips)]
        spoken = [
            Spoken(clip, language, *_both(before, after, text, clip_voice(clip)))
            for clip in clips
            for language, text in TEXTS.items()
        ]
        memory = [service.resident_mib()[1] for service in (before, after)]
    load = f"load {facts['load']:.1f} when it began, {os.getloadavg()[0]:.1f} at the end"
    print(f"{facts['cpu']}, {facts['n_cpus']} threads, {load}\n")
    print(f"| {asked.commit} against this checkout | before | after | ratio |\n|---|---|---|---|")
    for label, which in (("known voice", known), ("new reference of 5 s", new)):
        sides = list(zip(*which, strict=True))
        _row(f"first sound, {label}, median, s", *(statistics.median(h.first_s for h in side) for side in sides))
        _row(f"underrun, {label}, most, s", *(max(h.underrun_s for h in side) for side in sides))
    _row("memory at most, MiB", *memory)
    for language in TEXTS:
        _rows_of(language, [one for one in spoken if one.language == language], Meters(Settings(offline=True)))
    if asked.out:
        _keep(spoken, asked.out)


def _both(before: Service, after: Service, text: str, voice: Voice) -> tuple[Heard, Heard]:
    return speak(before, text, voice), speak(after, text, voice)


def _unheard(clips: list[Audio]) -> Iterator[Audio]:
    """Stretches of five seconds that differ from the clips themselves, by their length alone where a clip is short."""
    for n in range(N_WAITS):
        clip = clips[n % len(clips)]
        yield clip.slice_s(0.0, min(CLIP_S, clip.duration_s) - 0.01 * (1 + n // len(clips)))


@contextmanager
def _checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """A working tree of the commit, gone afterwards."""
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(folder), commit], check=True, cwd=PROJECT)
    try:
        yield folder
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(folder)], check=True, cwd=PROJECT)


def _rows_of(language: str, spoken: list[Spoken], meters: Meters) -> None:
    """Work and quality of one language: means over the clips."""
    sides = [[(one, heard) for one, heard in zip(spoken, side, strict=True)] for side in _sides(spoken)]

    def mean(measure: Callable[[Spoken, Audio], float]) -> tuple[float, ...]:
        return tuple(statistics.fmean(measure(one, heard.audio) for one, heard in side) for side in sides)

    kept_s = [sum(heard.audio.duration_s for _, heard in side) for side in sides]
    _row(f"{language}: kept sound, s", *kept_s)
    work = [sum(heard.cpu_s for _, heard in side) / s for side, s in zip(sides, kept_s, strict=True)]
    _row(f"{language}: CPU s per second of kept sound", *work)
    _row(f"{language}: word errors", *mean(lambda _, audio: meters.errors(audio, TEXTS[language], language)[0]))
    _row(f"{language}: similarity A", *mean(lambda one, audio: meters.likeness_a(audio, one.clip)))
    _row(f"{language}: similarity B", *mean(lambda one, audio: meters.likeness_b(audio, one.clip)))
    _row(f"{language}: DistillMOS", *mean(lambda _, audio: meters.naturalness(audio)))
    _row(f"{language}: median pitch, Hz", *mean(lambda _, audio: median_hz(audio)))
    distances = [spectral_distance_db(one.before.audio, one.after.audio) for one in spoken]
    print(f"| {language}: log-spectral distance of the two, dB | | {statistics.fmean(distances):.2f} | |")


def _sides(spoken: list[Spoken]) -> tuple[list[Heard], list[Heard]]:
    return [one.before for one in spoken], [one.after for one in spoken]


def _row(label: str, before: float, after: float) -> None:
    print(f"| {label} | {before:.3f} | {after:.3f} | {f'{after / before:.3f}' if before else ''} |", flush=True)


def _keep(spoken: list[Spoken], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for n, one in enumerate(spoken):
        for label, heard in (("before", one.before), ("after", one.after)):
            path = folder / f"{n:02}-{one.language}-{label}.flac"
            soundfile.write(path, heard.audio.samples, heard.audio.sample_rate)


if __name__ == "__main__":
    main()
