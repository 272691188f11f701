"""What a request must be to be let in: told before any work, in errors that name the field and its limit."""

from __future__ import annotations

import contextlib

from app.engine import edits
from app.engine.backend import Backend
from app.engine.content.word_edits import check_form, plan_of
from app.engine.edits import Edit
from app.engine.errors import (
    ClipTooLong,
    ClipTooShort,
    ConsentMissing,
    EmptyText,
    NoSoundTag,
    NothingToSpeak,
    PausesTooLong,
    PhonemesUnread,
    TextTooLong,
    TooManySounds,
    UnknownConsent,
    VoiceOrClip,
)
from app.engine.lexicon import Lexicon
from app.engine.library.consents import ConsentLibrary
from app.engine.library.voices import VoiceInfo, VoiceLibrary
from app.engine.options import check_speed, most_transcript_chars
from app.engine.requests import CloneRequest, EditRequest, Reference, RewriteRequest
from app.engine.script import Script
from app.engine.sound.audio import Audio, require_sound

MIN_CLIP_S = 0.1  # shorter clips hold not even one syllable
MAX_PAUSES_S = 60.0  # of all pauses that one text asks for
MAX_SOUNDS = 40  # of one request


class Admission:
    """Raises what is wrong with a request, by the backend's abilities and the limits of this service."""

    def __init__(
        self,
        backend: Backend,
        voices: VoiceLibrary,
        consents: ConsentLibrary,
        *,
        max_input_chars: int,
        max_audio_s: float,
        requires_consent: bool,
    ) -> None:
        self._backend = backend
        self._voices = voices
        self._consents = consents
        self._max_input_chars = max_input_chars
        self._max_audio_s = max_audio_s
        self._max_transcript_chars = most_transcript_chars(max_input_chars, max_audio_s)
        self._requires_consent = requires_consent

    def check_clone(self, request: CloneRequest) -> None:
        """Raise what is wrong with the request, before any work. Cheap."""
        self._backend.variant_for(request.variant)
        self.check_script(request.script, "input")
        self.check_lexicon(request.script.lexicon, "step_audio.pronunciations")
        edits.check_intensity(request.intensity)
        check_speed(request.speed)
        self._check_reference(request.reference)
        sounds = [edit for edit in request.edits if edit.task == "paralinguistic"]
        for edit in sounds:
            _check_sounds_named(edit, request.script)
        check_number_of_sounds(len(request.script.sounds) + sum(bool(edit.tag) for edit in sounds), "input")

    def check_edit(self, request: EditRequest) -> None:
        """Raise what is wrong with the request, before any work. Cheap."""
        self._backend.variant_for(request.variant)
        check_speed(request.speed)
        self.check_clip(request.audio, request.param)
        if request.edit.task == "paralinguistic":
            _check_sounds_named(request.edit, request.script)
            if request.script is not None:
                self._check_length(request.script, "input")
                check_number_of_sounds(len(request.script.sounds), "input")

    def check_rewrite(self, request: RewriteRequest) -> None:
        """Raise what is wrong with the request, as far as it shows before anybody listens. Cheap."""
        self._backend.variant_for(request.variant)
        self.check_clip(request.audio, request.param)
        if len(request.text) > self._max_transcript_chars:
            raise TextTooLong(self._max_transcript_chars, len(request.text), param=request.text_param)
        for edit in request.edits:
            self._check_length(Script(edit.text), request.edits_param)
        if request.transcript:
            plan_of(request.transcript, request.text, request.edits, request.text_param, request.edits_param)
        else:
            check_form(request.text, request.edits, request.text_param, request.edits_param)

    def check_consent(self, voice: VoiceInfo) -> None:
        """Raise ConsentMissing for a saved voice whose consent is required and not, or no longer, in the library.

        Reads files: call it off the loop.
        """
        if self._requires_consent and voice.source == "custom" and not self.is_consent(voice.consent):
            raise ConsentMissing(param="voice")

    def check_script(self, script: Script, param: str) -> None:
        """Raise what keeps a text from being spoken."""
        if script.is_empty:
            raise EmptyText(param=param)
        self._check_length(script, param)
        check_pauses(script.pauses_s, param)
        if script.text.strip():
            with contextlib.suppress(NothingToSpeak):  # signs alone are answered with a silence
                self._backend.check_text(script, param)

    def check_lexicon(self, lexicon: Lexicon, param: str) -> None:
        """Raise PhonemesUnread for pronunciations that the backend cannot read."""
        check_readable(lexicon, self._backend, param)

    def _check_length(self, script: Script, param: str) -> None:
        if script.n_chars > self._max_input_chars:
            raise TextTooLong(self._max_input_chars, script.n_chars, param=param)

    def _check_reference(self, reference: Reference) -> None:
        if reference.voice is not None and reference.audio is not None:
            raise VoiceOrClip
        if reference.voice is not None:
            self.check_consent(self._voices.info(reference.voice, reader=reference.reader))
        if reference.audio is not None:
            self.check_clip(reference.audio, reference.param)

    def is_consent(self, consent_id: str) -> bool:
        """Whether the library has this consent. Reads files: call it off the loop."""
        try:
            self._consents.find(consent_id)
        except UnknownConsent:
            return False
        return True

    def check_clip(self, audio: Audio, param: str, may_be_silent: bool = False) -> None:
        """Raise for a clip that is too short, too long or silent. Looks at all samples: call it off the loop."""
        if audio.duration_s < MIN_CLIP_S:
            raise ClipTooShort(audio.duration_s, MIN_CLIP_S, param=param)
        if audio.duration_s > self._max_audio_s:
            raise ClipTooLong(audio.duration_s, self._max_audio_s, param=param)
        if not may_be_silent:
            require_sound(audio, param)


def check_readable(lexicon: Lexicon, backend: Backend, param: str) -> None:
    """Raise PhonemesUnread for the first word whose pronunciation the backend cannot read."""
    word = next((entry.word for entry in lexicon.entries if entry.kind == "phonemes"), None)
    if word is not None and not backend.reads_phonemes:
        raise PhonemesUnread(word, param=param)


def _check_sounds_named(edit: Edit, script: Script | None) -> None:
    """A paralinguistic edit must say which sound: by tags in the text, or by its own tag."""
    if not edit.tag and (script is None or not script.sounds):
        raise NoSoundTag(tuple(edits.CATALOGUE["paralinguistic"].tags))


def check_number_of_sounds(n_sounds: int, param: str) -> None:
    """Raise TooManySounds for more than one request may have."""
    if n_sounds > MAX_SOUNDS:
        raise TooManySounds(MAX_SOUNDS, n_sounds, param=param)


def check_pauses(pauses_s: float, param: str) -> None:
    """Raise PausesTooLong for more seconds of pauses than one text may ask for."""
    if pauses_s > MAX_PAUSES_S:
        raise PausesTooLong(MAX_PAUSES_S, pauses_s, param=param)
