"""The compact voices are all there, small, quick to load, and close to the originals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.engine.embedded.voice.stock_voices import ASSET, StockVoices

# Original styles of eight voices at five lengths, cut out of the npm package kokoro-js 1.2.1.
ORIGINALS = np.load(Path(__file__).parents[3] / "data" / "stock_voice_rows.npz")
ASSET_LIMIT_BYTES = 6_000_000


@pytest.fixture(scope="module")
def voices() -> StockVoices:
    return StockVoices()


def test_there_are_54_voices_of_known_locale_and_gender(voices: StockVoices):
    assert len(voices.names) == 54
    assert list(voices.names) == sorted(voices.names)
    assert voices.info("af_heart") == ("en-US", "female")
    assert voices.info("zm_yunxi") == ("zh-CN", "male")
    assert voices.info("bm_george") == ("en-GB", "male")
    assert {voices.info(name).locale for name in voices.names} == {
        "en-US", "en-GB", "es", "fr", "hi", "it", "ja", "pt-BR", "zh-CN",
    }  # fmt: skip


def test_the_asset_is_small():
    assert ASSET.stat().st_size <= ASSET_LIMIT_BYTES


def test_styles_are_the_originals_to_one_part_in_ten_thousand(voices: StockVoices):
    for name, n_phonemes, original in zip(*(ORIGINALS[key] for key in ("names", "rows", "styles")), strict=True):
        ours = voices.style(str(name), int(n_phonemes))
        assert ours.dtype == np.float32
        assert np.linalg.norm(ours - original) < 1e-4 * np.linalg.norm(original), (name, n_phonemes)


def test_a_passage_longer_than_the_table_gets_its_last_row(voices: StockVoices):
    assert np.array_equal(voices.style("af_heart", 900), voices.style("af_heart", 509))


def test_the_timbre_is_the_first_half_of_the_style(voices: StockVoices):
    assert np.array_equal(voices.timbre("am_michael", 30), voices.style("am_michael", 30)[:128])


@pytest.mark.parametrize("method", ["info", "timbre"])
def test_an_unknown_voice_is_a_key_error(voices: StockVoices, method: str):
    arguments = ("xx_nobody",) if method == "info" else ("xx_nobody", 5)
    with pytest.raises(KeyError):
        getattr(voices, method)(*arguments)
