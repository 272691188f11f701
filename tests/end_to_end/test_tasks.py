"""Every task through the official client against the real engine; the answers are listened to."""

from __future__ import annotations

import json

import httpx
import numpy as np
import openai
import pytest

from app.engine.hearing.speaker import SpeakerEncoder
from app.engine.sound.audio import Audio, joined, rms_db, silence
from app.engine.sound.pitch import track
from tests.acoustics import similarity
from tests.listening import heard, median_hz, pinyin_error, semitones, wav_bytes, word_error

pytestmark = pytest.mark.slow

ENGLISH = "The ferry leaves the harbour at seven, so please be there a little earlier."
MANDARIN = "明天早上七点，我们在学校门口集合，然后一起去爬山。"


def written_down(client: openai.OpenAI, audio: Audio, **options) -> str:
    return client.audio.transcriptions.create(model="whisper-1", file=("a.wav", wav_bytes(audio)), **options).text


def sent(service, payload: dict, **files: Audio) -> Audio:
    """The answer of the upload route."""
    parts = {name: (f"{name}.wav", wav_bytes(audio), "audio/wav") for name, audio in files.items()}
    parts["payload"] = (None, json.dumps(payload), "application/json")
    answer = httpx.post(f"{service.base_url}/v1/audio/speech/upload", files=parts, timeout=300)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-backend"] == "embedded"
    return heard(answer.content)


def edited(service, clip: Audio, mode: str, tag: str = "", text: str = "", **options) -> Audio:
    step = {"mode": mode, "edit_info": tag, **options}
    payload = {"model": "step-audio-editx", "input": text, "seed": 7, "step_audio": step}
    return sent(service, payload, input_audio_file=clip)


@pytest.fixture(scope="module")
def woman(load_clip) -> Audio:
    return load_clip("ref_en_female")


@pytest.fixture(scope="module")
def man(load_clip) -> Audio:
    return load_clip("ref_en_male")


@pytest.mark.parametrize("reference", ["ref_en_gb_male", "ref_zh_female"])
def test_a_clone_speaks_the_text_in_the_voice_of_the_recording(service, client, load_clip, reference):
    clip = load_clip(reference)
    speech = sent(
        service, {"model": "tts-1", "input": ENGLISH, "step_audio": {"mode": "clone"}}, prompt_audio_file=clip
    )
    assert word_error(ENGLISH, written_down(client, speech)) <= 0.15
    assert abs(semitones(median_hz(speech), median_hz(clip))) <= 1.0
    encoder = SpeakerEncoder()
    other = load_clip("ref_en_female" if "male" in reference.split("_") else "ref_en_male")
    likeness = similarity(encoder.embed(speech), encoder.embed(clip))
    assert likeness >= 0.7
    assert likeness > similarity(encoder.embed(speech), encoder.embed(other))


def test_mandarin_is_spoken_from_a_preset(client):
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="xiaoxiao_cn", input=MANDARIN, response_format="wav"
    ) as answer:
        speech = heard(answer.read())
    assert pinyin_error(MANDARIN, written_down(client, speech, language="zh")) <= 0.1


@pytest.mark.parametrize(
    ("tag", "up"), [("excited", True), ("depressed", False)], ids=["excited-rises", "depressed-falls"]
)
def test_an_emotion_moves_the_pitch_its_way_and_further_with_more_intensity(service, woman, tag, up):
    original = median_hz(woman)
    steps = [
        semitones(median_hz(edited(service, woman, "emotion", tag, intensity=i)), original) for i in (0.5, 1.0, 2.0)
    ]
    assert sorted(steps, reverse=not up) == steps
    assert (steps[1] > 1) if up else (steps[1] < -1)


def test_iterations_go_further_than_one(service, man):
    once = edited(service, man, "emotion", "sad")
    thrice = edited(service, man, "emotion", "sad", n_edit_iter=3)
    assert thrice.duration_s > once.duration_s > man.duration_s


def test_a_style_keeps_the_words(service, client, woman, clip_facts):
    story = edited(service, woman, "style", "Story")
    assert word_error(clip_facts["ref_en_female"]["text"], written_down(client, story)) <= 0.15


def test_a_whisper_has_no_voice(service, woman):
    assert track(edited(service, woman, "style", "whisper")).voiced_share < 0.1


@pytest.mark.parametrize(("tag", "rate"), [("faster", 1.25), ("more slower", 0.65)])
def test_speed_changes_the_length_and_not_the_pitch(service, man, tag, rate):
    out = edited(service, man, "speed", tag)
    assert out.duration_s == pytest.approx(man.duration_s / rate, rel=0.01)
    assert abs(semitones(median_hz(out), median_hz(man))) <= 0.3


