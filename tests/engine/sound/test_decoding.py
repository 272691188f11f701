"""Whatever people upload becomes the same mono sound, or a refusal that names the field."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from app.engine.errors import (
    AudioTooLarge,
    AudioTooLong,
    BadAudio,
    Cancelled,
    DecodingBusy,
    DecodingTooDear,
    NoSpeechFormat,
    ShortenedSphere,
    UnrealFrames,
)
from app.engine.job import JobControl
from app.engine.sound.decoding import DecodeLimits, decode
from tests.flac_by_hand import flac_of
from tests.wording import refused

LIMITS = DecodeLimits(10**7, 60, 10**8)
LENGTH_S = 1.0
# container, codec, rate in Hz, channels
FILES = [
    ("wav", "pcm_u8", 8000, 1),
    ("wav", "pcm_s16le", 11025, 2),
    ("wav", "pcm_s24le", 96000, 2),
    ("wav", "pcm_s32le", 48000, 1),
    ("wav", "pcm_f32le", 44100, 2),
    ("wav", "pcm_f64le", 44100, 1),
    ("wav", "pcm_mulaw", 8000, 1),
    ("flac", "flac", 44100, 2),
    ("mp3", "libmp3lame", 44100, 2),
    ("ogg", "libopus", 48000, 2),
    ("ipod", "aac", 44100, 2),
    ("mp4", "aac", 48000, 6),
    ("adts", "aac", 24000, 1),
    ("webm", "libopus", 48000, 1),
    ("matroska", "flac", 16000, 1),
    ("aiff", "pcm_s16be", 22050, 1),
    ("avi", "pcm_s16le", 44100, 2),
    ("avi", "libmp3lame", 44100, 1),
    ("flv", "aac", 44100, 2),
    ("flv", "libmp3lame", 44100, 1),
    ("voc", "pcm_u8", 8000, 1),
    ("sox", "pcm_s32le", 16000, 1),
    ("ircam", "pcm_s16le", 22050, 1),
    ("eac3", "eac3", 48000, 2),
    ("rm", "ac3", 44100, 1),
    ("au", "pcm_mulaw", 8000, 1),
    ("caf", "pcm_s16le", 16000, 1),
    ("w64", "pcm_s24le", 16000, 2),
]


def packed(
    container: str, codec: str, rate: int, channels: int, seconds: float = LENGTH_S, level: float = 0.4
) -> bytes:
    """A 440 Hz tone, the same in all channels."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    times = np.arange(round(seconds * rate)) / rate
    samples = np.tile((level * np.sin(2 * np.pi * 440 * times)).astype(np.float32), (channels, 1))
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=stream.frame_size)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize(("container", "codec", "rate", "channels"), FILES)
def test_each_kind_of_file_becomes_the_tone_it_holds(container: str, codec: str, rate: int, channels: int):
    audio = decode(packed(container, codec, rate, channels), LIMITS, "file")
    assert audio.sample_rate == min(rate, 48000)
    assert audio.duration_s == pytest.approx(LENGTH_S, abs=0.15)
    middle = audio.slice_s(0.3, 0.7).samples
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(
        0.4 / np.sqrt(2), rel=0.2
    )  # codecs low-pass the bass channel of 5.1
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * audio.sample_rate / len(middle) == pytest.approx(440, abs=3)


@pytest.mark.parametrize(("subtype", "rate"), [("PCM_16", 16000), ("PCM_24", 48000), ("ULAW", 8000), ("ALAW", 8000)])
def test_sphere_files_of_corpora_are_read(subtype: str, rate: int):
    tone = 0.4 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    buffer = io.BytesIO()
    soundfile.write(buffer, tone, rate, format="NIST", subtype=subtype)
    audio = decode(buffer.getvalue(), LIMITS, "file")
    assert (audio.sample_rate, audio.duration_s) == (rate, 1.0)
    np.testing.assert_allclose(audio.samples, tone, atol=0.02)


def test_a_sphere_file_that_shorten_packed_is_refused_with_the_way_out():
    head = b"NIST_1A\n   1024\nsample_count -i 16000\nsample_coding -s26 pcm,embedded-shorten-v2.00\nend_head\n"
    with refused(ShortenedSphere, match="sph2pipe"):
        decode(head.ljust(1024) + b"ajkg\x02" + bytes(4000), LIMITS, "file")


