"""Contours: Taylor coefficients that are known by a formula, laws, and functions that have none."""

from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numjac.numeric.contours import HALF, agrees, contour
from numjac.numeric.series import MOST

EPS = np.finfo(float).eps
HIGHEST = 10


def taylor(f, x, highest=HIGHEST, size=None, **options):
    """The derivatives of an elementwise f, each entry of x a line."""
    x = np.atleast_1d(np.asarray(x, float))
    with np.errstate(all="ignore"):
        value = np.asarray(f(x), float)[:, np.newaxis]
    size = np.where(x == 0, 1.0, np.abs(x)) if size is None else np.broadcast_to(size, x.shape)
    options = {"grain": EPS / 2 * np.abs(x)} | options
    return contour(lambda t: np.asarray(f(x + t))[..., np.newaxis], value, size, highest, EPS, **options)


def check(f, x, exact, **options):
    """Every order, each with the radius chosen for it, against exact(k); the relative errors."""
    errors = []
    for k in range(1, HIGHEST + 1):
        found = taylor(f, x, k, **options)
        error = abs(found.derivatives[-1, 0, 0] - exact(k))
        assert error <= found.bounds[-1, 0, 0] + 4 * EPS * abs(exact(k))  # the exact value is rounded, too
        errors.append(error / abs(exact(k)))
    return errors


def falling(a, k):
    """a (a - 1) ... (a - k + 1)."""
    return np.prod(a - np.arange(k))


KNOWN = {
    "exp": (np.exp, 0.7, lambda k: np.exp(0.7)),
    "exp far out": (np.exp, -30.0, lambda k: np.exp(-30.0)),
    "sin": (np.sin, 2.5, lambda k: np.sin(2.5 + k * np.pi / 2)),
    "geometric": (lambda z: 1 / (1 - z), 0.25, lambda k: factorial(k) / 0.75 ** (k + 1)),
    "reciprocal": (lambda z: 1 / z, -3.0, lambda k: (-1) ** k * factorial(k) / (-3.0) ** (k + 1)),
    "log1p": (np.log1p, 0.5, lambda k: (-1) ** (k - 1) * factorial(k - 1) / 1.5**k),
    "log": (np.log, 100.0, lambda k: (-1) ** (k - 1) * factorial(k - 1) / 100.0**k),
    "sqrt": (np.sqrt, 2.0, lambda k: falling(0.5, k) * 2.0 ** (0.5 - k)),
    "power": (lambda z: z**-2.5, 3.0, lambda k: falling(-2.5, k) * 3.0 ** (-2.5 - k)),
    "sum": (lambda z: np.exp(2 * z) + np.cos(3 * z), 0.0, lambda k: 2.0**k + 3.0**k * np.cos(k * np.pi / 2)),
    "two poles": (lambda z: 1 / (1 + z * z), 2.0, lambda k: factorial(k) * (-1) ** k * ((2 - 1j) ** -(k + 1.0)).imag),
}


@pytest.mark.parametrize(("f", "x", "exact"), KNOWN.values(), ids=KNOWN)
def test_formulas(f, x, exact):
    """Errors of a unit at k = 1; each order costs about the ratio of radius and distance of what is singular."""
    errors = check(f, x, exact)
    assert errors[0] <= 1e-13
    assert errors[4] <= 1e-12
    assert errors[9] <= 1e-9


def test_bessel_functions():
    """J_0 as an integral, which the trapezoidal rule gives to rounding; its derivatives at 1 by mpmath, 30 digits."""
    angles = (np.arange(64) + 0.5) * np.pi / 64
    exact = {1: -0.4400505857449335, 2: -0.32514710081303303, 5: -0.26893367782913777, 10: -0.14176060949816236}
    for k, value in exact.items():
        found = taylor(lambda z: np.mean(np.cos(z[..., np.newaxis] * np.sin(angles)), axis=-1), 1.0, k)
        error = abs(found.derivatives[-1, 0, 0] - value)
        assert error <= found.bounds[-1, 0, 0] <= 1e-9 * abs(value)


