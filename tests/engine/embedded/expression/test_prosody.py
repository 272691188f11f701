"""The tables of tags and what intensity makes of them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from app.engine.edits import CATALOGUE
from app.engine.embedded.expression.prosody import EMOTIONS, SPEEDS, STYLES, Traits, f0_ratio, speed_rate, traits_of
from app.engine.sound.pitch import Pitch

ROWS = [(task, tag) for task, table in (("emotion", EMOTIONS), ("style", STYLES)) for tag in table]


def test_every_tag_of_the_catalogue_has_its_row_and_no_row_is_left_over() -> None:
    assert set(EMOTIONS) == set(CATALOGUE["emotion"].tags) - {"remove"}
    assert set(STYLES) == set(CATALOGUE["style"].tags) - {"remove"}
    assert set(SPEEDS) == set(CATALOGUE["speed"].tags)


@pytest.mark.parametrize(("task", "tag"), ROWS)
def test_every_trait_moves_one_way_as_intensity_grows(task: str, tag: str) -> None:
    steps = [Traits(), *(traits_of(task, tag, i) for i in (0.1, 0.5, 1, 2, 3, 12))]
    for field in fields(Traits):
        values = [getattr(traits, field.name) for traits in steps]
        assert values in (sorted(values), sorted(values, reverse=True)), field.name
    assert steps[3] != Traits()


@pytest.mark.parametrize(("task", "tag"), ROWS)
def test_no_intensity_at_all_is_the_untouched_clip(task: str, tag: str) -> None:
    for field in fields(Traits):
        untouched = getattr(Traits(), field.name)
        assert getattr(traits_of(task, tag, 1e-6), field.name) == pytest.approx(untouched, abs=1e-4)


def test_limits_keep_the_voice_speechlike() -> None:
    assert traits_of("style", "child", 12).pitch == 10
    assert traits_of("style", "child", 12).formant == 1.25
    assert traits_of("emotion", "depressed", 12).rate == 0.6
    assert traits_of("emotion", "excited", 3).rate == 1.25
    assert traits_of("style", "whisper", 1.5).gain == -10.5
    assert traits_of("style", "whisper", 12).gain == -15


def test_speed_is_a_power_of_intensity_and_iterations() -> None:
    assert speed_rate("faster", 1) == 1.25
    assert speed_rate("more slower", 1) == 0.65
    assert speed_rate("faster", 0.5, 2) == pytest.approx(1.25)
    assert speed_rate("faster", 2) == pytest.approx(1.5625)
    assert (speed_rate("more faster", 3, 4), speed_rate("more slower", 3, 4)) == (2.0, 0.5)


def speaking(f0_hz: np.ndarray) -> Pitch:
    return Pitch(np.asarray(f0_hz, float))


def test_range_spreads_the_melody_around_the_median() -> None:
    melody_st = 3 * np.sin(np.linspace(0, 6 * np.pi, 600))
    pitch = speaking(150 * 2 ** (melody_st / 12))
    wide = Pitch(pitch.f0_hz * f0_ratio(pitch, Traits(range=1.5)))
    assert wide.spread_semitones == pytest.approx(1.5 * pitch.spread_semitones, rel=0.02)
    assert wide.median_hz == pytest.approx(pitch.median_hz, rel=0.01)


def test_the_final_contour_rises_at_the_end_and_hardly_before() -> None:
    pitch = speaking(np.full(400, 150.0))
    change = 12 * np.log2(f0_ratio(pitch, Traits(final=3)))
    assert change[-1] == pytest.approx(3 * 0.88)
    assert np.all(np.abs(change[:240] + 0.36) < 1e-6)


def test_f0_stays_within_what_a_speaker_can_reach() -> None:
    pitch = speaking(np.concatenate((np.full(300, 100.0), np.full(50, 300.0), np.full(50, 30.0))))
    target_hz = pitch.f0_hz * f0_ratio(pitch, Traits(range=2.6, pitch=6))
    assert target_hz.min() >= 54.999
    assert target_hz.max() <= 260.001


def test_without_a_voice_nothing_moves() -> None:
    assert np.array_equal(f0_ratio(speaking(np.zeros(50)), Traits(pitch=5, range=2)), np.ones(50))
