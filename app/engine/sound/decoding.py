"""Audio files in: whatever FFmpeg's libraries read, to mono `Audio`. Limits are kept while decoding, not after.

Only demuxers of plain media files are allowed. Playlists and the like would make the library open other addresses
or local files by themselves.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from app.engine.errors import (
    DamagedFile,
    EmptyFile,
    FileTooLarge,
    FileTooLong,
    NoSoundInFile,
    NoSpeechFormat,
    NotDecodable,
    UnpacksTooLarge,
)
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, Samples
from app.engine.sound.channels import Downmix
from app.engine.sound.wav_words import with_whole_words

if TYPE_CHECKING:
    from app.settings import Settings

logger = logging.getLogger(__name__)

DEMUXERS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,asf,avi,flv,amr,ac3,mpeg,mpegts,"
    "wv,ape,tta"
)
RATE_RANGE_HZ = (8000, 48_000)  # of what comes out: below, speech lacks its consonants; above, there is no speech
SOURCE_RATES_HZ = (1000, 768_000)  # outside: not a recording of speech
MAX_CHANNELS = 64
MAX_DAMAGED_SHARE = 0.05  # of the packets; a file cut out of a stream has one or two


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """The most one file may be: packed bytes, seconds of sound, and bytes of all channels once unpacked."""

    max_bytes: int
    max_s: float
    max_decoded_bytes: int

    @classmethod
    def from_settings(cls, settings: Settings) -> DecodeLimits:
        """What the settings allow."""
        return cls(settings.max_upload_bytes, settings.max_audio_s, settings.max_decoded_bytes)


def decode(data: bytes, limits: DecodeLimits, param: str, control: JobControl | None = None) -> Audio:
    """The first audio stream of a file, its channels made one, at its own rate brought into 8 to 48 kHz.

    Takes CPU time: call it off the event loop. Raises BadAudio, AudioTooLong, AudioTooLarge, naming `param`.
    """
    import av

    check_size(len(data), param, limits.max_bytes)
    if not data:
        raise EmptyFile(param=param)
    data = with_whole_words(data)
    try:
        mix: Downmix | None = Downmix()
        while mix is not None:  # a second time where the mean of the channels has lost something
            with av.open(io.BytesIO(data), "r", container_options={"format_whitelist": DEMUXERS}) as container:
                audio = _joined(_chunks(container, param, limits, control, mix), param)
            mix = mix.better()
    except (av.FFmpegError, ValueError, OverflowError, UnicodeDecodeError) as error:
        logger.debug("cannot decode %s: %s", param, error)
        raise NotDecodable(param=param) from error
    low, high = RATE_RANGE_HZ
    return audio.resampled(min(high, max(low, audio.sample_rate)))


def check_size(n_bytes: int, param: str, max_bytes: int) -> None:
    """Raise AudioTooLarge when a file has more than `max_bytes`."""
    if n_bytes > max_bytes:
        raise FileTooLarge(max_bytes, param=param)


def _chunks(
    container: Any, param: str, limits: DecodeLimits, control: JobControl | None, mix: Downmix
) -> Iterator[Audio]:
    if not container.streams.audio:
        raise NoSoundInFile(param=param)
    stream = container.streams.audio[0]
    n_packets = n_damaged = n_bytes = 0
    length_s = Fraction(0)  # exact: a sum of floats drifts past the limit
    for packet in container.demux(stream):
        if control is not None:
            control.checkpoint()
        n_packets += 1
        frames = _frames(packet)
        n_damaged += frames is None
        for frame in frames or ():
            rate, n_channels = frame.sample_rate, frame.layout.nb_channels
            if not SOURCE_RATES_HZ[0] <= rate <= SOURCE_RATES_HZ[1] or not 1 <= n_channels <= MAX_CHANNELS:
                raise NoSpeechFormat(n_channels, rate, param=param)
            n_bytes += 4 * frame.samples * n_channels
            length_s += Fraction(frame.samples, rate)
            if n_bytes > limits.max_decoded_bytes:
                raise UnpacksTooLarge(limits.max_decoded_bytes, param=param)
            if length_s > limits.max_s:
                raise FileTooLong(limits.max_s, param=param)
            yield Audio(mix.mixed(_channels(frame.to_ndarray(), n_channels)), rate)
    if n_damaged > 1 + MAX_DAMAGED_SHARE * n_packets:
        raise DamagedFile(n_damaged, n_packets, param=param)


def _frames(packet: Any) -> list[Any] | None:
    """The frames of a packet; None when it is damaged."""
    import av

    try:
        return list(packet.decode())
    except av.FFmpegError:
        return None


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


def _joined(chunks: Iterator[Audio], param: str) -> Audio:
    """All chunks at the rate of the first; files that change it on the way exist (joined radio recordings)."""
    pieces: list[Samples] = []
    rate = 0
    for chunk in chunks:
        rate = rate or chunk.sample_rate
        pieces.append(chunk.resampled(rate).samples)
    if not sum(map(len, pieces)):
        raise NoSoundInFile(param=param)
    return Audio(np.concatenate(pieces), rate)
