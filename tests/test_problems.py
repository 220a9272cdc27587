"""The problem sets are what they say: their derivatives agree with other ways to them, and every run has the same."""

import warnings
from contextlib import suppress

import exact
import mpmath
import numpy as np
import problems
import pytest
import trees
from exact import Series

# Far more than truncation and rounding of a central difference of order 4 at 1e-3 of x, far less than a mistake.
DIFFERENCE = 1e-7


def central(f, x, relative=1e-3):
    """A plain central difference of order 4, column by column."""
    x = np.asarray(x, float)
    columns = []
    for j in range(x.size):
        h = np.zeros(x.size)
        h[j] = relative * abs(x[j])
        near, far = (np.asarray(f(x + k * h), float) - np.asarray(f(x - k * h), float) for k in (1, 2))
        columns.append((8 * near - far) / (12 * h[j]))
    return np.stack(columns, axis=-1)


def complex_step(f, x):
    """The plain complex step, which believes everything."""
    x = np.asarray(x, float)
    rows = [f(x + 1j * h) for h in np.diag(1e-20 * np.abs(x))]
    if not all(np.iscomplexobj(y) for y in rows):
        raise TypeError("a real result")
    return np.stack([np.imag(y) for y in rows], axis=-1) / (1e-20 * np.abs(x))


def apart(J, K):
    """The largest difference, by rows."""
    size = np.abs(K).max(axis=-1, keepdims=True)
    return np.max(np.abs(J - K) / np.where(size == 0, 1, size))


def test_the_sets_have_the_sizes_that_are_spoken_of():
    names = ("DOMAIN", "VECTORS", "VALID", "INVALID", "SCALARS", "HESSIANS", "KINKS", "JUMPS", "SMOOTH")
    sets = [getattr(problems, name) for name in names]
    assert [len(set(map(str, rows))) for rows in sets] == [16, 16, 39, 38, 30, 7, 10, 6, 12]


METHODS = [name for name, value in vars(Series).items() if not name.startswith("_") and callable(value)]


@pytest.mark.parametrize("name", METHODS)
def test_every_function_of_a_series_is_the_taylor_series_of_mpmath(name):
    x = 1.3 if name == "arccosh" else 0.3
    with mpmath.workdps(60):
        known = mpmath.taylor(getattr(mpmath, {"arctan": "atan"}.get(name, name.replace("arc", "a"))), x, 6)
    np.testing.assert_allclose(exact.taylor(getattr(np, name), x, 1, 6).astype(float), [float(c) for c in known], 1e-15)


def test_the_arithmetic_of_a_series_is_that_of_polynomials():
    c = exact.taylor(lambda x: (2 - x) * (1 + 3 * x) / (1 - x) - x**2.0 + x**-2 / 4, 0.5, 1, 3)
    np.testing.assert_allclose(c.astype(float), [8.25, 14, 43, 32], rtol=1e-15)
    assert exact.taylor(lambda x: np.sort([3 - x, x])[0], 0.5, 1, 1)[1] == 1


@pytest.mark.parametrize("p", problems.DOMAIN, ids=str)
def test_domain_cases_against_differences_of_60_digits(p):
    """Not of float64: near these edges that is what is hard."""
    f, x = p.f, exact.mp.mpf(p.x)
    h = exact.mp.mpf(10) ** -40 * (abs(x) or 1)
    up, down = (f(Series([x + side * h])).c[0] for side in (1, -1))
    assert float(p.exact) == pytest.approx(float((up - down) / (2 * h)), rel=1e-15)


def test_hand_formulas():
    by_name = {p.name: float(p.exact) for p in problems.DOMAIN}
    assert by_name["log at 1e-300"] == pytest.approx(1e300, rel=1e-15)
    assert by_name["exp at 700"] == pytest.approx(np.exp(700.0), rel=1e-15)
    assert by_name["log1p(1e9 x) at 0"] == 1e9
    assert by_name["1 / (x - 1) 1e-7 beyond its pole"] == pytest.approx(-1 / ((1 + 1e-7) - 1) ** 2, rel=1e-15)


