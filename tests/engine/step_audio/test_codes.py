"""AudioCodes: interleaving, spelling, and the way to JSON and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.step_audio.codes import AudioCodes
from tests.engine.step_audio.tokenizer.golden import FACTS

VQ02, VQ06 = st.lists(st.integers(0, 1023)), st.lists(st.integers(0, 4095))


@pytest.mark.parametrize("example", FACTS["merge_examples"])
def test_groups_are_spelled_as_the_original_spells_them(example: dict[str, Any]) -> None:
    assert AudioCodes(example["vq02"], example["vq06"]).prompt_string() == example["text"]


@given(VQ02, VQ06)
def test_mixed_codes_are_whole_groups_that_hold_both_streams_in_order(vq02: list[int], vq06: list[int]) -> None:
    mixed = AudioCodes(vq02, vq06).mixed()
    n_groups, rest = divmod(len(mixed), 5)
    assert rest == 0
    assert n_groups == min(len(vq02) // 2, len(vq06) // 3)
    assert [code for n, code in enumerate(mixed) if n % 5 < 2] == vq02[: 2 * n_groups]
    assert [code - 1024 for n, code in enumerate(mixed) if n % 5 >= 2] == vq06[: 3 * n_groups]


@given(VQ02, VQ06)
def test_json_gives_the_same_codes_back(vq02: list[int], vq06: list[int]) -> None:
    codes = AudioCodes(vq02, vq06)
    assert AudioCodes.from_json(json.loads(json.dumps(codes.to_json()))) == codes


@pytest.mark.parametrize(
    ("vq02", "vq06"), [([1024], []), ([-1], []), ([], [4096]), ([1.0], []), ([True], []), (["1"], []), ("12", [])]
)
def test_codes_that_do_not_exist_are_refused(vq02: Any, vq06: Any) -> None:
    with pytest.raises(ValueError, match="whole numbers from 0 to"):
        AudioCodes(vq02, vq06)


@pytest.mark.parametrize("data", [{}, {"vq02": []}, {"vq02": [], "vq06": [], "vq07": []}, {"vq02": None, "vq06": []}])
def test_foreign_json_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        AudioCodes.from_json(data)
