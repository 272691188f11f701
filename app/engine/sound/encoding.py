"""Audio files written: one row per format in MEDIA, from engine samples to the bytes of a file.

An encoder writes to a sink. If the sink can seek (a whole clip at once), headers get true sizes and gapless figures;
if not (a stream), the bytes written so far are always playable. Encoding takes CPU time: call it off the event loop.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

import numpy as np

from app.engine.job import JobControl
from app.engine.sound.audio import Audio, Samples, as_integers, has_16_bits
from app.engine.sound.decoding import RATE_RANGE_HZ

# What a file says of itself where it can: machine-made speech is to be marked as such (EU AI Act, article 50).
SOURCE_TYPE = "trainedAlgorithmicMedia"  # IPTC's word for it
SYNTHETIC = f"Synthetic speech made with EditX (IPTC digital source type: {SOURCE_TYPE})"
TELEPHONE_RATE_HZ = 8000
PCM_RATE_HZ = 24_000  # stock clients take headerless PCM for 24 kHz mono, whatever the server thinks
UNKNOWN_SIZE = 0xFFFFFFFF  # what FFmpeg and browsers read as "until the end of the stream"
MPEG_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
BLOCK_S = 10.0  # of a whole clip that is encoded between two checkpoints
OPUS_RATES_HZ = (8000, 12000, 16000, 24000, 48000)


@dataclass(frozen=True, slots=True)
class FileTags:
    """What a file carries beside the sound, where its format can: a comment, and the serial number of an Ogg stream.

    Answers that are written one after another into one file are a chain of Ogg streams, whose numbers must differ
    (RFC 3533). `serial` 0 to 2**31 - 1.
    """

    comment: str = ""
    serial: int = 0

    @classmethod
    def of_speech(cls, is_marked: bool, serial: int = 0) -> FileTags:
        """Those of speech that was made here, which say so if `is_marked`."""
        return cls(SYNTHETIC if is_marked else "", serial)


UNTAGGED = FileTags()


class Sink(Protocol):
    """Where an encoder writes."""

    def write(self, data: bytes, /) -> int:
        """Take some bytes."""

    def seekable(self) -> bool:
        """True if earlier bytes may be rewritten."""


class Pipe:
    """A sink that hands its bytes on at once."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        """Keep the bytes until they are taken."""
        self._parts.append(bytes(data))
        return len(data)

    def seekable(self) -> bool:
        """Never: the bytes may have left already."""
        return False

    def take(self) -> bytes:
        """All bytes written since the last call."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


class Encoder(Protocol):
    """Writes samples of one rate to a sink."""

    def write(self, samples: Samples) -> None:
        """Encode float32 `[n]` in [-1, 1]; louder samples are clipped."""

    def close(self) -> None:
        """Write what is still held back, and the end of the file."""


class PcmEncoder:
    """Raw signed 16-bit little-endian samples."""

    def __init__(self, sink: Sink, rate: int, tags: FileTags) -> None:
        del rate, tags  # headerless: the rate is agreed on elsewhere
        self._sink = sink

    def write(self, samples: Samples) -> None:
        """As Encoder."""
        self._sink.write(_int16(samples).astype("<i2", copy=False).tobytes())

    def close(self) -> None:
        """Nothing is held back."""


class WavEncoder:
    """RIFF WAVE, 16 bit. In a stream both sizes are UNKNOWN_SIZE, and the comment stands before the sound.

    In a whole file the comment comes last: the header keeps the 44 bytes that many readers skip unread.
    """

    def __init__(self, sink: Sink, rate: int, tags: FileTags) -> None:
        self._sink, self._rate, self._n_bytes = sink, rate, 0
        self._info = _wav_comment(tags.comment)
        self._is_whole = isinstance(sink, io.BytesIO)
        sink.write(self._header(UNKNOWN_SIZE, b"" if self._is_whole else self._info))

    def write(self, samples: Samples) -> None:
        """As Encoder."""
        data = _int16(samples).astype("<i2", copy=False).tobytes()
        self._n_bytes += len(data)
        self._sink.write(data)

    def close(self) -> None:
        """Write the true sizes, where that is possible."""
        if isinstance(self._sink, io.BytesIO):
            self._sink.write(self._info)
            self._sink.seek(0)
            self._sink.write(self._header(self._n_bytes))

    def _header(self, n_bytes: int, info: bytes = b"") -> bytes:
        riff_size = min(UNKNOWN_SIZE, n_bytes + 36 + len(self._info))
        fmt = struct.pack("<IHHIIHH", 16, 1, 1, self._rate, self._rate * 2, 2, 16)
        begin = struct.pack("<4sI4s4s", b"RIFF", riff_size, b"WAVE", b"fmt ")
        return begin + fmt + info + struct.pack("<4sI", b"data", n_bytes)


