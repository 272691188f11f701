"""A profile survives its journey through JSON, stays small, and is refused when its format is of another version."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.engine.embedded.voice.equaliser import GRID_HZ
from app.engine.embedded.voice.profile import VoiceProfile
from app.engine.facts.warnings import LittleSpeech, ReferenceClipped

PROFILE = VoiceProfile(
    language="zh",
    blend={"zf_xiaoxiao": 0.75, "af_heart": 0.25},
    neutral_voice="zf_xiaoxiao",
    prosody_voices=("zf_xiaoxiao", "zf_xiaoyi"),
    f0_median_hz=203.25,
    f0_spread_semitones=3.125,
    equaliser_db=tuple(np.linspace(-9, 9, len(GRID_HZ)).round(2).tolist()),
    embedding=tuple(np.linspace(0, 0.12345, 256).round(5).tolist()),
    warnings=(ReferenceClipped(), LittleSpeech(1.25, 3.0)),
)


def test_json_round_trip_is_exact_and_small() -> None:
    text = json.dumps(PROFILE.to_json())
    assert VoiceProfile.from_json(json.loads(text)) == PROFILE
    assert len(text) < 5000


def test_another_version_is_not_read() -> None:
    with pytest.raises(ValueError, match="version"):
        VoiceProfile.from_json({**PROFILE.to_json(), "version": 0})
