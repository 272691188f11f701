"""Matcher: from a reference clip to a VoiceProfile.

Voice matching, not cloning: a blend of stock voices near the reference by a speaker encoder, the reference's pitch, and
an equaliser for its long-term spectrum. Nothing is spoken for it: what a blend sounds like is foretold from the table
of stock voices, whose ten seconds of speech tell a spectrum better than a short probe would (measured on real
references), and the first sound does not wait for two syntheses.
"""

from __future__ import annotations

from app.engine.embedded.text.languages import LANGUAGES
from app.engine.embedded.text.scripts import Language
from app.engine.embedded.voice.equaliser import correction_db
from app.engine.embedded.voice.profile import VoiceProfile
from app.engine.embedded.voice.reference import MeasuredReference, measure
from app.engine.embedded.voice.stock_table import StockTable, stock_table
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.hearing.speaker import SpeakerEncoder
from app.engine.job import JobControl
from app.engine.sound.audio import Audio

# Median pitch of read speech: men about 120 Hz, women about 210, each +- 20 or so (Traunmüller and Eriksson 1995).
SURELY_MALE_HZ, SURELY_FEMALE_HZ = 135.0, 190.0


class Matcher:
    """Makes profiles. Safe to use from several threads; deterministic."""

    def __init__(self, voices: StockVoices, encoder: SpeakerEncoder, table: StockTable | None = None) -> None:
        self._voices = voices
        self._encoder = encoder
        self._table = table or stock_table()

    def profile(
        self, reference: Audio, language: Language, control: JobControl, *, param: str = "reference"
    ) -> VoiceProfile:
        """The profile of a reference for text in `language`.

        Raises SilentAudio or AudioTooShort (less than a second of speech), naming `param`; Cancelled, DeadlineExceeded.
        A whispered reference is used, and its profile carries a warning.
        """
        measured = measure(reference, self._encoder, control, param)
        gender = self._gender(measured)
        # Timbres of both sexes mixed are nobody's voice, however near the mean of their embeddings comes.
        blend = self._table.blend(measured.embedding, self._pool(LANGUAGES[language].readers, gender))
        gains = correction_db(measured.spectrum, self._table.spectrum(blend), measured.sample_rate)
        near = self._table.near(measured.embedding, self._pool((language,), gender))
        return VoiceProfile(
            language=language,
            blend=blend,
            neutral_voice=near[0],
            prosody_voices=near,
            f0_median_hz=round(measured.f0_median_hz, 2),
            f0_spread_semitones=round(measured.f0_spread_semitones, 3),
            equaliser_db=tuple(round(float(gain), 2) for gain in gains),
            embedding=tuple(round(float(x), 5) for x in measured.embedding),
            warnings=measured.warnings,
        )

    def _gender(self, measured: MeasuredReference) -> str:
        """Of the reference: by its pitch where that is clear, else of the nearest voice.

        Noise and telephone lines move embeddings further than the border between the sexes; pitch they leave alone.
        """
        if measured.f0_median_hz >= SURELY_FEMALE_HZ:
            return "female"
        if 0 < measured.f0_median_hz <= SURELY_MALE_HZ:
            return "male"
        return self._voices.info(self._table.near(measured.embedding, self._table.names)[0]).gender

    def _pool(self, languages: tuple[str, ...], gender: str) -> tuple[str, ...]:
        infos = {name: self._voices.info(name) for name in self._table.names}
        return tuple(n for n, info in infos.items() if info.locale.startswith(languages) and info.gender == gender)