def test_a_polynomial_is_exact_and_beyond_its_degree_nothing_is_left():
    """At 2, x^7 - 3 x^2 has integer derivatives; what rounding leaves of the vanishing ones shrinks with the radius."""
    p = np.polynomial.Polynomial([0, 0, -3, 0, 0, 0, 0, 1])
    for k in range(1, HIGHEST + 1):
        found, exact = taylor(p, 2.0, k), p.deriv(k)(2.0)
        error = abs(found.derivatives[-1, 0, 0] - exact)
        assert error <= found.bounds[-1, 0, 0]
        assert error <= 1e-12 * abs(exact) + (1e-9 if k > 7 else 0)


def test_evaluations():
    """16 a radius; two radii are enough for most functions, and one for a radius that happens to be right."""
    rounds = [taylor(f, x, k).rounds for f, x, _ in KNOWN.values() for k in range(1, 11)]
    assert np.mean(rounds) * HALF <= 40
    assert max(rounds) <= MOST
    found = taylor(np.log, 3.0, 5)
    assert found.evaluations == found.rounds * HALF


SCALES = [1e-300, 1e-100, 1e-8, 1.0, 1e8, 1e100, 1e300]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("height", [1e-300, 1.0, 1e300])
def test_units_of_x_and_f_do_not_matter(scale, height):
    """Where a derivative leaves the range of numbers nothing is claimed; else not a digit is lost."""
    x = 0.75 * scale
    with np.errstate(over="ignore", under="ignore"):
        for k in range(1, HIGHEST + 1):
            found = taylor(lambda z: height * np.exp(z / scale), x, k)
            exact = np.exp(0.75) * height
            for _ in range(k):
                exact = exact / scale
            D, bound = found.derivatives[-1, 0, 0], found.bounds[-1, 0, 0]
            if not 1e-290 < abs(exact) < 1e290:
                assert not np.isfinite(bound) or abs(D - exact) <= bound + 1e-12 * exact
            else:
                assert abs(D - exact) <= bound <= 1e-9 * exact


@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(1, 10))
def test_linear(a, b, k):
    """(a f + b g)^(k) = a f^(k) + b g^(k), each side with its own radius, within the sum of the bounds."""
    f, g = lambda z: np.exp(-z * z), lambda z: 1 / (2 + z)
    left = taylor(lambda z: a * f(z) + b * g(z), 0.5, k)
    one, two = taylor(f, 0.5, k), taylor(g, 0.5, k)
    gap = left.derivatives[-1] - (a * one.derivatives[-1] + b * two.derivatives[-1])
    assert np.abs(gap) <= left.bounds[-1] + abs(a) * one.bounds[-1] + abs(b) * two.bounds[-1]


@given(st.integers(-90, 90), st.integers(1, 10))
def test_a_power_of_two_moves_the_exponent_only(power, k):
    """f(a x) has the k-th derivative a^k f^(k): the radius is 1/a times as large, and every bit stays."""
    a = 2.0**power
    one = taylor(lambda z: np.sin(z) / (2 + z), 0.75, k)
    other = taylor(lambda z: np.sin(a * z) / (2 + a * z), 0.75 / a, k)
    np.testing.assert_array_equal(other.derivatives[-1], np.ldexp(one.derivatives[-1], k * power))


@given(st.floats(1e-6, 0.3), st.integers(1, 6))
def test_a_pole_nearby_is_found(distance, k):
    """The circle shrinks until the pole is outside; then the distance of the argument costs digits, and says so."""
    x = 1 + distance
    found = taylor(lambda z: 1 / (z - 1), x, k)
    exact = (-1) ** k * factorial(k) / (x - 1) ** (k + 1)
    error = abs(found.derivatives[-1, 0, 0] - exact)
    assert error <= found.bounds[-1, 0, 0] + 4 * EPS * abs(exact)
    assert error <= 1e-3 * abs(exact)