@pytest.mark.parametrize(
    ("head", "speech", "pauses", "rate"),
    [
        (b"#!AMR\n", b"\x04" + bytes(range(12)), [b"\x44" + bytes(5), b"\x7c"], 8000),
        (b"#!AMR-WB\n", b"\x04" + bytes(range(17)), [b"\x4c" + bytes(5), b"\x7c", b"\x74"], 16000),
    ],
)
def test_pauses_in_which_a_telephone_sends_no_sound_are_silence(
    head: bytes, speech: bytes, pauses: list[bytes], rate: int
):
    frames = [speech] * 20 + pauses * 10 + [speech] * 20
    audio = decode(head + b"".join(frames), LIMITS, "file")
    assert audio.sample_rate == rate
    assert audio.duration_s == pytest.approx(0.02 * len(frames))
    assert not audio.slice_s(0.42, 0.58).samples.any()


def test_vorbis_is_read():
    buffer = io.BytesIO()
    soundfile.write(buffer, np.full(8000, 0.1, np.float32), 16000, format="OGG", subtype="VORBIS")
    assert decode(buffer.getvalue(), LIMITS, "file").duration_s == pytest.approx(0.5, abs=0.03)


def test_no_more_comes_out_than_is_asked_for():
    limits = replace(LIMITS, max_rate_hz=16_000)
    rates = {rate: decode(packed("wav", "pcm_s16le", rate, 1), limits, "file").sample_rate for rate in (11_025, 44_100)}
    assert rates == {11_025: 11_025, 44_100: 16_000}


def test_low_rates_are_brought_to_8_khz():
    assert decode(packed("wav", "pcm_s16le", 4000, 1), LIMITS, "file").sample_rate == 8000


def test_channels_are_averaged_and_not_clipped():
    left, right = np.full(800, 0.9, np.float32), np.full(800, 0.5, np.float32)
    buffer = io.BytesIO()
    soundfile.write(buffer, np.stack((left, right), axis=1), 8000, format="WAV", subtype="FLOAT")
    np.testing.assert_allclose(decode(buffer.getvalue(), LIMITS, "file").samples, 0.7, atol=1e-5)


def test_values_that_are_no_numbers_become_silence():
    buffer = io.BytesIO()
    soundfile.write(buffer, np.array([0.5, np.nan, np.inf, -np.inf], np.float32), 8000, format="WAV", subtype="FLOAT")
    assert decode(buffer.getvalue(), LIMITS, "file").samples.tolist() == [0.5, 0.0, 1.0, -1.0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        bytes(5000),
        b"RIFF" + bytes(100),
        b"\xff\xfb\x90\x44" + bytes(20),
        packed("ipod", "aac", 44100, 1)[:300],
    ],
    ids=["empty", "text", "zeros", "riff", "one mp3 header", "cut m4a"],
)
def test_what_is_no_audio_is_refused_by_name(data: bytes):
    with pytest.raises(BadAudio) as error:
        decode(data, LIMITS, "input_audio")
    assert error.value.param == "input_audio"


@pytest.mark.slow
def test_random_damage_never_raises_anything_else():
    rng = np.random.default_rng(0)
    for case in FILES:
        good = np.frombuffer(packed(*case, seconds=0.3), np.uint8)
        for _ in range(6):
            bad = good.copy()
            places = rng.integers(0, len(bad), max(1, len(bad) // 50))
            bad[places] = rng.integers(0, 256, len(places))
            try:
                audio = decode(bad.tobytes(), LIMITS, "file")
            except BadAudio:
                continue
            assert np.isfinite(audio.samples).all()


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '/etc/hostname'\n",
        "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>",
    ],
    ids=["hls", "concat", "dash"],
)
def test_playlists_open_nothing(text: str):
    with pytest.raises(BadAudio):
        decode(text.encode(), LIMITS, "file")


def test_a_file_over_the_byte_limit_is_too_large():
    with pytest.raises(AudioTooLarge):
        decode(bytes(11), DecodeLimits(10, 60, 10**8), "file")


def test_a_long_file_is_refused_while_it_is_decoded():
    data = packed("flac", "flac", 8000, 1, seconds=20, level=0)
    assert len(data) < 20_000
    with pytest.raises(AudioTooLong):
        decode(data, DecodeLimits(10**6, 5, 10**9), "file")
    with pytest.raises(AudioTooLarge):
        decode(data, DecodeLimits(10**6, 60, 100_000), "file")