@pytest.mark.parametrize("p", [*problems.VECTORS, *problems.systems(0, 1)], ids=str)
def test_systems_against_differences_and_the_complex_step(p):
    assert apart(central(p.f, p.x), p.exact) < 1e-5
    assert np.max(p.errors(complex_step(p.f, p.x))) < 1e-13


@pytest.mark.parametrize("code", problems.VALID, ids=str)
def test_the_complex_step_is_right_on_the_valid(code):
    for x in code.points(0, 5):
        assert apart(complex_step(code.f, x), central(code.f, x, 1e-4)) < DIFFERENCE


@pytest.mark.parametrize("code", problems.INVALID, ids=str)
def test_the_complex_step_is_refused_or_wrong_on_the_invalid(code):
    """And each has a derivative that it is wrong about: two real differences agree."""
    for x in code.points(0, 5):
        J = central(code.f, x, 1e-4)
        assert apart(central(code.f, x, 3e-5), J) < DIFFERENCE
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            with suppress(TypeError, np.exceptions.ComplexWarning):
                assert apart(complex_step(code.f, x), J) > 1e-6


@pytest.mark.parametrize("case", problems.SCALARS, ids=str)
def test_higher_derivatives_by_the_integral_of_cauchy(case):
    """Round a circle in the complex plane, in float64: it shares nothing with the series but the function."""
    radius, k, N = 0.15, np.arange(5), 64
    turn = np.exp(2j * np.pi * np.arange(N) / N)
    c = (case.f(case.x + radius * turn) * turn ** -k[:, None]).mean(axis=1).real / radius**k
    np.testing.assert_allclose(case.exact[:5], c * [1, 1, 2, 6, 24], rtol=1e-9, atol=1e-9)
    assert np.isfinite(case.exact).all()
    assert (case.exact != 0).all()


@pytest.mark.parametrize("case", problems.HESSIANS, ids=str)
def test_hessians_are_symmetric_and_agree_with_differences_of_the_gradient(case):
    H = case.exact
    assert (H.T == H).all()
    assert H.shape == (5, 5)
    G = central(lambda x: exact.jacobian(case.f, x), case.x, 1e-4)
    assert apart(G, H) < DIFFERENCE


@pytest.mark.parametrize("corner", problems.KINKS + problems.JUMPS, ids=str)
def test_corners_have_the_slopes_that_are_written_beside_them(corner):
    for side, slope in ((-1, corner.left), (1, corner.right)):
        near, far = (float(corner.f(corner.x + side * h)) for h in (1e-7, 2e-7))
        assert side * (far - near) / 1e-7 == pytest.approx(slope, abs=1e-6)
    jump = abs(float(corner.f(corner.x + 1e-9)) - float(corner.f(corner.x - 1e-9)))
    assert (jump > 1e-4) == (corner in problems.JUMPS)
    assert (corner.left != corner.right) or corner in problems.JUMPS


@pytest.mark.parametrize("p", [*problems.misscaled(), *problems.hidden_scale()], ids=str)
def test_hidden_scales_are_the_slopes_of_their_functions_stretched(p):
    plain = next(q for q in problems.SMOOTH if q.name == p.name.rpartition(" over ")[0])
    assert float(p.exact) * p.length == pytest.approx(float(plain.exact), rel=1e-9)


def test_noise_is_standard_normal_and_a_function_of_x():
    x = np.linspace(1, 2, 10_001)
    errors = problems.noisy(np.exp, 1e-3, 7)(x) / np.exp(x) - 1
    assert abs(errors.mean()) < 5e-5
    assert errors.std() == pytest.approx(1e-3, rel=0.05)
    assert abs(np.corrcoef(errors[1:], errors[:-1])[0, 1]) < 0.05
    assert problems.noisy(np.exp, 1e-3, 7)(np.float64(1.5)) == problems.noisy(np.exp, 1e-3, 7)(x)[5000]
    assert problems.noisy(np.exp, 1e-3, 8)(1.5) != problems.noisy(np.exp, 1e-3, 7)(1.5)