@pytest.mark.parametrize("x", [1e-9, 1e-3, 0.1])
def test_a_branch_point_nearby_is_found(x):
    found = taylor(np.sqrt, 1 + x, 3, size=1.0)
    shifted = taylor(lambda z: np.sqrt(z - 1), 1 + x, 3)
    room = (1 + x) - 1
    exact = falling(0.5, 3) * room**-2.5
    assert abs(shifted.derivatives[-1, 0, 0] - exact) <= shifted.bounds[-1, 0, 0] <= 1e-2 * abs(exact)
    assert np.isfinite(found.bounds).all()


def test_infinite_samples_are_no_samples():
    """exp(709.7) is near the largest number: a circle of half the magnitude of x overflows, a smaller one does not."""
    found = taylor(np.exp, 709.7, 2)
    np.testing.assert_allclose(found.derivatives[:, 0, 0], np.exp(709.7), rtol=1e-10)
    assert (found.bounds[:, 0, 0] <= 1e-6 * np.exp(709.7)).all()


@pytest.mark.parametrize("f", [lambda z: z * np.nan, lambda z: z / 0, lambda z: np.where(z == 0.5, 1.0, np.nan)])
def test_nan_everywhere_is_nothing(f):
    with np.errstate(all="ignore"):
        found = taylor(f, 0.5)
    assert np.isnan(found.derivatives).all()
    assert np.isinf(found.bounds).all()
    assert (found.probe == 0).all()
    assert found.rounds <= MOST


def test_no_room_is_nothing():
    found = taylor(np.exp, [0.5, 0.7], 2, room=np.array([0.0, 1.0]))
    assert np.isinf(found.bounds[:, 0]).all()
    np.testing.assert_allclose(found.derivatives[:, 1, 0], np.exp(0.7), rtol=1e-12)


@given(st.floats(1e-3, 10))
def test_no_sample_lies_outside_the_room(room):
    seen = []

    def sample(t):
        seen.append(np.abs(t).max())
        return np.exp(t)[..., np.newaxis]

    contour(sample, np.ones((1, 1)), np.ones(1), 5, EPS, room=room)
    assert max(seen) <= room * (1 + 4 * EPS)  # the modulus is rounded


def test_outputs_of_very_different_size_have_bounds_of_their_own():
    sizes = np.array([1e-250, 1e-8, 1.0, 1e20, 1e250])
    found = contour(lambda t: np.exp(t)[..., np.newaxis] * sizes, sizes[np.newaxis], np.ones(1), 5, EPS)
    error = np.abs(found.derivatives[-1, 0] / sizes - 1)
    assert (error <= found.bounds[-1, 0] / sizes).all()
    assert (found.bounds[-1, 0] / sizes <= 1e-10).all()


def test_outputs_that_are_singular_at_different_distances():
    poles = np.array([1e-4, 0.1, 3.0, 1e5])
    found = contour(lambda t: 1 / (1 - t[..., np.newaxis] / poles), np.ones((1, 4)), np.ones(1), 4, EPS)
    exact = 24 / poles**4
    assert (np.abs(found.derivatives[-1, 0] - exact) <= found.bounds[-1, 0]).all()
    assert (found.bounds[-1, 0] <= 1e-5 * exact).all()


def test_a_line_does_not_depend_on_the_others():
    """Samples of f = exp are the same bits in any company, and so is everything that follows."""
    x = np.array([0.1, 3.0, 40.0, 1e-5])
    f = lambda z: np.sin(z) + 1 / (1 + z)  # noqa: E731
    with np.errstate(all="ignore"):
        together = taylor(f, x, 4)
    for i in range(x.size):
        alone = taylor(f, x[i], 4)
        assert (np.abs(together.derivatives[:, i] - alone.derivatives[:, 0]) <= together.bounds[:, i]).all()


NOT_ANALYTIC = {
    "abs": np.abs,
    "real": lambda z: np.real(z) ** 2,
    "conj": lambda z: np.conj(z) * z,
    "kink": lambda z: np.abs(z - 1),
    "jump": lambda z: np.sign(np.real(z) - 1),
    "another function of complex numbers": lambda z: np.exp(z) if np.iscomplexobj(z) else np.sin(z),
    "nearly the same": lambda z: np.exp(z) * (1 + 1e-9) if np.iscomplexobj(z) else np.exp(z),
}