def _wav_comment(comment: str) -> bytes:
    """A LIST chunk of the kind INFO with the comment, padded to whole words; nothing without one."""
    if not comment:
        return b""
    text = comment.encode() + b"\0"
    text += b"\0" * (len(text) % 2)
    return struct.pack("<4sI4s4sI", b"LIST", 12 + len(text), b"INFO", b"ICMT", len(text)) + text


@dataclass(frozen=True, slots=True)
class Codec:
    """How libavcodec and libavformat make one format. `bit_rate` in bits/s at rates of 16 kHz and more."""

    container: str
    name: str
    sample_format: str
    bit_rate: int = 0
    options: dict[str, str] = field(default_factory=dict)
    stream_options: dict[str, str] = field(default_factory=dict)

    def open(self, sink: Sink, rate: int, tags: FileTags) -> Encoder:
        """An encoder of this format."""
        return AvEncoder(self, sink, rate, tags)


class AvEncoder:
    """Any format FFmpeg's libraries write."""

    def __init__(self, codec: Codec, sink: Sink, rate: int, tags: FileTags) -> None:
        import av  # 0.3 s of loading; only answers need it

        options = codec.options if sink.seekable() else codec.options | codec.stream_options
        if codec.container == "ogg":
            options = options | {"serial_offset": str(tags.serial)}
        if codec.container == "mp3":
            options = options | {"id3v2_version": "3" if tags.comment else "0"}
        if codec.container == "adts":  # players of AAC skip an ID3 tag: HTTP Live Streaming begins its files with one
            options = options | {"write_id3v2": str(int(bool(tags.comment)))}
        container: Any = av.open(sink, "w", format=codec.container, container_options=options | {"flush_packets": "1"})
        if tags.comment:
            container.metadata["comment"] = tags.comment
        stream: Any = container.add_stream(codec.name, rate=rate, layout="mono", format=codec.sample_format)
        if codec.bit_rate:
            stream.bit_rate = codec.bit_rate if rate >= 16_000 else codec.bit_rate // 3
        self._container, self._stream = container, stream
        self._codec, self._rate, self._n_samples = codec, rate, 0

    def write(self, samples: Samples) -> None:
        """As Encoder."""
        from av import AudioFrame

        if not len(samples):
            return
        is_integer = self._codec.sample_format.startswith("s16")
        values = _int16(samples) if is_integer else np.clip(samples, -1.0, 1.0)
        frame: Any = AudioFrame.from_ndarray(values.reshape(1, -1), format=self._codec.sample_format, layout="mono")
        frame.sample_rate, frame.pts = self._rate, self._n_samples
        self._n_samples += len(samples)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Flush the encoder and write the trailer."""
        self._container.mux(self._stream.encode(None))
        self._container.close()


@dataclass(frozen=True, slots=True)
class Format:
    """A response format. `rates_hz` empty: any; `fixed_rate_hz`: the rate unless the caller asks for another.

    `is_kept`: people keep files of it, so the page offers it for download.
    """

    name: str
    mime: str
    open: Callable[[Sink, int, FileTags], Encoder]
    rates_hz: Sequence[int] = ()
    fixed_rate_hz: int | None = None
    is_kept: bool = False

    def rate_for(self, source_rate: int, asked: int | None) -> int:
        """The rate to encode at, in Hz: the one asked for or the source's, or the next one the format has."""
        low, high = RATE_RANGE_HZ
        wanted = min(high, max(low, asked or self.fixed_rate_hz or source_rate))
        return min((r for r in self.rates_hz if r >= wanted), default=max(self.rates_hz)) if self.rates_hz else wanted


_MP3 = Codec("mp3", "libmp3lame", "fltp", 128_000, {}, {"write_xing": "0"})
# "bitexact" keeps the Ogg muxer from drawing a random serial number: equal seeds give equal bytes.
_OPUS = Codec("ogg", "libopus", "flt", 64_000, {"page_duration": "200000", "fflags": "+bitexact"})
_AAC = Codec("adts", "aac", "fltp", 96_000)
_FLAC = Codec("flac", "flac", "s16")
_MULAW = Codec("mulaw", "pcm_mulaw", "s16")
_ALAW = Codec("alaw", "pcm_alaw", "s16")

