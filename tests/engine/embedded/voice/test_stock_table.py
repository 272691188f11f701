"""The table of stock voices finds the nearest voice and a blend of at most four."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.embedded.voice.equaliser import GRID_HZ
from app.engine.embedded.voice.stock_table import NEAR_VOICES, StockTable, stock_table


@pytest.fixture(scope="module")
def table() -> StockTable:
    return stock_table()


def test_packaged_table_holds_54_unit_embeddings(table: StockTable) -> None:
    assert len(table.names) == len(set(table.names)) == 54
    assert table.embeddings.shape == (54, 256)
    assert np.linalg.norm(table.embeddings, axis=1) == pytest.approx(np.ones(54), abs=1e-3)
    assert table.spectra.shape == (54, len(GRID_HZ))


def test_each_voice_is_nearest_to_itself_and_blends_into_itself(table: StockTable) -> None:
    for name, embedding in zip(table.names, table.embeddings, strict=True):
        near = table.near(embedding, table.names)
        assert near[0] == name
        assert len(near) <= NEAR_VOICES
        assert max(table.blend(embedding, table.names).items(), key=lambda item: item[1])[0] == name


def test_a_mixture_of_two_voices_is_recovered(table: StockTable) -> None:
    first, second = table.names.index("af_heart"), table.names.index("am_michael")
    mixed = 0.7 * table.embeddings[first] + 0.3 * table.embeddings[second]
    blend = table.blend(mixed / np.linalg.norm(mixed), table.names)
    assert blend["af_heart"] == pytest.approx(0.7, abs=0.03)
    assert blend["am_michael"] == pytest.approx(0.3, abs=0.03)


def test_a_blend_keeps_four_voices_of_the_pool_and_sums_to_one(table: StockTable) -> None:
    pool = tuple(name for name in table.names if name.startswith("a"))
    mean = table.embeddings.mean(axis=0)
    blend = table.blend(mean / np.linalg.norm(mean), pool)
    assert 2 <= len(blend) <= 4
    assert set(blend) <= set(pool)
    assert sum(blend.values()) == pytest.approx(1, abs=1e-3)
    assert all(weight > 0 for weight in blend.values())
