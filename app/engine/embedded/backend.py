"""The embedded backend: every task on the CPU, from parts that are small and checked.

Each job loads what it needs when it first needs it; a part that is missing disables only its own jobs.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.cache.token_cache import TokenCache
from app.engine.backend import BackendStatus, TextLimits
from app.engine.content.words import TimedWord
from app.engine.edits import Edit
from app.engine.embedded.silences import without_silence
from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.languages import LANGUAGES
from app.engine.embedded.text.scripts import Language, document_language
from app.engine.embedded.text.speakable import check_speakable, foreign_words
from app.engine.embedded.voice.profile import VERSION, VoiceProfile
from app.engine.errors import PartMissing
from app.engine.facts.reasons import OneModelOnly
from app.engine.facts.warnings import PlacesApproximate
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.machine import give_back_memory
from app.engine.parts.parts import Parts
from app.engine.parts.table import PARTS
from app.engine.reading import ReadSpan
from app.engine.requests import CloneJob, EditJob, TranscribeRequest
from app.engine.script import Script
from app.engine.sound.audio import Audio, edge_faded, joined, without_silent_ends
from app.engine.sound.timestretch import stretched
from app.engine.steps import Pace, Steps
from app.model_variants import MODEL_VARIANTS

if TYPE_CHECKING:
    import numpy as np

    from app.engine.embedded.denoise.denoise import Denoiser
    from app.engine.embedded.sounds.interjector import Contour, Interjector
    from app.engine.embedded.voice.kokoro import Kokoro
    from app.engine.embedded.voice.matched_voice import MatchedVoice
    from app.engine.embedded.voice.matching import Matcher
    from app.engine.hearing.vad import Vad

VARIANT = "embedded"  # the one model there is, whatever variant is asked for
ABSENT_VARIANTS = dict.fromkeys(MODEL_VARIANTS, OneModelOnly())
EXPRESSION_PIECE_S = 30.0
EVENLY_TIMED = frozenset({"emotion", "style", "speed", "denoise"})  # edits that change time evenly, if at all
# Kokoro leaves 0.3 s before and 0.5 s and more after a sentence: too long to wait for, and for a pause between two.
LEAD_S, TAIL_S = 0.08, 0.3


@dataclass(frozen=True, slots=True)
class _Speech:
    """The loaded models that make speech."""

    kokoro: Kokoro
    matcher: Matcher
    voice: MatchedVoice


class EmbeddedBackend:
    """Backend on the CPU. Calls may run in several threads; what is loaded is shared and read-only."""

    name = "embedded"
    sample_rate = 24_000
    text_limits = TextLimits(max_chars=180, max_han_chars=45)
    needs_reference_transcript = False  # matching works on sound alone
    reads_phonemes = True
    streams_pieces = True
    loads_beside_doors = True

    def __init__(self, parts: Parts, cache: TokenCache, transcribers: Transcribers, threads: int) -> None:
        """Nothing is loaded yet."""
        from app.engine.embedded.denoise.denoise import Denoiser
        from app.engine.embedded.sounds.interjector import Interjections
        from app.engine.hearing.vad import Vad

        self._parts = parts
        self._cache = cache
        self._transcribers = transcribers
        self._threads = threads
        self._denoiser: Denoiser = Denoiser(parts, threads)
        self._vad: Vad = Vad(parts)
        self._speech: _Speech | None = None
        self._interjections = Interjections()
        self._loading = threading.Lock()
        self._edits: dict[str, Callable[[EditJob, JobControl], Audio | Steps[Audio]]] = {
            "emotion": self._express,
            "style": self._express,
            "paralinguistic": self._insert_sounds,
            "speed": self._change_speed,
            "denoise": lambda job, control: self._denoiser.denoising(job.audio, job.edit, control, Pace()),
            "vad": lambda job, control: without_silence(self._vad, job.audio, job.edit, control, job.param),
        }

    def load(self) -> None:
        """Load what speech needs; a missing part is told by `status`, not raised."""
        try:
            self._loaded_speech()
        except PartMissing:
            return
        from app.engine.embedded.text.placed_words import placed_phonemes

        # The first words of each language load its lexicon: better now than in somebody's first request.
        for language in LANGUAGES.values():
            placed_phonemes(language.first_words)
        give_back_memory()  # of the word lists as they were read

    def status(self) -> BackendStatus:
        """What works now."""
        faults = self._parts.missing()
        missing = {job: faults[part.name] for part in PARTS if part.name in faults for job in part.jobs}
        return BackendStatus(self.name, (VARIANT,), missing, ABSENT_VARIANTS, has_variants=False, matches_voices=True)

    def variant_for(self, variant: str | None, param: str = "variant") -> str:
        """Always the embedded model: it answers for every variant."""
        del variant, param
        return VARIANT

    def max_audio_s(self, task: str) -> float:
        """Emotion and style work in pieces; the other tasks see the whole clip."""
        return EXPRESSION_PIECE_S if task in ("emotion", "style") else math.inf

    def needs_transcript(self, edit: Edit) -> bool:
        """Never: edits work on sound alone, and sounds find their places by recognition of their own."""
        del edit
        return False

    def check_text(self, script: Script, param: str) -> None:
        """As Backend."""
        check_speakable(script, param)

    def words_left_out(self, script: Script) -> tuple[str, ...]:
        """Words of scripts that no voice here reads."""
        return tuple(foreign_words(clean(script.lexicon.readable(script.text))))

    def read(self, script: Script) -> list[ReadSpan]:
        """As Backend."""
        from app.engine.embedded.text.phonemes import read_spans

        return read_spans(script.text, script.lexicon)

    def clone(self, job: CloneJob, control: JobControl) -> Iterator[Audio]:
        """As Backend."""
        from app.engine.embedded.text.placed_words import placed_phonemes
        from app.engine.embedded.voice.passage import MAX_PHONEMES, spoken_passage
        from app.engine.embedded.voice.stretches import FIRST_MANDARIN_S, FIRST_S, STEP_S

        speech = self._loaded_speech()
        script = job.script
        language = document_language(script.text)
        profile = self._profile(speech, job.voice.reference, language, control, job.voice.param)
        first_s = FIRST_MANDARIN_S if language == "zh" else FIRST_S
        phonemes, words = ("", None) if script.sounds else placed_phonemes(script.text, script.lexicon)
        if 0 < len(phonemes) <= MAX_PHONEMES:
            stretches = speech.voice.stream(
                phonemes,
                profile,
                control,
                words=words,
                intensity=job.intensity,
                seed=job.seed_of_all,
                first_s=first_s if job.is_first else STEP_S,
            )
            for n, (stretch, is_last) in enumerate(stretches):
                lead_s, tail_s = (LEAD_S if n == 0 else stretch.duration_s), (TAIL_S if is_last else stretch.duration_s)
                yield without_silent_ends(stretch, lead_s, tail_s)
            return
        pace = Pace()
        spoken, times_s = yield from spoken_passage(speech.voice, profile, job, control, pace)
        if script.sounds:
            from app.engine.embedded.sounds.insertion import insert_at
            from app.engine.embedded.sounds.sounds import SoundMaker

            voice = self._interjector(speech, profile, job.voice.reference)
            maker = SoundMaker(voice, spoken or job.voice.reference, job.seed_of_all)
            made: list[Audio] = []
            for sound in script.sounds:
                made.append(maker.make(sound, control))
                yield from pace.pause()
            spoken = (
                insert_at(spoken, list(zip(times_s, made, strict=True)), _rng(job.seed), control)
                if spoken
                else replace(joined(made), words=())
            )
        if spoken is not None:
            yield edge_faded(without_silent_ends(spoken, LEAD_S, TAIL_S))

    def edit(self, job: EditJob, control: JobControl) -> Iterator[Audio]:
        """As Backend; all iterations in one pass."""
        made = self._edits[job.edit.task](job, control)
        edited = made if isinstance(made, Audio) else (yield from made)
        if job.edit.task in EVENLY_TIMED:
            edited = edited.with_time_of(job.audio)
        yield edge_faded(edited)

    # ---- speech ---------------------------------------------------------------------------------------------------

    def _loaded_speech(self) -> _Speech:
        with self._loading:
            if self._speech is None:
                from app.engine.embedded.voice.kokoro import Kokoro
                from app.engine.embedded.voice.matched_voice import MatchedVoice
                from app.engine.embedded.voice.matching import Matcher
                from app.engine.embedded.voice.stock_voices import StockVoices
                from app.engine.hearing.speaker import SpeakerEncoder

                kokoro, voices = Kokoro(self._parts, self._threads), StockVoices()
                matcher = Matcher(voices, SpeakerEncoder(threads=self._threads))
                self._speech = _Speech(kokoro, matcher, MatchedVoice(kokoro, voices))
            return self._speech

    def _profile(
        self, speech: _Speech, reference: Audio, language: Language, control: JobControl, param: str
    ) -> VoiceProfile:
        """What is known of the reference: computed once per clip and language, then kept in the cache."""
        key = f"voice-profile-{VERSION}-{language}-{reference.content_hash}"

        def compute() -> dict[str, Any]:
            return speech.matcher.profile(reference, language, control, param=param).to_json()

        return VoiceProfile.from_json(self._cache.get_or_compute(key, compute, control.checkpoint))

    def _interjector(self, speech: _Speech, profile: VoiceProfile, reference: Audio) -> Interjector:
        from app.engine.embedded.sounds.interjector import Remembering

        return Remembering(_MatchedInterjector(speech.voice, profile), reference.content_hash, self._interjections)

    # ---- edits ----------------------------------------------------------------------------------------------------

    def _express(self, job: EditJob, control: JobControl) -> Audio:
        from app.engine.embedded.expression.expression import express

        return express(job.audio, job.edit, job.seed, control, job.transcript)

    def _change_speed(self, job: EditJob, control: JobControl) -> Audio:
        from app.engine.embedded.expression.prosody import speed_rate

        return stretched(job.audio, speed_rate(job.edit.tag, job.edit.intensity, job.edit.iterations), control)

    def _insert_sounds(self, job: EditJob, control: JobControl) -> Steps[Audio]:
        from app.engine.embedded.sounds.insertion import insert_sounds, warn_of_other_words
        from app.engine.embedded.sounds.sounds import SoundMaker

        script = job.script or Script()
        warn_of_other_words(script, job.transcript, control)
        speech = self._loaded_speech()
        profile = self._profile(speech, job.audio, document_language(script.text), control, job.param)
        maker, pace = SoundMaker(self._interjector(speech, profile, job.audio), job.audio, job.seed), Pace()
        words = yield from self._words(job.audio, control, pace)
        for sound in script.sounds:  # each once; put in below
            maker.make(sound, control)
            yield from pace.pause()
        return insert_sounds(
            job.audio,
            script,
            words,
            lambda sound: maker.make(sound, control),
            _rng(job.seed),
            control,
        )

    def _words(self, audio: Audio, control: JobControl, pace: Pace) -> Steps[list[TimedWord]]:
        """The clip's words with their times; none without a recogniser, which makes the places approximate."""
        words: list[TimedWord] = []
        try:
            for segment in self._transcribers.transcribe(TranscribeRequest(audio), control):
                words += segment.words
                yield from pace.pause()
        except PartMissing:
            control.warn(PlacesApproximate())
            return []
        return words


class _MatchedInterjector:
    """Speaks interjections in the voice of a profile."""

    def __init__(self, voice: MatchedVoice, profile: VoiceProfile) -> None:
        self._voice = voice
        self._profile = profile
        self.sample_rate = voice.sample_rate

    def speak(self, phonemes: str, contour: Contour, rate: float, control: JobControl) -> Audio:
        """As Interjector."""
        return self._voice.speak_contour(phonemes, self._profile, contour, rate, control)


def _rng(seed: int) -> np.random.Generator:
    import numpy

    return numpy.random.default_rng(seed)
