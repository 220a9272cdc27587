"""The adaptive core against its slow twin, bit for bit; and what holds of it whatever f does."""

import math
import sys
import types
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import reference_adaptive
import reference_trials
from hypothesis import given, settings
from hypothesis import strategies as st

from numjac._trials import DOWN, UP, Trials

EPS = {np.float64: 2.0**-52, np.float32: 2.0**-23, np.float16: 2.0**-10}
NOT_FINITE, NOISY, UNRESOLVED, KINK, JUMP, NO_DEPENDENCE = 1, 16, 32, 64, 128, 256


@dataclass
class Case:
    """A function of one variable with m outputs, and all that a line is told."""

    f: object
    x: float = 1.0
    size: float = 1.0
    low: float = 1e3
    high: float = 1e3
    eps: float = EPS[np.float64]
    first: float = 1e-3
    rtol: float = 0.0
    pairs: int = 2
    target: int = 1
    noise: float = 0.0
    blind: bool = False
    seen: dict = field(default_factory=dict)

    def at(self, t):
        """f, the same for the same t even if it is random."""
        if t not in self.seen:
            with np.errstate(all="ignore"):
                self.seen[t] = np.atleast_1d(np.asarray(self.f(np.float64(t)), float))
        return self.seen[t]

    @property
    def m(self):
        return self.at(self.x).size


@dataclass
class Run:
    """Steps and sides of a line, and what was known after each."""

    h: list
    sides: list
    V: list
    E: list
    flags: list
    path: tuple = ()

    def bits(self):
        """All of it, comparable; every NaN is the same."""
        numbers = [np.where(np.isnan(a), np.nan, a).tobytes() for a in (*self.V, *self.E)]
        return [*map(float.hex, self.h), *self.sides, *numbers, *(np.array(a, np.uint16).tobytes() for a in self.flags)]


def begun(cases):
    """One object for lines that agree in what belongs to all of them."""
    c = cases[0]
    columns = [np.array([getattr(case, name) for case in cases]) for name in ("x", "size", "low", "high")]
    value = np.array([case.at(case.x) for case in cases])
    noise = np.array([np.full(case.m, float(case.noise)) for case in cases])
    blind = np.array([np.full(case.m, case.blind) for case in cases])
    return Trials(*columns, value, noise, blind, c.eps, c.eps / 2, c.first, c.rtol, c.pairs, c.target)


def core(cases):
    """What the core makes of some lines in one object."""
    trials, runs = begun(cases), [Run([], [], [], [], []) for _ in cases]
    for _ in range(17):
        which, h, sides = trials.waiting()
        if not which.size:
            return runs
        for side, sign in ((UP, 1), (DOWN, -1)):
            asked = which[(sides & side) != 0]
            steps = h[(sides & side) != 0]
            if asked.size:
                trials.put(
                    asked,
                    side,
                    np.array([cases[c].at(cases[c].x + sign * s) for c, s in zip(asked, steps, strict=True)]),
                )
        trials.decide(which)
        for c, step, side in zip(which, h, sides, strict=True):
            run = runs[c]
            run.h.append(float(step)), run.sides.append(int(side))
            run.V.append(trials.V[c].copy()), run.E.append(trials.E[c].copy()), run.flags.append(trials.flags[c].copy())
    raise AssertionError("a line that does not end")


def twin(case, module=reference_trials):
    """What the twin makes of a line."""
    names = ("x", "size", "low", "high", "eps", "first", "rtol", "pairs", "target")
    line = module.Line(*(getattr(case, name) for name in names))
    m, run, samples = case.m, Run([], [], [], [], []), []
    while line.next:
        h, sides = line.next, line.sides
        nothing = [math.nan] * m
        samples.append(
            [case.at(case.x + h) if sides & UP else nothing, case.at(case.x - h) if sides & DOWN else nothing]
        )
        V, E, flags = module.decide(line, case.at(case.x), [case.noise] * m, [case.blind] * m, case.eps / 2, samples)
        run.h.append(h), run.sides.append(sides)
        run.V.append(np.array(V)), run.E.append(np.array(E)), run.flags.append(list(flags))
    run.path = tuple(line.path)
    return run


def one(case):
    return core([case])[0]


def agree(case):
    """Compares the two; returns what was found."""
    found, expected = one(case), twin(case)
    assert found.h == expected.h
    assert found.bits() == expected.bits()
    return expected


# --------------------------------------------------------------------------------------------- functions of one t


