"""Lines for the tests of the adaptive core: what the core and its slow twin make of a function of one variable."""

import math
from dataclasses import dataclass, field

import numpy as np
import reference_trials

from numjac._trials import DOWN, UP, Trials

EPS = {np.float64: 2.0**-52, np.float32: 2.0**-23, np.float16: 2.0**-10}


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
    frugal: bool = False
    calm: bool = False
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


def begun(cases, ragged=False):
    """One object for lines that agree in what belongs to all of them; ragged ones may differ in their outputs."""
    c = cases[0]
    columns = [np.array([getattr(case, name) for case in cases]) for name in ("x", "size", "low", "high")]
    join = np.concatenate if ragged else np.array
    value = join([case.at(case.x) for case in cases])
    noise = join([np.full(case.m, float(case.noise)) for case in cases])
    blind = join([np.full(case.m, case.blind) for case in cases])
    start = np.append(0, np.cumsum([case.m for case in cases])) if ragged else None
    told = (c.eps, c.eps / 2, c.first, c.rtol, c.pairs, c.target, c.frugal, c.calm)
    return Trials(*columns, value, noise, blind, *told, start)


def core(cases, ragged=False):
    """What the core makes of some lines in one object."""
    trials, runs = begun(cases, ragged), [Run([], [], [], [], []) for _ in cases]
    tables = [table.reshape(-1) for table in (trials.V, trials.E, trials.flags)]
    for _ in range(17):
        which, h, sides = trials.waiting()
        if not which.size:
            return runs
        for side, sign in ((UP, 1), (DOWN, -1)):
            asked = which[(sides & side) != 0]
            steps = h[(sides & side) != 0]
            if asked.size:
                Y = [cases[c].at(cases[c].x + sign * s) for c, s in zip(asked, steps, strict=True)]
                trials.put(asked, side, np.concatenate(Y) if ragged else np.array(Y))
        trials.decide(which)
        for c, step, side in zip(which, h, sides, strict=True):
            run, own = runs[c], slice(trials.start[c], trials.start[c + 1])
            run.h.append(float(step)), run.sides.append(int(side))
            for told, table in zip((run.V, run.E, run.flags), tables, strict=True):
                told.append(table[own].copy())
    raise AssertionError("a line that does not end")


def twin(case, module=reference_trials):
    """What the twin makes of a line."""
    names = ("x", "size", "low", "high", "eps", "first", "rtol", "pairs", "target", "frugal", "calm")
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


# ------------------------------------------------------------------------------------------------- functions of one t


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
        bool(rng.integers(4) == 0),
        bool(rng.integers(4) == 0),
    )


# With their derivatives.
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

# Those that vary 10 times within 1, so that far from 0 the rounding of 20 t shows.
FAST = [
    (lambda t: np.sin(20 * t), lambda t: 20 * np.cos(20 * t)),
    (lambda t: np.exp(np.sin(7 * t)), lambda t: 7 * np.cos(7 * t) * np.exp(np.sin(7 * t))),
]


def coverage(run, functions, cases):
    """The part of all in which the error is within its bound, and the median of bound over error."""
    held, ratio = [], []
    for f, slope in functions:
        for case in cases(f):
            found = run(case)
            error = abs(found.V[-1][0] - slope(case.x))
            held.append(error <= found.E[-1][0])
            ratio.append(found.E[-1][0] / max(error, 1e-17))
    return np.mean(held), np.median(ratio)
