"""Matcher: from a reference clip to a VoiceProfile.

Voice matching, not cloning: a blend of stock voices near the reference by a speaker encoder, the reference's pitch, and
an equaliser for its long-term spectrum. Candidates are tried on a short phrase; the one that sounds nearest is kept.
"""

from __future__ import annotations

from dataclasses import replace

from app.engine.audio import Audio, loudness_lufs
from app.engine.embedded.equaliser import correction_db, equalised, long_term_spectrum
from app.engine.embedded.kokoro import Kokoro
from app.engine.embedded.matched_voice import MatchedVoice
from app.engine.embedded.profile import VoiceProfile
from app.engine.embedded.reference import MeasuredReference, measure
from app.engine.embedded.speaker import SpeakerEncoder, similarity
from app.engine.embedded.stock_table import Blend, StockTable, stock_table
from app.engine.embedded.stock_voices import StockVoices
from app.engine.job import JobControl

LEVEL_LUFS = -23.0  # EBU R 128

# Spoken by each candidate: short, for time to first sound, with open, front and back vowels, hisses and stops.
PROBE = {
    "en": "ʃi fˈWnd hɪz jˈɛlO kˈOt, bˌʌt wˌI ɡˌO ðˈɛɹ?",
    "zh": "wo↓mən ʨʰy↘ ʂa→nɕja↘ xɤ→ꭧʰa↗, fə→ŋ xə↓nta↘.",
}


class Matcher:
    """Makes profiles. Safe to use from several threads; deterministic."""

    def __init__(
        self, kokoro: Kokoro, voices: StockVoices, encoder: SpeakerEncoder, table: StockTable | None = None
    ) -> None:
        self._voice = MatchedVoice(kokoro, voices)
        self._encoder = encoder
        self._table = table or stock_table()
        english = tuple(name for name in voices.names if voices.info(name)[0].startswith("en"))
        mandarin = tuple(name for name in voices.names if voices.info(name)[0].startswith("zh"))
        self._native = {"en": english, "zh": mandarin}
        # Any timbre can read Mandarin and be understood; English from timbres trained on other languages is less clear.
        self._pool = {"en": english, "zh": tuple(voices.names)}

    def profile(
        self, reference: Audio, language: str, control: JobControl, *, param: str = "reference"
    ) -> VoiceProfile:
        """The profile of a reference for text in `language` ("en" or "zh"); costs two short syntheses.

        Raises SilentAudio or AudioTooShort (less than a second of speech), naming `param`; Cancelled, DeadlineExceeded.
        A clipped, short or whispered reference is used, and its profile carries a warning.
        """
        measured = measure(reference, self._encoder, control, param)
        pool = self._pool[language]
        blends = [self._table.blend(measured.embedding, pool), {self._table.nearest(measured.embedding, pool): 1.0}]
        if blends[0] == blends[1]:
            blends.pop()
        neutral = self._table.nearest(measured.embedding, self._native[language])
        tried = [self._tried(blend, neutral, language, measured, control) for blend in blends]
        return max(tried, key=lambda profile: profile.similarity)

    def _tried(
        self, blend: Blend, neutral: str, language: str, measured: MeasuredReference, control: JobControl
    ) -> VoiceProfile:
        """The profile of one candidate, with its equaliser, level and similarity taken from a spoken probe phrase."""
        plain = VoiceProfile(
            language=language,
            blend=blend,
            neutral_voice=neutral,
            f0_median_hz=round(measured.f0_median_hz, 2),
            f0_spread_semitones=round(measured.f0_spread_semitones, 3),
            equaliser_db=(),
            gain_db=0.0,
            similarity=0.0,
            embedding=tuple(round(float(x), 5) for x in measured.embedding),
            warnings=measured.warnings,
        )
        probe, _ = self._voice.speak(PROBE[language], plain, control)
        gains = correction_db(measured.spectrum, long_term_spectrum(probe), measured.sample_rate)
        shaped = equalised(probe, gains)
        return replace(
            plain,
            equaliser_db=tuple(round(float(g), 2) for g in gains),
            gain_db=round(LEVEL_LUFS - loudness_lufs(shaped), 2),
            similarity=round(similarity(self._encoder.embed(shaped, control), measured.embedding), 4),
        )