def test_a_file_as_long_as_the_limit_is_taken_and_one_sample_more_is_not():
    rate, limits = 16_000, DecodeLimits(10**7, 60, 10**8)
    for n_samples, is_taken in ((60 * rate, True), (60 * rate + 1, False)):
        file = io.BytesIO()
        soundfile.write(file, np.zeros(n_samples, dtype=np.float32), rate, format="FLAC", subtype="PCM_16")
        if is_taken:
            assert decode(file.getvalue(), limits, "file").duration_s == 60
        else:
            with pytest.raises(AudioTooLong):
                decode(file.getvalue(), limits, "file")


def test_a_stopped_job_decodes_no_further():
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        decode(packed("wav", "pcm_s16le", 8000, 1), LIMITS, "file", control)


def stereo(*channels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.stack(channels, axis=1), 16000, format="FLAC")
    return buffer.getvalue()


def wave_of(pitch_hz: float, level: float = 0.4) -> np.ndarray:
    return level * np.sin(2 * np.pi * pitch_hz * np.arange(16000) / 16000)


NOISE = np.random.default_rng(1).normal(0, 0.0005, 16000)


@pytest.mark.parametrize(
    "others",
    [
        [-wave_of(300)],
        [-0.5 * wave_of(300) + NOISE],
        [np.zeros(16000)],
        [NOISE],
        [wave_of(300)],
        [-wave_of(300), np.zeros(16000)],
        [np.zeros(16000)] * 7,
    ],
)
def test_no_channel_takes_anything_from_another(others: list[np.ndarray]):
    speech = wave_of(300)
    for channels in ([speech, *others], [*others, speech]):
        heard = decode(stereo(*channels), LIMITS, "file").samples
        assert np.sqrt(np.mean(heard**2)) > 0.7 * np.sqrt(np.mean(speech**2))
        assert abs(np.corrcoef(heard, speech)[0, 1]) > 0.999


def test_two_speakers_in_two_channels_are_both_heard():
    heard = decode(stereo(wave_of(300), wave_of(700)), LIMITS, "file").samples
    np.testing.assert_allclose(heard, (wave_of(300) + wave_of(700)) / 2, atol=1e-3)


def wav_of(valid_bits: int, word_bits: int, is_extensible: bool, channels: int = 1) -> bytes:
    """A tone of 440 Hz in words with fewer valid bits, these at the top."""
    values = np.round(0.4 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000) * 2 ** (valid_bits - 1)).astype(np.int64)
    words = (np.repeat(values, channels) << (word_bits - valid_bits)).astype("<i8").view(np.uint8).reshape(-1, 8)
    data = words[:, : word_bits // 8].tobytes()
    block = channels * word_bits // 8
    tag, bits = (0xFFFE, word_bits) if is_extensible else (1, valid_bits)
    fmt = struct.pack("<HHIIHH", tag, channels, 16000, 16000 * block, block, bits)
    if is_extensible:
        fmt += struct.pack("<HHIH14s", 22, valid_bits, 0, 1, bytes.fromhex("000000001000800000aa00389b71"))
    chunks = struct.pack("<4sI", b"fmt ", len(fmt)) + fmt + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks), b"WAVE") + chunks


@pytest.mark.parametrize("bits", [(24, 32), (20, 24), (12, 16), (20, 32), (16, 16), (24, 24), (32, 32)])
@pytest.mark.parametrize("is_extensible", [True, False])
@pytest.mark.parametrize("channels", [1, 2])
def test_words_with_fewer_valid_bits_are_read_right(bits: tuple[int, int], is_extensible: bool, channels: int):
    audio = decode(wav_of(*bits, is_extensible, channels), LIMITS, "file")
    expected = 0.4 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    np.testing.assert_allclose(audio.samples, expected, atol=1e-3)


@pytest.mark.parametrize("n_bytes", [4, 12, 20, 30, 44, 60])
def test_a_header_that_ends_early_is_a_refusal(n_bytes: int):
    with pytest.raises(BadAudio):
        decode(wav_of(24, 32, True)[:n_bytes], LIMITS, "file")


# ---- files made to cost --------------------------------------------------------------------------------------------


def test_frames_of_few_samples_are_refused_early():
    data = flac_of(2000, 16, 8000)
    with pytest.raises(UnrealFrames) as error:
        decode(data, LIMITS, "file")
    assert (error.value.n_samples, error.value.param) == (16, "file")
    assert decode(flac_of(20, 4096, 8000), LIMITS, "file").duration_s == pytest.approx(20 * 4096 / 8000)


