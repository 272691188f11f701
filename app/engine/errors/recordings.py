"""What is wrong with a recording."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.errors.families import BadAudio


@dataclass(eq=False)
class EmptyFile(BadAudio):
    """A file without a byte."""


@dataclass(eq=False)
class NotDecodable(BadAudio):
    """Damaged, or no audio file."""


@dataclass(eq=False)
class ShortenedSphere(BadAudio):
    """A NIST SPHERE file packed by Shorten."""


@dataclass(eq=False)
class NoSoundInFile(BadAudio):
    """A file without a track of sound, or with an empty one."""


@dataclass(eq=False)
class NoSpeechFormat(BadAudio):
    """Channels and rate that no recording of speech has."""

    n_channels: int
    rate_hz: int


@dataclass(eq=False)
class DamagedFile(BadAudio):
    """Too many packets cannot be decoded."""

    n_damaged: int
    n_packets: int


@dataclass(eq=False)
class UnrealFrames(BadAudio):
    """Frames of fewer samples than any recording has: they cost time and hold next to nothing."""

    n_samples: int


@dataclass(eq=False)
class DecodingTooDear(BadAudio):
    """A file that takes more seconds of CPU time to decode than any recording does."""

    code = "audio_too_costly"

    limit_s: float


@dataclass(eq=False)
class NotFinite(BadAudio):
    """Samples that are no numbers."""


class SilentAudio(BadAudio):
    """The clip holds no sound above the noise floor, or no speech."""

    code = "silent_audio"


@dataclass(eq=False)
class SilentClip(SilentAudio):
    """Nothing above the noise floor."""

    floor_db: float


@dataclass(eq=False)
class NoSpeech(SilentAudio):
    """Nothing is left without silence."""


class NobodySpeaks(BadAudio):
    """A clip whose voice is wanted, and in which there is none: noise, music, a hum."""

    code = "no_speech"


class AudioTooShort(BadAudio):
    """Fewer seconds (or fewer voiced seconds) than the job needs."""

    code = "audio_too_short"


@dataclass(eq=False)
class ClipTooShort(AudioTooShort):
    """A clip of fewer seconds than any job takes."""

    length_s: float
    min_s: float


@dataclass(eq=False)
class VoiceTooShort(AudioTooShort):
    """A clip of fewer seconds than a voice can be told from."""

    length_s: float
    min_s: float


@dataclass(eq=False)
class TooLittleSpeech(AudioTooShort):
    """A clip with fewer seconds of speech than a voice can be told from."""

    speech_s: float
    min_s: float


@dataclass(eq=False)
class NoCodes(AudioTooShort):
    """A clip too short for one code."""

    length_s: float


class AudioTooLong(BadAudio):
    """More seconds than the service takes."""

    code = "audio_too_long"


@dataclass(eq=False)
class ClipTooLong(AudioTooLong):
    """A clip of more seconds than the service takes."""

    length_s: float
    limit_s: float


@dataclass(eq=False)
class FileTooLong(AudioTooLong):
    """A file that was not read to its end, because it is longer than the limit."""

    limit_s: float


@dataclass(eq=False)
class VoiceTooLong(AudioTooLong):
    """A reference of more seconds than the model takes."""

    length_s: float
    limit_s: float


class AudioTooLarge(BadAudio):
    """More bytes, packed or decoded, than the service takes."""

    code = "audio_too_large"


@dataclass(eq=False)
class FileTooLarge(AudioTooLarge):
    """A file of more bytes than the service takes."""

    limit_bytes: int


@dataclass(eq=False)
class UnpacksTooLarge(AudioTooLarge):
    """A file that unpacks to more bytes than the service takes."""

    limit_bytes: int
