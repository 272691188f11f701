"""What is measured of a reference clip before a voice is matched to it, and what is wrong with the clip."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.embedded.voice.equaliser import Decibels, long_term_spectrum
from app.engine.errors import TooLittleSpeech
from app.engine.facts.fact import Note
from app.engine.facts.warnings import ReferenceWhispered
from app.engine.hearing.speaker import Embedding, SpeakerEncoder, without_pauses
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, require_sound
from app.engine.sound.pitch import track

MIN_SPEECH_S = 1.0
MAX_SPEECH_S = 30.0  # more adds cost, not likeness
MIN_VOICED_SHARE = 0.1  # of the speech; less is whispered


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredReference:
    """`spectrum`: long-term, on the equaliser's grid; `sample_rate`: the clip's own. Pitch as in VoiceProfile."""

    embedding: Embedding
    f0_median_hz: float
    f0_spread_semitones: float
    spectrum: Decibels
    sample_rate: int
    warnings: tuple[Note, ...]


def measure(reference: Audio, encoder: SpeakerEncoder, control: JobControl, param: str) -> MeasuredReference:
    """Measure the first 30 s of speech in a clip, pauses left out.

    Raises SilentAudio or AudioTooShort (less than a second of speech), naming `param`; Cancelled, DeadlineExceeded.
    """
    require_sound(reference, param)
    speech = without_pauses(reference).slice_s(0, MAX_SPEECH_S)
    if speech.duration_s < MIN_SPEECH_S:
        raise TooLittleSpeech(speech.duration_s, MIN_SPEECH_S, param=param)
    control.checkpoint()
    pitch = track(speech)
    control.checkpoint()
    is_whispered = pitch.voiced_share < MIN_VOICED_SHARE
    return MeasuredReference(
        embedding=encoder.embed(speech, control),
        f0_median_hz=0.0 if is_whispered else pitch.median_hz,
        f0_spread_semitones=0.0 if is_whispered else pitch.spread_semitones,
        spectrum=long_term_spectrum(speech),
        sample_rate=reference.sample_rate,
        warnings=(ReferenceWhispered(),) if is_whispered else (),
    )
