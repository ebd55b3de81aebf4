"""Kappa, and Holm's correction, against published values."""

from __future__ import annotations

import pytest

from gyges.evidence.statistics.agreement import kappa
from gyges.evidence.statistics.holm import holm


def test_kappa_agrees_with_a_textbook() -> None:
    """Fleiss, Levin and Paik 2003, table 18.1 (100 patients, two raters): kappa 0.68, standard error 0.087."""
    counts = {("psychotic", "psychotic"): 75, ("psychotic", "neurotic"): 1, ("psychotic", "organic"): 4}
    counts |= {("neurotic", "psychotic"): 5, ("neurotic", "neurotic"): 4, ("neurotic", "organic"): 1}
    counts |= {("organic", "organic"): 10}
    found = kappa(counts)
    assert found
    assert found.value == pytest.approx(0.68, abs=0.005)
    assert (found.high - found.value) / 1.96 == pytest.approx(0.087, abs=0.001)


@pytest.mark.parametrize(
    ("counts", "value"),
    [
        ({("a", "a"): 5, ("b", "b"): 5}, 1.0),
        ({("a", "a"): 5, ("a", "b"): 5, ("b", "a"): 5, ("b", "b"): 5}, 0.0),
        ({("a", "b"): 5, ("b", "a"): 5}, -1.0),
    ],
)
def test_kappa_is_one_zero_and_minus_one(counts: dict[tuple[str, str], int], value: float) -> None:
    """Full agreement, agreement by chance, and full disagreement, the interval within the range of kappa."""
    found = kappa(counts)
    assert found
    assert found.value == pytest.approx(value)
    assert -1 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize("counts", [{("a", "a"): 9, ("b", "b"): 3}, {("a", "a"): 9, ("b", "a"): 3}])
def test_the_interval_is_never_a_point(counts: dict[tuple[str, str], int]) -> None:
    """Full agreement in few cases, and a judge that has one answer for all, leave much open."""
    found = kappa(counts)
    assert found
    assert found.high - found.low > 0.3


@pytest.mark.parametrize("counts", [{}, {("a", "a"): 9}])
def test_there_is_no_kappa_of_one_label(counts: dict[tuple[str, str], int]) -> None:
    """Without cases, and where all are one label, chance explains everything."""
    assert kappa(counts) is None


@pytest.mark.parametrize(
    ("ps", "adjusted"),
    [
        ([], []),
        ([0.04], [0.04]),
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.5, 0.9, 0.4], [1.0, 1.0, 1.0]),
    ],
)
def test_holm(ps: list[float], adjusted: list[float]) -> None:
    """Values of R's p.adjust(method = "holm"), in the order given."""
    assert holm(ps) == pytest.approx(adjusted)