def some_functions(m, rng):
    """Functions with m outputs: smooth, narrow, edged, cornered, noisy, silent, and not finite here or there."""
    a, b, third = rng.uniform(0.2, 3.0, m), rng.uniform(-2.0, 2.0, m), np.arange(m) % 3 == 1
    scale = 10.0 ** rng.uniform(-3, 4)
    jitter = np.random.default_rng(int(rng.integers(1 << 30)))
    return [
        lambda t: np.sin(a * t * scale) + b,
        lambda t: np.exp(a * np.clip(t, -200, 200)) * b,
        lambda t: (a * t) ** 3 + b * t,
        lambda t: np.sqrt(a * t + 0.1 * b),
        lambda t: np.log(a * t),
        lambda t: 1 / (t - 1e-3 * b),
        lambda t: np.tanh(1e3 * scale * a * t),
        lambda t: np.abs(t - b) * a + (t - b) ** 2,
        lambda t: np.sign(t - b) + t,
        lambda t: np.where(t > b, np.nan, a * t),
        lambda t: np.where(third, b, np.sin(t)),
        lambda t: np.where(third, np.nan, np.sin(t)),
        lambda t: b + 0 * t,
        lambda t: b + 1e-14 * np.sin(a * t),
        lambda t: (np.sin(a * t) + b) * (1 + 1e-8 * jitter.uniform(-1, 1, m)),
        lambda t: jitter.standard_normal(m),
        lambda t: np.where(jitter.random(m) < 0.2, np.inf, a * t),
    ]


def random_case(seed, m):
    rng = np.random.default_rng([seed, m])
    functions = some_functions(m, rng)
    f, scale = functions[seed % len(functions)], 10.0 ** rng.choice([0.0, rng.uniform(-290, 290)])
    x = float(rng.choice([0.0, 1.0, rng.normal(), rng.normal() * 10.0 ** rng.uniform(-8, 8)]))
    size = abs(x) or 1.0
    low, high = (float(size * rng.choice([1e3, 1e3, 0.0, 1e-3, 10.0 ** rng.uniform(-6, 1)])) for _ in "ab")
    return Case(
        lambda t: scale * f(t),
        x,
        size,
        low,
        high,
        float(rng.choice([EPS[np.float64], EPS[np.float64], EPS[np.float32]])),
        float(rng.choice([1e-3, 3e-3, 1e-2, 0.3])),
        float(rng.choice([0.0, 0.0, 1e-6])),
        int(rng.integers(1, 6)),
        int(rng.integers(1, 3)),
        float(rng.choice([0.0, 1e-8, 1e-3])) * scale,
        bool(rng.integers(2)),
    )


@pytest.mark.parametrize(("m", "count"), [(1, 204), (2, 68), (9, 34), (100, 3)])
def test_the_core_decides_like_its_twin(m, count):
    for seed in range(count):
        agree(random_case(seed, m))


NUMBERS = st.floats(width=64) | st.sampled_from([0.0, -0.0, 5e-324, 1e308, -1e308, math.inf, -math.inf, math.nan, 1.0])


@settings(max_examples=60)
@given(
    st.integers(1, 3).flatmap(lambda m: st.lists(st.lists(NUMBERS, min_size=m, max_size=m), min_size=1, max_size=8)),
    st.sampled_from([0.0, 1.0, -3.7, 1e-300, 1e300, 5e-324, 1.7e308, -1.7e308]),
    st.tuples(*[st.sampled_from([0.0, 1e-12, 0.02, 1.0, 1e3])] * 2),
    st.integers(1, 8),
    st.sampled_from([1, 2]),
    st.sampled_from([0.0, 1e-6]),
)
def test_whatever_f_returns_a_line_ends_and_stays_in_its_room(values, x, room, pairs, target, rtol):
    size = abs(x) if abs(x) >= 2.0**-1022 else 1.0
    room = [min(size * part, math.nextafter(math.inf, 0) - size) for part in room]
    f = iter(values * 40)
    case = Case(lambda t: next(f), x, size, *room, rtol=rtol, pairs=pairs, target=target)
    found = agree(case)
    assert len(found.h) <= 16
    for h, sides in zip(found.h, found.sides, strict=True):
        assert 0 < h <= (room[0] if sides & DOWN else math.inf)
        assert h <= (room[1] if sides & UP else math.inf)
        assert len(set(found.h)) == len(found.h)
    for V, E, flags in zip(found.V, found.E, found.flags, strict=True):
        assert (E >= 0).all()
        assert not np.isinf(V).any()
        assert np.isinf(E[np.array(flags) & (NOT_FINITE | UNRESOLVED | KINK | JUMP) != 0]).all()


