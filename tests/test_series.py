"""Coefficients: how fast they fall, and what two estimates say of each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numjac.numeric.series import Best, fall_of, normalised, unscaled


def column(values):
    return np.asarray(values, float).reshape(-1, 1, 1)


@given(st.floats(1e-3, 0.9), st.integers(8, 40))
def test_the_rate_of_a_geometric_series(rate, number):
    """Exact where all is seen; where it drowns, the first that does is at the floor, at most one ratio away."""
    fall = fall_of(column(rate ** np.arange(number)), np.full((1, 1), 1e-15))
    seen = int(fall.seen[0, 0])
    assert seen == sum(rate ** np.arange(number) > 1e-15)
    assert fall.rate[0, 0] >= rate * (1 - 1e-12)
    assert fall.rate[0, 0] <= rate * rate ** (-2 / max(1, seen))


def test_every_other_coefficient_may_vanish():
    """Of an even function the very last coefficient says nothing."""
    fall = fall_of(column(np.where(np.arange(24) % 2, 0.0, 0.9 ** np.arange(24))), np.full((1, 1), 1e-15))
    assert 0.85 <= fall.rate[0, 0] <= 0.95


def test_what_does_not_fall_has_rate_one():
    assert fall_of(column(np.ones(16)), np.full((1, 1), 1e-15)).rate[0, 0] == 1
    assert fall_of(column(2.0 ** np.arange(16)), np.full((1, 1), 1e-15)).rate[0, 0] == 1


def test_two_estimates_that_contradict_each_other():
    """The better bound grows until both hold; nothing grows where they agree or one claims nothing."""
    best = Best.none(1, 1, 3, np.zeros(1))
    best.take(column([[1.0, 1.0, 1.0]]).reshape(1, 1, 3), np.full((1, 1, 3), 0.1), np.ones((1, 3)))
    new, bounds = np.array([[[2.0, 1.01, 5.0]]]), np.array([[[0.01, 0.01, np.inf]]])
    best.take(new, bounds, np.full((1, 3), 2.0))
    np.testing.assert_allclose(best.derivatives[0, 0], [2.0, 1.01, 1.0])
    np.testing.assert_allclose(best.bounds[0, 0], [0.01 * 1 / 0.11, 0.01, 0.1])
    np.testing.assert_array_equal(best.radius[0, 0], [2.0, 2.0, 1.0])


@pytest.mark.parametrize("radius", [1e-300, 3e-5, 1.0, 7e200])
def test_powers_of_a_radius_beyond_the_range_of_numbers(radius):
    """f^(k) = k! 2^e / R^k for terms 1; inf and 0 where that is so, never NaN."""
    D = unscaled(np.ones((10, 1, 1)), np.full((1, 1), radius), np.full((1, 1), 5))[:, 0, 0]
    assert not np.isnan(D).any()
    np.testing.assert_allclose(D[0], 32 / radius, rtol=1e-15)


def test_normalised_samples():
    y = np.array([[[1e300, 3.0, np.inf]], [[-2e300, -5.0, 1.0]]])
    value = np.array([[0.0, 1.0, 1.0]])
    scaled, centre, exponent, finite = normalised(y, value)
    assert finite.tolist() == [[True, True, False]]
    assert (np.abs(scaled) <= 1).all()
    np.testing.assert_array_equal(np.ldexp(scaled, exponent)[:, 0, :2], y[:, 0, :2])
    assert (scaled[..., 2] == 0).all()
    assert centre[0, 1] == 1 / 8