@pytest.mark.parametrize("f", NOT_ANALYTIC.values(), ids=NOT_ANALYTIC)
@pytest.mark.parametrize("k", [1, 3, 10])
def test_functions_that_are_not_analytic_are_refused(f, k):
    found = taylor(f, 1.0, k)
    assert np.isinf(found.bounds[-1]).all() or (found.bounds[-1] >= np.abs(found.derivatives[-1])).all()


@pytest.mark.parametrize("size", [1e-12, 1e-9, 1e-6, 1e-3])
def test_a_part_that_is_not_analytic_is_in_the_bound(size):
    """(exp + size |x|)'' = exp, whatever the complex plane says."""
    for k, part in [(1, size), (2, 0.0)]:
        found = taylor(lambda z: np.exp(z) + size * np.abs(z), 1.0, k)
        assert abs(found.derivatives[-1, 0, 0] - np.exp(1) - part) <= found.bounds[-1, 0, 0]


def probe(f, x, found):
    d = found.probe
    return np.stack([d, -d]), np.asarray([f(x + d), f(x - d)], float)[..., np.newaxis]


@pytest.mark.parametrize(("f", "x", "exact"), KNOWN.values(), ids=KNOWN)
def test_an_analytic_function_agrees_with_itself(f, x, exact):
    for k in (1, 2, 5, 10):
        found = taylor(f, x, k)
        assert agrees(found, *probe(f, x, found), EPS) == ""


def test_a_contradiction_names_output_and_numbers():
    """What the real function has more of vanishes at x itself: only f beside it can tell."""
    found = taylor(lambda z: np.exp(z), [0.5, 0.5], 3)
    t, value = probe(lambda x: np.exp(x) + 1e-6 * (x - 0.5) ** 2, np.array([0.5, 0.5]), found)
    assert agrees(found, t, np.concatenate([value[:, :1] * 0 + np.exp(0.5 + t[:, :1, None]), value[:, 1:]], 1), EPS)
    sentence = agrees(found, t, value, EPS)
    assert sentence.startswith("output 0 is ")
    assert "was expected" in sentence


def test_one_side_may_lie_outside_the_real_domain():
    """cosh sqrt x is entire, but as a real function it ends at 0."""
    f = lambda z: np.cosh(np.sqrt(z))  # noqa: E731
    found = taylor(f, 0.7, 5)
    with np.errstate(invalid="ignore"):
        t, value = probe(f, 0.7, found)
    assert np.isnan(value[1]).all()
    assert agrees(found, t, value, EPS) == ""
    assert agrees(found, t, np.full_like(value, np.nan), EPS) != ""


@pytest.mark.parametrize("noise", [1e-12, 1e-8, 1e-4])
def test_noise_that_is_told_is_in_the_bound(noise):
    """Four deviations, 200 trials: none may miss by chance more than once."""
    rng, missed = np.random.default_rng(1), 0
    for k in (1, 2, 4):
        for _ in range(66):

            def f(t):
                return (np.exp(t) + noise * (rng.normal(size=t.shape) + 1j * rng.normal(size=t.shape)))[..., np.newaxis]

            found = contour(f, np.full((1, 1), 1 + noise * rng.normal()), np.ones(1), k, EPS, noise=noise)
            missed += abs(found.derivatives[-1, 0, 0] - 1) > found.bounds[-1, 0, 0]
    assert missed <= 2


def test_a_planted_fault_is_seen():
    """The tests above can fail: a thousandth more, or another sign, is far outside every bound."""
    for f, x, exact in KNOWN.values():
        found = taylor(f, x, 5)
        for fault in (1.001, -1):
            assert abs(found.derivatives[-1, 0, 0] * fault - exact(5)) > found.bounds[-1, 0, 0]
