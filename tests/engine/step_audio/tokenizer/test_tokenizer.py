"""AudioTokenizer: the same codes for the same clip, whoever asks and in whatever company; and a way to stop it."""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from app.engine.errors import BadAudio, Cancelled, DeadlineExceeded
from app.engine.job import JobControl
from app.engine.sound.audio import Audio
from app.engine.sound.decoding import DecodeLimits, decode
from app.engine.step_audio.codes import AudioCodes
from app.engine.step_audio.tokenizer import AudioTokenizer, preprocessed
from app.engine.step_audio.tokenizer.mel import slaney_filters, whisper_log_mel
from app.settings import PROJECT
from tests.engine.step_audio.tokenizer.golden import CASES, golden_clip, voice

LIMITS = DecodeLimits(max_bytes=10**8, max_s=60.0, max_decoded_bytes=10**9)


def agreement(left: AudioCodes, right: AudioCodes) -> float:
    n = min(len(left.mixed()), len(right.mixed()))
    return float(np.mean(np.array(left.mixed()[:n]) == right.mixed()[:n]))


def test_the_same_clip_has_the_same_codes_always(weights: Path) -> None:
    clip = golden_clip("sil24k")
    tokenizer = AudioTokenizer.from_pretrained(weights)
    first = tokenizer.encode(clip)
    tokenizer.encode(golden_clip("sr48k"))
    torch.rand(3)
    assert tokenizer.encode(clip) == first
    assert AudioTokenizer.from_pretrained(weights, threads=1).encode(clip) == first


def test_dither_changes_some_codes(weights: Path, tokenizer: AudioTokenizer) -> None:
    clip = golden_clip("sil24k")
    assert AudioTokenizer.from_pretrained(weights, dither=300.0).encode(clip) != tokenizer.encode(clip)


@pytest.mark.slow
def test_a_batch_gives_each_clip_what_it_gets_alone(tokenizer: AudioTokenizer) -> None:
    clips = [golden_clip(case) for case in ("sr48k", "short16k", "long24k", "silence16k")]
    assert tokenizer.encode_batch(clips) == [tokenizer.encode(clip) for clip in clips]
    assert tokenizer.encode_batch([]) == []


def test_what_was_preprocessed_and_hashed_need_not_be_again(tokenizer: AudioTokenizer) -> None:
    clip = golden_clip("cd44k")
    assert tokenizer.encode_preprocessed([preprocessed(clip)]) == [tokenizer.encode(clip)]


@pytest.mark.slow
def test_several_threads_may_ask_at_once(tokenizer: AudioTokenizer) -> None:
    cases = list(CASES)[:4]
    alone = [tokenizer.encode(golden_clip(case)) for case in cases]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda case: tokenizer.encode(golden_clip(case)), cases)) == alone


@pytest.mark.parametrize("rate", [8_000, 11_025, 12_000])
def test_clips_below_16_khz_have_codes_of_the_usual_rate(rate: int, tokenizer: AudioTokenizer) -> None:
    codes = tokenizer.encode(Audio(voice(3, rate, 3.0), rate))
    assert len(codes.vq02) == pytest.approx(3.2 * 50 / 3, abs=3)
    assert len(codes.vq06) == pytest.approx(3.2 * 25, abs=4)


def test_a_clip_resampled_by_others_is_heard_as_the_same(tokenizer: AudioTokenizer) -> None:
    clip = Audio(voice(4, 16_000, 2.0), 16_000)
    assert agreement(tokenizer.encode(clip.resampled(48_000)), tokenizer.encode(clip)) > 0.7


def test_a_stereo_file_is_heard_as_the_mean_of_its_channels(tokenizer: AudioTokenizer) -> None:
    left, right = voice(5, 24_000, 1.5), voice(6, 24_000, 1.5)
    file = io.BytesIO()
    soundfile.write(file, np.stack((left, right), axis=1), 24_000, format="WAV", subtype="FLOAT")
    heard = decode(file.getvalue(), LIMITS, "prompt_audio")
    assert tokenizer.encode(heard) == tokenizer.encode(Audio((left + right) / 2, 24_000))


@pytest.mark.parametrize("n", [0, 1, 200, 879])
def test_clips_below_55_ms_have_no_groups(n: int, tokenizer: AudioTokenizer) -> None:
    assert tokenizer.encode(Audio(voice(7, 16_000, 0.1)[:n], 16_000), trim=False).prompt_string() == ""


def test_loudness_makes_no_difference(tokenizer: AudioTokenizer) -> None:
    clip = golden_clip("short16k")
    assert tokenizer.encode(Audio(clip.samples / 4, clip.sample_rate)) == tokenizer.encode(clip)


def test_samples_that_are_no_numbers_are_the_callers_fault(tokenizer: AudioTokenizer) -> None:
    with pytest.raises(BadAudio):
        tokenizer.encode(Audio(np.full(1000, np.nan, np.float32), 16_000))


def test_a_cancelled_job_gets_no_codes(tokenizer: AudioTokenizer) -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        tokenizer.encode(golden_clip("short16k"), control)
    with pytest.raises(DeadlineExceeded):
        tokenizer.encode(golden_clip("short16k"), JobControl(deadline_s=0.0))


class CancelledWhileRunning(JobControl):
    """Cancelled by whoever first asks whether it is."""

    def checkpoint(self) -> None:
        self.cancel()
        super().checkpoint()


def test_a_job_cancelled_while_it_runs_ends_in_both_threads(tokenizer: AudioTokenizer) -> None:
    with pytest.raises(Cancelled):
        tokenizer.encode(Audio(np.tile(voice(8, 16_000, 1.0), 8), 16_000), CancelledWhileRunning())


@pytest.mark.parametrize("n", [480, 481, 1_600, 16_159])
def test_the_spectrogram_has_a_column_each_10_ms(n: int) -> None:
    assert whisper_log_mel(torch.randn(n)).shape == (128, n // 160)


@pytest.mark.slow  # importing librosa takes seconds
def test_the_mel_filters_are_librosas() -> None:
    import librosa

    wanted = librosa.filters.mel(sr=16_000, n_fft=400, n_mels=128)
    np.testing.assert_allclose(slaney_filters().numpy(), wanted, rtol=0, atol=1e-7)


PEAKS = """
import resource, sys
import numpy as np
from app.engine.sound.audio import Audio
from app.engine.step_audio.tokenizer import AudioTokenizer
from tests.engine.step_audio.tokenizer.golden import voice

tokenizer = AudioTokenizer.from_pretrained(sys.argv[1])
for seconds in (60, 600):
    tokenizer.encode(Audio(np.tile(voice(9, 24_000, 10.0), seconds // 10), 24_000))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_ten_minutes_take_bounded_memory(weights: Path) -> None:
    command = [sys.executable, "-c", PEAKS, str(weights)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    minute_mib, ten_minutes_mib = map(int, done.stdout.split())
    assert ten_minutes_mib - minute_mib < 450, "of which 52 are the clip itself"