MEDIA = {
    f.name: f
    for f in (
        Format("mp3", "audio/mpeg", _MP3.open, MPEG_RATES_HZ, is_kept=True),
        Format("opus", "audio/opus", _OPUS.open, OPUS_RATES_HZ),
        Format("aac", "audio/aac", _AAC.open, MPEG_RATES_HZ),
        Format("flac", "audio/flac", _FLAC.open, is_kept=True),
        Format("wav", "audio/wav", WavEncoder, is_kept=True),
        Format("pcm", "audio/pcm", PcmEncoder, fixed_rate_hz=PCM_RATE_HZ),
        Format("pcm_mulaw", "audio/PCMU", _MULAW.open, fixed_rate_hz=TELEPHONE_RATE_HZ),
        Format("pcm_alaw", "audio/PCMA", _ALAW.open, fixed_rate_hz=TELEPHONE_RATE_HZ),
    )
}
# What is heard while it is made, and kept as FLAC afterwards: half of the bytes wait for a reader that stays behind.
LIVE = Format("mp3", "audio/mpeg", replace(_MP3, bit_rate=64_000).open, MPEG_RATES_HZ)
ResponseFormat = StrEnum("ResponseFormat", list(MEDIA))  # type: ignore[misc]  # its members follow the table


class StreamEncoder:
    """Encodes a job's chunks while they arrive: each call returns the bytes that are ready."""

    def __init__(
        self, target: Format, source_rate: int, asked_rate: int | None = None, tags: FileTags = UNTAGGED
    ) -> None:
        rate = target.rate_for(source_rate, asked_rate)
        self._pipe = Pipe()
        self._encoder = target.open(self._pipe, rate, tags)
        self._resample = _resampler(source_rate, rate)

    def encode(self, audio: Audio) -> bytes:
        """The bytes that this chunk completes."""
        self._encoder.write(self._resample(audio.samples, False))
        return self._pipe.take()

    def finish(self) -> bytes:
        """The rest of the file."""
        self._encoder.write(self._resample(np.zeros(0, np.float32), True))
        self._encoder.close()
        return self._pipe.take()


def encode_whole(
    target: Format,
    audio: Audio,
    asked_rate: int | None = None,
    tags: FileTags = UNTAGGED,
    control: JobControl | None = None,
) -> bytes:
    """The whole clip as one file with true sizes in its header. Raises what stops `control`."""
    rate = target.rate_for(audio.sample_rate, asked_rate)
    sink = io.BytesIO()
    encoder = target.open(sink, rate, tags)
    samples, n_block = audio.resampled(rate).samples, round(BLOCK_S * rate)
    for start in range(0, len(samples), n_block):
        if control is not None:
            control.checkpoint()
        encoder.write(samples[start : start + n_block])
    encoder.close()
    return sink.getvalue()


def encode_recording(
    target: Format,
    audio: Audio,
    asked_rate: int | None = None,
    tags: FileTags = UNTAGGED,
    control: JobControl | None = None,
) -> bytes:
    """As `encode_whole`; but a wav at the clip's own rate has 24 bits where the clip has more than 16."""
    if target.name != "wav" or asked_rate not in (None, audio.sample_rate) or has_16_bits(audio.samples):
        return encode_whole(target, audio, asked_rate, tags, control)
    import soundfile

    sink = io.BytesIO()
    with soundfile.SoundFile(sink, "w", audio.sample_rate, 1, "PCM_24", format="WAV") as file:
        if tags.comment:
            file.comment = tags.comment
        file.write(as_integers(audio.samples, 24) << 8)
    return sink.getvalue()


def _int16(samples: Samples) -> np.ndarray[Any, np.dtype[np.int16]]:
    return as_integers(samples, 16).astype(np.int16)


def _resampler(source_rate: int, rate: int) -> Callable[[Samples, bool], Samples]:
    """A function of (samples, is_last) that keeps its state from chunk to chunk."""
    if source_rate == rate:
        return lambda samples, _is_last: samples
    import soxr

    stream: Any = soxr.ResampleStream(source_rate, rate, 1, dtype="float32")
    return lambda samples, is_last: stream.resample_chunk(samples, last=is_last)
