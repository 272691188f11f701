"""Audio files in: whatever FFmpeg's libraries read, to mono `Audio`. Limits are kept while decoding, not after.

Only demuxers of plain media files are allowed. Playlists and the like would make the library open other addresses
or local files by themselves. Only decoders of sound are allowed: a cover would be unpacked while the library looks
for the streams of the file, outside every limit.

Sound is mixed to mono and brought to its rate block by block, so that a file takes no more memory than its clip. All
files that are decoded at the same time share `DecodeRoom`.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from app.engine.errors import (
    DamagedFile,
    DecodingBusy,
    DecodingTooDear,
    EmptyFile,
    FileTooLarge,
    FileTooLong,
    NoSoundInFile,
    NoSpeechFormat,
    NotDecodable,
    OutOfMemory,
    ShortenedSphere,
    UnpacksTooLarge,
    UnrealFrames,
)
from app.engine.job import JobControl
from app.engine.machine import give_back_memory
from app.engine.sound.amr_pauses import pause_samples
from app.engine.sound.audio import Audio, Samples
from app.engine.sound.channels import Downmix
from app.engine.sound.ogg_links import links_of
from app.engine.sound.sphere import is_shortened
from app.engine.sound.wav_words import with_whole_words

if TYPE_CHECKING:
    import soxr

    from app.settings import Settings

logger = logging.getLogger(__name__)

DEMUXERS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,asf,avi,flv,amr,ac3,mpeg,mpegts,"
    "nistsphere,pvf,avr,wv,ape,tta,voc,eac3,dts,truehd,loas,rm,sox,ircam,iff,xwma,mpc,mpc8,tak,shn,dsf,oma,qcp,dss"
)
RATE_RANGE_HZ = (8000, 48_000)  # of what comes out: below, speech lacks its consonants; above, there is no speech
SOURCE_RATES_HZ = (1000, 384_000)  # outside: not a recording of speech
MAX_CHANNELS = 64
MAX_DAMAGED_SHARE = 0.05  # of the packets; a file cut out of a stream has one or two
MAX_CPU_S = 10.0  # of decoding one file: an hour of ordinary sound takes less
MIN_FRAME_SAMPLES, FRAMES_TO_JUDGE = 40, 1000  # TrueHD has 40 samples a frame, codecs of speech 80 and more
BLOCK_SAMPLES = 1 << 16  # of one channel; what is mixed and resampled in one call
LARGE_BYTES = 16 * 1024 * 1024  # of a clip whose memory is worth being given back at once


class DecodeRoom:
    """The bytes of all clips that are being decoded. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_bytes = 0

    def take(self, n_bytes: int, max_bytes: int) -> None:
        """Count bytes of a clip. Raises DecodingBusy where all clips together would have more than `max_bytes`."""
        with self._lock:
            if self._n_bytes + n_bytes > max_bytes:
                raise DecodingBusy(max_bytes)
            self._n_bytes += n_bytes

    def give_back(self, n_bytes: int) -> None:
        """A clip is decoded, or refused."""
        with self._lock:
            self._n_bytes -= n_bytes


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """The most one file may be: packed bytes, seconds of sound, and bytes of all channels once unpacked.

    All clips that share `room` take `max_decoded_bytes` together. What comes out has at most `max_rate_hz`.
    """

    max_bytes: int
    max_s: float
    max_decoded_bytes: int
    max_rate_hz: int = RATE_RANGE_HZ[1]
    room: DecodeRoom = field(default_factory=DecodeRoom, compare=False, repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> DecodeLimits:
        """What the settings allow."""
        return cls(settings.max_upload_bytes, settings.max_audio_s, settings.max_decoded_bytes)


def decode(data: bytes, limits: DecodeLimits, param: str, control: JobControl | None = None) -> Audio:
    """The first audio stream of a file, its channels made one, at its own rate brought into 8 to 48 kHz.

    Takes CPU time: call it off the event loop. Raises DecodingBusy, OutOfMemory; BadAudio, AudioTooLong, AudioTooLarge,
    naming `param`.
    """

    check_size(len(data), param, limits.max_bytes)
    if not data:
        raise EmptyFile(param=param)
    if is_shortened(data):
        raise ShortenedSphere(param=param)
    data = with_whole_words(data)
    ends_at = time.thread_time() + MAX_CPU_S
    mix: Downmix | None = Downmix()
    audio: Audio | None = None
    while mix is not None:  # a second time where the mean of the channels has lost something
        audio = None  # what the first time gave is not kept meanwhile
        audio = _decoded_with(mix, data, _Reading(limits, param, control, ends_at))
        mix = mix.better()
    if audio is None:
        raise NoSoundInFile(param=param)
    return audio


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is kept to while one file is read; `ends_at` counts this thread's CPU seconds."""

    limits: DecodeLimits
    param: str
    control: JobControl | None
    ends_at: float


def _decoded_with(mix: Downmix, data: bytes, reading: _Reading) -> Audio | None:
    """The whole clip with its channels mixed so; None without a sample."""
    import av

    options = {"format_whitelist": DEMUXERS, "codec_whitelist": _decoders_of_sound()}
    clip, seen = _Clip(reading.limits), _Seen()
    try:
        for link in links_of(data):
            with av.open(io.BytesIO(link), "r", container_options=options) as container:
                for block in _blocks(_frames(container, reading, seen), mix):
                    clip.add(block)
        return clip.finished()
    except MemoryError as error:  # libav's own is one, too
        raise OutOfMemory from error
    except (av.FFmpegError, ValueError, OverflowError, UnicodeDecodeError) as error:
        logger.debug("cannot decode %s: %s", reading.param, error)
        raise NotDecodable(param=reading.param) from error
    finally:
        reading.limits.room.give_back(clip.n_bytes)
        if clip.n_bytes > LARGE_BYTES:
            give_back_memory()


def check_size(n_bytes: int, param: str, max_bytes: int) -> None:
    """Raise AudioTooLarge when a file has more than `max_bytes`."""
    if n_bytes > max_bytes:
        raise FileTooLarge(max_bytes, param=param)


class _Clip:
    """The mono sound so far, at the rate it will have; files that change theirs on the way exist (joined radio)."""

    def __init__(self, limits: DecodeLimits) -> None:
        self._limits = limits
        self._samples = bytearray()  # grows in place, unlike a list of arrays that are joined
        self._source_rate = self._rate = 0
        self._resampler: soxr.ResampleStream | None = None

    @property
    def n_bytes(self) -> int:
        """What it takes."""
        return len(self._samples)

    def add(self, block: Audio) -> None:
        """Put sound at the end. Raises DecodingBusy."""
        if not self._rate:
            self._begin(block.sample_rate)
        samples = block.resampled(self._source_rate).samples
        self._keep(samples if self._resampler is None else self._resampler.resample_chunk(samples))

    def finished(self) -> Audio | None:
        """All of it; None without a sample."""
        if self._resampler is not None:
            self._keep(self._resampler.resample_chunk(np.empty(0, np.float32), last=True))
        if not self._samples:
            return None
        return Audio(np.frombuffer(self._samples, np.float32), self._rate)

    def _begin(self, source_rate: int) -> None:
        import soxr

        self._source_rate = source_rate
        self._rate = min(self._limits.max_rate_hz, max(RATE_RANGE_HZ[0], source_rate))
        if self._rate != source_rate:
            self._resampler = soxr.ResampleStream(source_rate, self._rate, 1, dtype="float32")

    def _keep(self, samples: Samples) -> None:
        self._limits.room.take(samples.nbytes, self._limits.max_decoded_bytes)
        self._samples += np.ascontiguousarray(samples).data.cast("B") if len(samples) else b""


@lru_cache(maxsize=1)
def _decoders_of_sound() -> str:
    """The names of all decoders of sound, as FFmpeg's `codec_whitelist` takes them."""
    import av

    return ",".join(sorted(name for name in av.codecs_available if _is_of_sound(name)))


def _is_of_sound(name: str) -> bool:
    import av

    try:
        return bool(av.Codec(name, "r").type == "audio")
    except ValueError:  # it encodes only
        return False


@dataclass(frozen=True, slots=True)
class _Frame:
    """Samples of one frame, as the decoder gives them: planar `[channels, n]` or packed `[1, n * channels]`."""

    values: np.ndarray[Any, Any]
    rate: int
    n_channels: int


@dataclass(slots=True)
class _Seen:
    """What a file held so far, of all its links; the length is exact, as a sum of floats drifts past the limit."""

    n_packets: int = 0
    n_damaged: int = 0
    n_frames: int = 0
    n_samples: int = 0
    n_bytes: int = 0
    length_s: Fraction = Fraction(0)


def _frames(container: Any, reading: _Reading, seen: _Seen) -> Iterator[_Frame]:
    limits, param, control = reading.limits, reading.param, reading.control
    if not container.streams.audio:
        raise NoSoundInFile(param=param)
    stream = container.streams.audio[0]
    codec = stream.codec_context
    if codec is not None and codec.sample_rate and codec.layout.nb_channels:  # else its first frame says it
        _check_format(codec.sample_rate, codec.layout.nb_channels, param)
    for packet in container.demux(stream):
        if control is not None:
            control.checkpoint()
        if time.thread_time() > reading.ends_at:
            raise DecodingTooDear(MAX_CPU_S, param=param)
        seen.n_packets += 1
        frames = _decoded(packet, codec)
        seen.n_damaged += frames is None
        for frame in frames or ():
            rate, n_channels, n = frame.sample_rate, frame.layout.nb_channels, frame.samples
            _check_format(rate, n_channels, param)
            seen.n_frames += 1
            seen.n_samples += n
            seen.n_bytes += 4 * n * n_channels
            seen.length_s += Fraction(n, rate)
            if seen.n_frames == FRAMES_TO_JUDGE and seen.n_samples < MIN_FRAME_SAMPLES * seen.n_frames:
                raise UnrealFrames(seen.n_samples // seen.n_frames, param=param)
            if seen.n_bytes > limits.max_decoded_bytes:
                raise UnpacksTooLarge(limits.max_decoded_bytes, param=param)
            if seen.length_s > limits.max_s:
                raise FileTooLong(limits.max_s, param=param)
            yield _Frame(frame.to_ndarray(), rate, n_channels)
    if seen.n_damaged > 1 + MAX_DAMAGED_SHARE * seen.n_packets:
        raise DamagedFile(seen.n_damaged, seen.n_packets, param=param)


def _check_format(rate: int, n_channels: int, param: str) -> None:
    if not SOURCE_RATES_HZ[0] <= rate <= SOURCE_RATES_HZ[1] or not 1 <= n_channels <= MAX_CHANNELS:
        raise NoSpeechFormat(n_channels, rate, param=param)


def _decoded(packet: Any, codec: Any) -> list[Any] | None:
    """The frames of a packet; None when it is damaged."""
    import av

    try:
        return list(packet.decode())
    except av.FFmpegError:
        n_samples = pause_samples(codec.name, bytes(packet)) if codec is not None else 0
        if not n_samples:
            return None
        pause = av.AudioFrame.from_ndarray(np.zeros((1, n_samples), np.float32), format="fltp", layout="mono")
        pause.sample_rate = codec.sample_rate
        return [pause]


def _blocks(frames: Iterator[_Frame], mix: Downmix) -> Iterator[Audio]:
    """The frames as mono sound, many in one block: a call costs as much for ten samples as for ten thousand."""
    held: list[_Frame] = []
    n_held = 0
    for frame in frames:
        if held and (n_held >= BLOCK_SAMPLES * frame.n_channels or not _are_alike(held[0], frame)):
            yield _block(held, mix)
            held, n_held = [], 0
        held.append(frame)
        n_held += frame.values.size
    if held:
        yield _block(held, mix)


def _are_alike(one: _Frame, other: _Frame) -> bool:
    return (one.rate, one.n_channels, one.values.shape[0], one.values.dtype) == (
        other.rate,
        other.n_channels,
        other.values.shape[0],
        other.values.dtype,
    )


def _block(frames: list[_Frame], mix: Downmix) -> Audio:
    values = np.concatenate([frame.values for frame in frames], axis=1)
    return Audio(mix.mixed(_channels(values, frames[0].n_channels)), frames[0].rate)


def _channels(values: np.ndarray[Any, Any], n_channels: int) -> np.ndarray[Any, Any]:
    """`[channels, n]`, integers scaled to [-1, 1]. `values`: planar `[channels, n]` or packed `[1, n * channels]`."""
    if values.shape[0] != n_channels:
        values = values.reshape(-1, n_channels).T
    if values.dtype == np.uint8:
        values = values.astype(np.float32) / 128 - 1
    elif np.issubdtype(values.dtype, np.integer):
        values = values.astype(np.float64) / -float(np.iinfo(values.dtype).min)
    known: np.ndarray[Any, Any] = np.clip(np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    return known