def test_a_rate_above_384_khz_is_refused_before_a_frame_is_decoded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.engine.sound.decoding._decoded", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(NoSpeechFormat) as error:
        decode(flac_of(4, 4096, 655_350), LIMITS, "file")
    assert error.value.rate_hz == 655_350


def test_a_file_may_take_so_much_computing_and_no_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.engine.sound.decoding.MAX_CPU_S", -1.0)
    with pytest.raises(DecodingTooDear) as error:
        decode(packed("wav", "pcm_s16le", 8000, 1), LIMITS, "file")
    assert error.value.param == "file"


@pytest.mark.parametrize("container", ["mp3", "flac"])
def test_a_cover_is_never_decoded(container: str):
    """All that FFmpeg says of the picture is that it may not open a decoder for it."""
    av.logging.set_level(av.logging.DEBUG)
    try:
        with av.logging.Capture() as lines:
            audio = decode(with_cover(container), LIMITS, "file")
            said = [text for _, name, text in lines if name == "png"]
    finally:
        av.logging.set_level(None)
    assert audio.duration_s > 0.2
    assert said
    assert all("not on whitelist" in text for text in said)


def with_cover(container: str) -> bytes:
    sound = packed(container, {"mp3": "libmp3lame", "flac": "flac"}[container], 16000, 1, seconds=0.3)
    picture = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + b"IHDR" + (900).to_bytes(4, "big") * 2 + bytes(40)
    if container == "mp3":
        frame = b"\0image/png\0\x03\0" + picture
        size = lambda n: bytes(n >> shift & 127 for shift in (21, 14, 7, 0))  # noqa: E731
        tag = b"APIC" + size(len(frame)) + b"\0\0" + frame
        return b"ID3\x04\0\0" + size(len(tag)) + tag + sound[sound.index(b"\xff\xf3") :]
    words = (3, 9, b"image/png", 0, 900, 900, 24, 0, len(picture), picture)
    block = b"".join(word if isinstance(word, bytes) else word.to_bytes(4, "big") for word in words)
    return (
        sound[:4]
        + bytes([sound[4] & 0x7F])
        + sound[5:42]
        + b"\x06"
        + len(block).to_bytes(3, "big")
        + block
        + sound[42:]
    )


def test_all_files_that_are_decoded_share_one_room():
    data = packed("wav", "pcm_s16le", 8000, 1)  # 32,000 bytes of samples
    limits = DecodeLimits(10**6, 60, 50_000)
    limits.room.take(20_000, 50_000)
    with pytest.raises(DecodingBusy):
        decode(data, limits, "file")
    limits.room.give_back(20_000)
    for _ in range(3):  # what one took is given back
        assert decode(data, limits, "file").duration_s == LENGTH_S


def test_blocks_sound_as_the_whole_does():
    """Two channels at 96 kHz, in more than one block: brought to 48 kHz without a seam."""
    audio = decode(packed("wav", "pcm_f32le", 96_000, 2, seconds=2.0), LIMITS, "file")
    times = np.arange(len(audio.samples)) / 48_000
    wanted = 0.4 * np.sin(2 * np.pi * 440 * times)
    np.testing.assert_allclose(audio.samples[2000:-2000], wanted[2000:-2000], atol=2e-3)


@pytest.mark.parametrize("codec", ["libopus", "flac"])
def test_joined_ogg_files_are_heard_to_their_end_though_rate_and_channels_change(codec: str):
    joined = packed("ogg", codec, 48000, 2) + packed("ogg", codec, 16000, 1)
    audio = decode(joined, LIMITS, "file")
    assert audio.duration_s == pytest.approx(2 * LENGTH_S, abs=0.15)
    assert np.sqrt(np.mean(audio.slice_s(LENGTH_S + 0.3, LENGTH_S + 0.7).samples ** 2)) > 0.2


def test_the_limit_of_length_holds_for_all_links_together():
    one = packed("ogg", "flac", 8000, 1)
    limits = replace(LIMITS, max_s=1.5 * LENGTH_S)
    assert decode(one, limits, "file").duration_s == pytest.approx(LENGTH_S)
    with pytest.raises(AudioTooLong):
        decode(one + one, limits, "file")
