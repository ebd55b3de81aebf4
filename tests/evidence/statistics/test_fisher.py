"""Fisher's test of many published counts at once is the one of scipy, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from gyges.evidence.statistics import fisher as module
from gyges.evidence.statistics.fisher import fisher_each


@settings(deadline=None)
@given(st.integers(1, 60), st.data())
def test_each_p_is_scipys(n: int, data: st.DataObject) -> None:
    """Over a range of counts, the edges of both sides and tied tables included."""
    k = data.draw(st.integers(0, n))
    others = st.integers(1, 3000).flatmap(lambda m: st.tuples(st.integers(0, m), st.just(m)))
    events, sizes = (np.array(it) for it in zip(*data.draw(st.lists(others, min_size=1, max_size=8)), strict=True))
    expected = [
        fisher_exact([[k, n - k], [a, m - a]]).pvalue for a, m in zip(events.tolist(), sizes.tolist(), strict=True)
    ]
    assert fisher_each(k, n, events, sizes) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_large_counts_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit into memory at once gives the same, part by part."""
    sizes = np.arange(1, 90)
    whole = fisher_each(3, 20, sizes // 2, sizes)
    monkeypatch.setattr(module, "_CELLS", 100)
    assert fisher_each(3, 20, sizes // 2, sizes).tolist() == whole.tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_small_tables(n: int, size: int) -> None:
    """Every table of two small samples, where most outcomes are impossible given the margins."""
    events = np.arange(size + 1)
    for k in range(n + 1):
        expected = [fisher_exact([[k, n - k], [a, size - a]]).pvalue for a in events.tolist()]
        assert fisher_each(k, n, events, np.full(size + 1, size)) == pytest.approx(expected)