def test_denoising_brings_the_noise_down_and_keeps_the_speech(service, man):
    noise = np.random.default_rng(0).standard_normal(len(man.samples)).astype(np.float32)
    noise *= 10 ** ((rms_db(man.samples) - 10) / 20)
    tail = np.random.default_rng(1).standard_normal(man.sample_rate).astype(np.float32) * float(np.std(noise))
    noisy = joined([Audio(man.samples + noise, man.sample_rate), Audio(tail, man.sample_rate)])
    clean = edited(service, noisy, "denoise")
    n = round(0.8 * clean.sample_rate)
    assert rms_db(clean.samples[-n:]) < rms_db(tail) - 15
    assert abs(rms_db(clean.samples[: len(man.samples)]) - rms_db(man.samples)) < 2
    assert abs(clean.duration_s - noisy.duration_s) < 0.01


def test_vad_takes_added_silence_out_and_no_word(service, client, man, clip_facts):
    rate = man.sample_rate
    padded = joined([silence(1.0, rate), man, silence(1.5, rate)])
    out = edited(service, padded, "vad")
    assert out.duration_s <= man.duration_s + 0.2
    assert word_error(clip_facts["ref_en_male"]["text"], written_down(client, out)) <= 0.1


def test_a_laugh_is_put_where_its_tag_stands_and_the_words_stay(service, client, woman, clip_facts):
    text = clip_facts["ref_en_female"]["text"]
    tagged = text.replace("lake", "lake[Laughter]")
    out = edited(service, woman, "paralinguistic", text=tagged, audio_text=text)
    assert out.duration_s > woman.duration_s + 0.5
    words = written_down(client, out)
    assert all(word in words.lower() for word in ("boat", "drifted", "lake", "sun"))


def test_an_edit_without_a_recording_speaks_first(service, client):
    payload = {"input": ENGLISH, "voice": "michael_en", "step_audio": {"mode": "speed", "edit_info": "faster"}}
    plain = sent(service, {**payload, "step_audio": {"mode": "clone"}})
    fast = sent(service, payload)
    assert fast.duration_s == pytest.approx(plain.duration_s / 1.25, rel=0.05)
    assert word_error(ENGLISH, written_down(client, fast)) <= 0.15


def test_the_speed_parameter_keeps_the_pitch(client):
    def spoken(speed: float) -> Audio:
        answer = client.audio.speech.create(
            model="tts-1", voice="alloy", input=ENGLISH, speed=speed, response_format="wav", extra_body={"seed": 3}
        )
        return heard(answer.content)

    normal, fast = spoken(1.0), spoken(2.0)
    assert fast.duration_s == pytest.approx(normal.duration_s / 2, rel=0.02)
    # The medians of the two may differ, as fewer frames of the quick one are called voiced; the moments may not.
    quick, slow = track(fast).f0_hz, track(normal).f0_hz
    slow = slow[np.minimum(2 * np.arange(len(quick)), len(slow) - 1)]
    both = (quick > 0) & (slow > 0)
    assert both.mean() > 0.3
    assert abs(float(np.median(12 * np.log2(quick[both] / slow[both])))) <= 0.3


def test_the_same_seed_gives_the_same_sound(client):
    def spoken() -> bytes:
        return client.audio.speech.create(
            model="tts-1", voice="sage", input="Once more [Sigh] please.", response_format="pcm", extra_body={"seed": 5}
        ).content

    assert spoken() == spoken(), "a wav's header tells its size only where the answer was whole within 50 ms"


def test_all_six_formats_hold_the_same_speech_to_its_end(client):
    def spoken(name: str) -> Audio:
        answer = client.audio.speech.create(
            model="tts-1", voice="alloy", input="Short, but complete.", response_format=name, extra_body={"seed": 1}
        )
        if name == "pcm":
            return Audio(np.frombuffer(answer.content, "<i2").astype(np.float32) / 32768, 24000)
        return heard(answer.content)

    reference = spoken("wav")
    for name in ("mp3", "opus", "aac", "flac", "pcm"):
        other = spoken(name).resampled(reference.sample_rate)
        assert other.duration_s == pytest.approx(reference.duration_s, abs=0.08), name
        lead = max(0, len(other.samples) - len(reference.samples))
        tail_db = [rms_db(a.samples[-round(0.5 * a.sample_rate) - lead :]) for a in (reference, other)]
        assert tail_db[1] == pytest.approx(tail_db[0], abs=2.5), name


def test_a_recording_too_short_for_a_sound_is_named_as_the_caller_named_it(service, man):
    step = {"mode": "paralinguistic", "edit_info": "laugh"}
    answer = httpx.post(
        f"{service.base_url}/v1/audio/speech/upload",
        files={"input_audio_file": ("a.wav", wav_bytes(man.slice_s(1.0, 1.4)), "audio/wav")},
        data={"payload": json.dumps({"step_audio": step})},
        timeout=300,
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "audio_too_short"
    assert answer.json()["error"]["param"] == "input_audio_file"
