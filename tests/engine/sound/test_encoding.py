"""Every row of the table of formats, encoded whole and in pieces, against FFmpeg's decoder."""

from __future__ import annotations

import io
import struct
import wave

import av
import numpy as np
import pytest
import soundfile

from app.engine.library.folders import flac_of
from app.engine.sound.audio import Audio
from app.engine.sound.decoding import DecodeLimits, decode
from app.engine.sound.encoding import MEDIA, UNTAGGED, FileTags, StreamEncoder, encode_whole
from tests.fakes import tone

LIMITS = DecodeLimits(10**8, 600, 10**9)
RATES = (8000, 16000, 22050, 24000, 44100, 48000)
EXACT = ("flac", "wav", "opus")  # formats that say how long they are, even in a stream
DELAY_S = 0.2  # the most an MP3 or ADTS stream may be longer for its encoder's delay, at 8 kHz
HEADERLESS = {"pcm": ("s16le", 24000), "pcm_mulaw": ("mulaw", 8000), "pcm_alaw": ("alaw", 8000)}  # as FFmpeg calls them
CASES = [(name, rate) for name in MEDIA for rate in RATES if HEADERLESS.get(name, ("", rate))[1] == rate]
TAGS = FileTags("made by a machine", 123_456_789)


def streamed(name: str, audio: Audio, piece: int = 7001, tags: FileTags = UNTAGGED) -> bytes:
    encoder = StreamEncoder(MEDIA[name], audio.sample_rate, tags=tags)
    starts = range(0, len(audio.samples), piece)
    parts = [encoder.encode(Audio(audio.samples[i : i + piece], audio.sample_rate)) for i in starts]
    return b"".join([*parts, encoder.finish()])


def heard(data: bytes, name: str) -> Audio:
    if name in HEADERLESS:
        kind, rate = HEADERLESS[name]
        with av.open(io.BytesIO(data), format=kind, options={"sample_rate": str(rate)}) as container:
            values = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
        return Audio((values / 32768).astype(np.float32), rate)
    return decode(data, LIMITS, "answer")


@pytest.mark.parametrize(("name", "rate"), CASES)
def test_whole_and_streamed_files_hold_the_sound_to_its_end(name: str, rate: int):
    original = tone(1.5, rate, pitch_hz=440)
    for data, is_exact in (
        (encode_whole(MEDIA[name], original), name != "aac"),
        (streamed(name, original), name in (*EXACT, *HEADERLESS)),
    ):
        audio = heard(data, name)
        assert (
            audio.duration_s == pytest.approx(1.5, abs=0.001) if is_exact else 1.5 <= audio.duration_s <= 1.5 + DELAY_S
        )
        spectrum = np.abs(np.fft.rfft(audio.samples))
        assert np.argmax(spectrum) * audio.sample_rate / len(audio.samples) == pytest.approx(440, abs=2)
        end = audio.slice_s(audio.duration_s - 0.2, audio.duration_s).samples
        assert np.sqrt(np.mean(end**2)) > 0.5 * 0.3 / np.sqrt(2)
        assert np.abs(audio.samples).max() < 0.6


@pytest.mark.parametrize("name", ["flac", "wav"])
def test_lossless_formats_keep_every_sample_whatever_the_pieces(name: str):
    original = tone(0.5)
    whole = heard(encode_whole(MEDIA[name], original), name)
    pieces = heard(streamed(name, original, piece=333), name)
    np.testing.assert_array_equal(whole.samples, pieces.samples)
    np.testing.assert_allclose(whole.samples, original.samples, atol=2 / 32768)


@pytest.mark.parametrize("name", MEDIA)
def test_equal_sound_gives_equal_bytes(name: str):
    assert encode_whole(MEDIA[name], tone(0.3)) == encode_whole(MEDIA[name], tone(0.3))
    assert streamed(name, tone(0.3)) == streamed(name, tone(0.3))


@pytest.mark.parametrize("name", ["mp3", "opus", "aac", "flac", "wav"])
def test_a_file_carries_its_comment_whole_and_streamed(name: str):
    for data in (encode_whole(MEDIA[name], tone(0.3), tags=TAGS), streamed(name, tone(0.3), tags=TAGS)):
        with av.open(io.BytesIO(data)) as container:
            found = {**container.metadata, **container.streams[0].metadata}
            assert found["comment"] == TAGS.comment
        assert 0.3 <= heard(data, name).duration_s <= 0.3 + DELAY_S