# -------------------------------------------------------------------------------------------- what a line may meet

WAYS = {
    "planned": Case(np.sin),
    "extra": Case(np.log1p, x=0.01, size=0.01, first=1e-2),
    "shrink": Case(lambda t: np.sin(1e5 * t)),
    "no gain": Case(lambda t: np.sqrt(t - 0.98), first=1e-2, pairs=4),
    "cap": Case(lambda t: np.where(abs(t - 1) < 2e-3, np.sin(t), np.nan), pairs=4),
    "grow": Case(lambda t: 1e-9 * t**2 + 1, first=1e-9),
    "probe": Case(lambda t: t * 0 + 3),
    "bury": Case(lambda t: [np.sin(t), np.nan if t != 1 else 1.0]),
    "switch": Case(lambda t: np.sqrt(t - 1)),
    "bound": Case(np.sin, low=0.0),
    "rtol": Case(np.sin, rtol=1e-3, pairs=4),
    "exhausted": Case(np.exp, x=1e-10, size=1e-10, low=0.0, pairs=8),
}


def test_every_way_that_a_line_can_take_is_taken():
    for name, case in WAYS.items():
        assert name in agree(case).path, name


def test_sixteen_levels_are_all():
    """Seventeen are wanted on one side, and each step that is 32 times larger is worth it."""
    assert len(agree(WAYS["exhausted"]).h) == 16


def test_a_corner_is_named():
    run = agree(Case(lambda t: np.abs(t - 1) + t))
    assert run.flags[-1] == [KINK]
    assert run.E[-1] == np.inf
    run = agree(Case(lambda t: np.sign(t - 1) + t))
    assert run.flags[-1] == [JUMP]
    assert np.isnan(run.V[-1]).all()


def test_no_dependence_and_noise_are_named():
    assert agree(Case(lambda t: 3 + 0 * t)).flags[-1] == [NO_DEPENDENCE]
    assert agree(Case(lambda t: np.sin(t), noise=1e-6)).flags[-1] == [NOISY]


def test_what_is_unresolved_has_no_finite_error():
    """An output that does not move beyond its noise, where that is far above rounding, may vary over less."""
    run = agree(Case(lambda t: [np.sin(t), 1e-9 * np.sin(1e9 * t)], noise=1e-6))
    assert run.flags[-1][1] == NOISY | UNRESOLVED
    assert run.E[-1][1] == np.inf


# -------------------------------------------------------------------------------------------------------- any order


@pytest.mark.parametrize("m", [1, 9])
def test_lines_do_not_know_of_each_other(m):
    cases = []
    for seed in range(30):
        case = random_case(seed % 14, m)  # those without jitter, whose samples depend on the order
        case.eps, case.first, case.rtol, case.pairs, case.target = EPS[np.float64], 1e-2, 0.0, 3, 1
        cases.append(case)
    alone = [one(case).bits() for case in cases]
    order = np.random.default_rng(3).permutation(len(cases))
    assert [run.bits() for run in core(cases)] == alone
    assert [run.bits() for run in core([cases[k] for k in order])] == [alone[k] for k in order]


@pytest.mark.parametrize("kind", EPS)
@pytest.mark.parametrize("target", [1, 2])
def test_a_step_is_exact_in_the_format_of_x(kind, target):
    """Both nodes are numbers of that format, so that f sees the very step; beyond x it is a power of two."""
    rng = np.random.default_rng(7)
    for _ in range(60):
        x = float(kind(rng.choice([-1, 1]) * rng.uniform(0.5, 2.0) * 2.0 ** rng.integers(-3, 6)))
        low, high = (float(kind(abs(x) * part)) for part in rng.choice([0.0, 0.01, 10.0], 2))
        run = one(Case(lambda t: np.sin(3 * t), x, abs(x), low, high, EPS[kind], 0.1, pairs=4, target=target))
        for h, sides in zip(run.h, run.sides, strict=True):
            if h > abs(x):
                assert math.frexp(h)[0] == 0.5
            elif sides & UP:
                assert kind(x + h) == x + h
                assert Fraction(x + h) - Fraction(x) == Fraction(h)
            if h <= abs(x) and sides & DOWN:
                assert kind(x - h) == x - h
                assert Fraction(x) - Fraction(x - h) == Fraction(h)


