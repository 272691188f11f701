"""Emotion and style: the whole signal path from a clip and a tag to the clip in that manner.

F0, new contour, PSOLA (pitch and time), one spectral filter, whisper, loudness. It edits the speaker's own samples.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.engine.edits import Edit
from app.engine.embedded.expression import neutral
from app.engine.embedded.expression.prosody import Traits, f0_ratio, traits_of
from app.engine.embedded.expression.spectral import Colour, coloured, whispered
from app.engine.facts.warnings import PitchUnchanged
from app.engine.job import JobControl
from app.engine.sound import psola
from app.engine.sound.audio import Audio, loudness_lufs, soft_limited
from app.engine.sound.pitch import Pitch, track
from app.engine.sound.timestretch import stretched


def express(audio: Audio, edit: Edit, seed: int, control: JobControl, transcript: str | None = None) -> Audio:
    """The clip with an emotion or a style, at the clip's own sample rate.

    All iterations are one edit of `intensity * iterations`. `transcript` lets `remove` judge the rate of speech.
    A clip without voice keeps its pitch, with a warning.
    """
    control.checkpoint()
    strength = edit.intensity * edit.iterations
    pitch = track(audio, control=control)
    if edit.tag == "remove":
        traits = neutral.traits_towards(audio, pitch, transcript, strength, edit.task)
        neutral.warn_of_limits(audio, pitch, control)
    else:
        traits = traits_of(edit.task, edit.tag, strength)
    return with_traits(audio, pitch, traits, np.random.default_rng(seed), control)


def with_traits(audio: Audio, pitch: Pitch, traits: Traits, rng: np.random.Generator, control: JobControl) -> Audio:
    """The clip with traits changed, loudness kept before the gain, peaks limited softly."""
    edited = _moved(audio, pitch, traits, rng, control)
    edited = coloured(edited, Colour(traits.contrast, traits.tilt, traits.formant, traits.breath), rng, control)
    edited = _whisper_mixed(edited, traits.whisper, rng, control)
    gain_db = loudness_lufs(audio) - loudness_lufs(edited) + traits.gain
    return replace(edited, samples=soft_limited(edited.scaled(gain_db).samples))


def _moved(audio: Audio, pitch: Pitch, traits: Traits, rng: np.random.Generator, control: JobControl) -> Audio:
    """The clip with its F0 contour, single periods and rate changed."""
    if pitch.median_hz:
        return psola.resynthesised(
            audio, pitch, f0_ratio(pitch, traits), traits.rate, traits.jitter / 100, rng, control
        )
    if traits.moves_pitch:
        control.warn(PitchUnchanged())
    return stretched(audio, traits.rate, control)


def _whisper_mixed(audio: Audio, share: float, rng: np.random.Generator, control: JobControl) -> Audio:
    """Voice and whisper mixed in power; at 1 whisper alone."""
    if share <= 0:
        return audio
    breathy = whispered(audio, rng, control)
    breathy = breathy.scaled(loudness_lufs(audio) - loudness_lufs(breathy))
    mixed = np.sqrt(1 - share) * audio.samples + np.sqrt(share) * breathy.samples
    return Audio(mixed.astype(np.float32), audio.sample_rate)