def test_noise_of_a_system_is_its_own_in_each_output_and_each_entry_stirs_all_of_it():
    p = next(problems.systems(1, 1))
    g = problems.noisy_system(p.f, 1e-3, 2)
    there = p.x.copy()
    there[2] = np.nextafter(there[2], 9)
    noise, other = g(p.x) / p.f(p.x) - 1, g(there) / p.f(there) - 1
    assert len({*noise, *other}) == 8
    assert (noise == g(p.x) / p.f(p.x) - 1).all()


@pytest.mark.parametrize("spoilt", [problems.noisy(np.exp, 0.1, 1), problems.single_inside(np.exp)])
def test_spoilt_functions_refuse_complex_numbers(spoilt):
    assert isinstance(spoilt(np.float64(0.5)), np.float64)
    with pytest.raises(TypeError):
        spoilt(0.5 + 1j)


def test_single_inside_is_a_function_of_float32():
    f = problems.single_inside(np.exp)
    assert f(0.5) == np.exp(np.float32(0.5)) == f(0.5 + 1e-9)


# -------------------------------------------------------------------------------------------------------- trees


def test_a_tree_depends_on_its_seed_and_number_alone():
    first, again = ([(p.name, p.x) for p in trees.scalar_trees(5, 20)] for _ in range(2))
    assert first == again
    assert [(p.name, p.x) for p in trees.scalar_trees(5, 3, start=17)] == first[17:]
    assert len({name for name, _ in first + [(p.name, p.x) for p in trees.scalar_trees(6, 20)]}) == 40


def test_seven_in_ten_are_stretched_over_20_decades():
    x = np.abs([p.x for p in trees.scalar_trees(1, 200)])
    assert 0.6 < np.mean([not p.name.endswith("x / 1.0") for p in trees.scalar_trees(1, 200)]) < 0.8
    assert x.min() < 1e-9
    assert x.max() > 1e9


@pytest.mark.parametrize("seed", [11, 12])
def test_trees_against_the_complex_step(seed):
    """They are analytic as written, so it is right wherever their own rounding is small."""
    with np.errstate(all="ignore"):
        errors = [p.errors(complex_step(p.f, [p.x])[0][0])[0] for p in trees.scalar_trees(seed, 100)]
        systems = [p.errors(complex_step(p.f, p.x)).max() for p in trees.vector_trees(seed, 25)]
    assert np.quantile(errors, 0.9) < 1e-13
    assert np.quantile(systems, 0.9) < 1e-12
    assert max(errors + systems) < 1e-9


def test_trees_against_mpmath():
    namespace = {name: getattr(mpmath, name) for name in ("sin", "cos", "exp", "log", "sqrt", "tanh", "log1p", "expm1")}
    namespace |= {"cosh": mpmath.cosh, "sinh": mpmath.sinh, "arctan": mpmath.atan, "arcsinh": mpmath.asinh}
    for p in trees.scalar_trees(3, 20):
        text, _, c = p.name.replace("np.", "").partition(", t = x / ")
        with mpmath.workdps(60):
            slope = mpmath.diff(eval(f"lambda t: {text}", dict(namespace)), mpmath.mpf(p.x) / float(c)) / float(c)
        assert float(p.exact) == pytest.approx(float(slope), rel=1e-12)


def test_trees_work_elementwise_on_arrays():
    for p in trees.scalar_trees(4, 30):
        with np.errstate(all="ignore"):
            whole = p.f(np.array([p.x, 1.001 * p.x]))
            assert whole.shape == (2,)
            np.testing.assert_allclose(whole[0], p.f(np.float64(p.x)), rtol=1e-12)
    for p in trees.vector_trees(4, 5):
        assert p.f(np.stack([p.x, p.x], axis=-1)).shape == (3, 2)