def test_no_step_is_beyond_a_bound_that_is_no_multiple_of_the_grid():
    """One spacing inward from a rounded step may be outside on the other side, where two grids meet."""
    for x in (1 - 2.0**-53, 1.0, -1.0, math.nextafter(2, 0)):
        for part in (0.4, 0.7, 1.3, 2.6):
            run = one(Case(np.sin, x, 1.0, part * 2.0**-52, part * 2.0**-52))
            assert all(h <= part * 2.0**-52 for h in run.h)


def test_the_end_of_the_number_range_is_stepped_from_inward():
    most = np.finfo(float).max
    for x, low, high in ((most, 1e307, 0.0), (-most, 0.0, 1e307)):
        run = one(Case(lambda t: t / 1e300, x, most, low, high))
        assert run.h
        assert np.isfinite(run.h).all()
        assert abs(run.V[-1][0] - 1e-300) <= run.E[-1][0] <= 1e-312


@pytest.mark.parametrize("x", [1e-300, 1e-200, 1e-100, 1e100, 1e200, 1e300])
@pytest.mark.parametrize("target", [1, 2])
def test_steps_whose_squares_leave_the_range_of_numbers(x, target):
    """Derivatives of c t/x + c (t/x)^2 at x, with c such that the second one, 2c/x^2, is a number."""
    c = 10.0 ** (math.log10(x) * (1 if abs(math.log10(x)) > 150 else 0))
    run = agree(Case(lambda t: c * (t / x) + c * (t / x) ** 2, x, x, 0.5 * x, 0.5 * x, target=target))
    expected = 3 * (c / x) if target == 1 else 2 * (c / x) / x
    assert run.flags[-1] == [0]
    assert abs(run.V[-1][0] - expected) <= run.E[-1][0] <= 1e-4 * expected


# -------------------------------------------------------------------------------------------------------- honesty


def check_polynomials(run):
    """With k pairs a polynomial of degree 2k has no truncation: what is left is the noise of its samples."""
    rng = np.random.default_rng(11)
    for pairs in (1, 2, 3, 4):
        for _ in range(10):
            c = np.polynomial.Polynomial(rng.uniform(-1, 1, 2 * pairs + 1))
            case = Case(c, x=0.75, size=0.75, low=0.7, high=0.7, pairs=pairs, first=0.03)
            error = abs(run(case).V[-1][0] - c.deriv()(0.75))
            assert error <= 300 * 2.0**-52 / 0.03, "five roundings of |f| < 9 over h, weights below 6"


def test_polynomials_are_found_to_rounding():
    check_polynomials(one)


SIMPLE = [
    (np.sin, np.cos),
    (np.exp, np.exp),
    (np.log, lambda t: 1 / t),
    (np.sqrt, lambda t: 0.5 / np.sqrt(t)),
    (lambda t: 1 / (1 + 25 * t * t), lambda t: -50 * t / (1 + 25 * t * t) ** 2),
    (lambda t: np.sin(20 * t), lambda t: 20 * np.cos(20 * t)),
    (lambda t: np.exp(-1 / t), lambda t: np.exp(-1 / t) / t**2),
    (np.arctan, lambda t: 1 / (1 + t * t)),
    (lambda t: t**8, lambda t: 8 * t**7),
    (lambda t: t * np.cos(5 * t), lambda t: np.cos(5 * t) - 5 * t * np.sin(5 * t)),
]


def coverage(run, **wishes):
    """The part of simple cases in which the error is within its bound, and the median of bound over error."""
    held, ratio = [], []
    for f, slope in SIMPLE:
        for x in np.random.default_rng(5).uniform(0.2, 3.0, 25):
            found = run(Case(f, x, x, 0.9 * x, 0.9 * x, **wishes))
            error = abs(found.V[-1][0] - slope(x))
            held.append(error <= found.E[-1][0])
            ratio.append(found.E[-1][0] / max(error, 1e-17))
    return np.mean(held), np.median(ratio)


@pytest.mark.parametrize("pairs", [1, 2, 3, 4])
def test_the_error_covers(pairs):
    """The goal is 99 of 100 on functions of all kinds; these are tame, and the slopes of NumPy are right to an ulp."""
    held, tightness = coverage(one, pairs=pairs, blind=True)
    assert held >= (0.99 if pairs > 1 else 0.93), "one pair has no second opinion"
    assert tightness < 60, "a bound that is always infinite would cover, too"