@pytest.mark.parametrize("name", MEDIA)
def test_without_a_comment_a_file_is_as_long_as_it_was(name: str):
    assert TAGS.comment.encode() not in encode_whole(MEDIA[name], tone(0.3))
    assert all(encode_whole(MEDIA[tagged], tone(0.3))[:3] != b"ID3" for tagged in ("mp3", "aac"))


def test_joined_aac_answers_play_through_the_tags_between_them():
    answer = streamed("aac", tone(0.3), tags=TAGS)
    assert heard(answer * 3, "aac").duration_s == pytest.approx(3 * heard(answer, "aac").duration_s, abs=0.1)


def test_ogg_streams_have_the_serial_number_asked_for():
    for data in (encode_whole(MEDIA["opus"], tone(0.3), tags=TAGS), streamed("opus", tone(0.3), tags=TAGS)):
        assert struct.unpack_from("<I", data, 14)[0] == TAGS.serial


@pytest.mark.parametrize("name", ["pcm_mulaw", "pcm_alaw"])
def test_telephone_sound_has_8_khz_and_a_byte_a_sample(name: str):
    assert len(encode_whole(MEDIA[name], tone(1.0, 44100))) == 8000
    kept = heard(encode_whole(MEDIA[name], tone(1.0, 8000)), name)
    error = kept.samples - tone(1.0, 8000).samples
    assert np.sqrt(np.mean(error**2)) < 0.01  # some 38 dB below the tone


@pytest.mark.parametrize("tags", [UNTAGGED, TAGS])
def test_a_whole_wav_is_read_by_strict_readers(tags: FileTags):
    data = encode_whole(MEDIA["wav"], tone(0.5), tags=tags)
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    assert data.index(b"data") == 36  # many readers skip 44 bytes
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels(), file.getsampwidth()) == (
            12000,
            24000,
            1,
            2,
        )


def test_pcm_is_24_khz_whatever_the_source():
    assert len(encode_whole(MEDIA["pcm"], tone(1.0, 44100))) == 48000


def test_loud_samples_are_clipped_and_never_wrap():
    loud = Audio(np.array([2.0, -2.0, 1.0, -1.0], np.float32), 24000)
    values = np.frombuffer(encode_whole(MEDIA["pcm"], loud), "<i2")
    assert values.tolist() == [32767, -32768, 32767, -32768]


@pytest.mark.parametrize("name", ["wav", "flac", "pcm"])
def test_what_came_in_16_bits_goes_out_as_the_same_numbers(name: str):
    values = np.arange(-(2**15), 2**15, dtype=np.int16)
    clip = Audio(values.astype(np.float32) / 2**15, 24_000)
    data = encode_whole(MEDIA[name], clip)
    heard = np.frombuffer(data, "<i2") if name == "pcm" else soundfile.read(io.BytesIO(data), dtype="int16")[0]
    assert np.array_equal(heard, values)


@pytest.mark.parametrize("n_bits", [16, 24])
def test_a_kept_clip_is_kept_exactly_and_as_deep_as_it_was(n_bits: int):
    values = np.linspace(-(2 ** (n_bits - 1)), 2 ** (n_bits - 1) - 1, 17_000, dtype=np.int32)
    file = flac_of(Audio(values.astype(np.float32) / 2 ** (n_bits - 1), 44_100))
    kept, _ = soundfile.read(io.BytesIO(file), dtype="int32")
    assert np.array_equal(kept >> (32 - n_bits), values)
    assert soundfile.info(io.BytesIO(file)).subtype == f"PCM_{n_bits}"


@pytest.mark.parametrize("name", MEDIA)
def test_no_sound_at_all_is_still_a_file(name: str):
    nothing = Audio(np.zeros(0, np.float32), 24000)
    assert isinstance(encode_whole(MEDIA[name], nothing), bytes)
    assert isinstance(streamed(name, nothing), bytes)


@pytest.mark.parametrize("name", MEDIA)
def test_an_asked_rate_is_met_or_the_next_higher_one(name: str):
    rate = MEDIA[name].rate_for(24000, 22051)
    assert rate >= 22051
    assert not MEDIA[name].rates_hz or rate in MEDIA[name].rates_hz