# ---------------------------------------------------------------------------------------------------- planted faults

FAULTS = {
    "the factor 2 of T": ("reference_adaptive", "div(2.0 * T + o.noise, unit)", "div(T + o.noise, unit)"),
    "smaller levels": ("reference_adaptive", "T = fmax(T, o.at(output, level))", "pass"),
    "other subsets": ("reference_adaptive", "T = fmax(T, abs(o.value - other.absolute() * unit))", "pass"),
    "contradiction": ("reference_adaptive", "found.error *= factor", "pass"),
    "the even part": ("reference_adaptive", "fmax(fmax(abs(a), abs(b)), 0.25", "fmax(abs(a), 0.25"),
    "the root": ("reference_adaptive", "1.5 * root)", "0.0)"),
    "the nearer first": ("reference_adaptive", "if left >= 2:  #", "if left >= 99:  #"),
    "inward": ("reference_trials", "for inward in (0, 1)", "for inward in (0, 0)"),
    "kappa": ("reference_trials", "KAPPA = 5.0", "KAPPA = 4.0"),
    "rounding of x": ("reference_trials", "if self.blind[i] else", "if False else"),
    "shrink": ("reference_trials", "self.shrink *= 2", "self.shrink *= 3"),
    "a kink": ("reference_trials", "if kink >= 2", "if kink >= 1"),
    "room": ("reference_trials", "UP: self.high", "UP: self.low"),
}


def spoilt(name):
    """The twin with a fault in it."""
    file, good, bad = FAULTS[name]
    made = {}
    for module in (reference_adaptive, reference_trials):
        text = Path(module.__file__).read_text()
        if module.__name__ == file:
            assert text.count(good) == 1, good
            text = text.replace(good, bad)
        text = text.replace("import reference_adaptive as ra\n", "").replace("from reference_adaptive import", "#")
        copy = types.ModuleType(module.__name__)
        copy.__dict__.update(made)
        made_by = compile(text, module.__file__, "exec")
        sys.modules["spoilt_" + module.__name__] = copy
        copy.__name__ = "spoilt_" + module.__name__
        exec(made_by, copy.__dict__)
        made = {"ra": copy, **{k: getattr(copy, k) for k in dir(copy) if k.isupper()}}
    return copy


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name):
    module = spoilt(name)
    cases = list(WAYS.values()) + [random_case(seed, 1) for seed in range(340)]
    assert any(one(case).bits() != twin(case, module).bits() for case in cases)


@pytest.mark.parametrize("name", ["rounding of x"])
def test_an_error_without_its_parts_does_not_cover(name):
    module, wishes = spoilt(name), {"pairs": 4, "blind": True}
    assert coverage(lambda case: twin(case, module), **wishes)[0] < coverage(one, **wishes)[0]


# --------------------------------------------------------------------------------------------------------- the door


def test_the_door_refuses_what_c_does_not_expect():
    case = Case(lambda t: [np.sin(t), t])
    trials, zero = begun([case]), np.array([0])
    for which, side, Y, message in [
        (np.array([1]), UP, np.zeros((1, 2)), "line 1, expected 0 to 0"),
        (np.array([-1]), UP, np.zeros((1, 2)), "line -1"),
        (zero, 3, np.zeros((1, 2)), "side 3"),
        (zero, 0, np.zeros((1, 2)), "side 0"),
        (zero, UP, np.zeros((1, 3)), "samples of shape"),
    ]:
        with pytest.raises(TypeError, match=message):
            trials.put(which, side, Y)
    with pytest.raises(TypeError, match="twice"):
        trials.decide(np.array([0, 0]))
    with pytest.raises(TypeError, match="line 7"):
        trials.decide(np.array([7]))
    with pytest.raises(TypeError, match="expected 1 elements"):
        trials.__init__(*[np.ones(9)] * 4, *[np.ones((1, 2))] * 2, np.ones((1, 2), bool), 1.0, 1.0, 1.0, 0.0, 1, 1)


def test_a_line_that_is_finished_takes_no_more():
    trials, which = begun([Case(np.sin)]), np.array([0])
    for _ in range(16):  # nothing was put: what was not sampled counts as not finite
        if trials.waiting()[0].size:
            trials.decide(which)
    assert not trials.waiting()[0].size
    with pytest.raises(TypeError, match="finished"):
        trials.decide(which)
    with pytest.raises(TypeError, match="finished"):
        trials.put(which, UP, np.zeros((1, 1)))
