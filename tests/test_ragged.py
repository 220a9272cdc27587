"""Adaptive lines that each have outputs of their own: the same bits as alone, whoever is beside them."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from trials import Case, begun, core, one, random_case

import numjac.numeric.adaptive as adaptive
from numjac._trials import DOWN, UP
from numjac.numeric.adaptive import Adaptive, differentiate
from numjac.numeric.families import Family, Ragged
from numjac.numeric.noise import Roughness
from numjac.result import Flag

EPS = 2.0**-52


# ---------------------------------------------------------------------------------------------------------- the core


def several(sizes, pairs=3):
    """Lines with so many outputs, that agree in what belongs to all; without jitter, which depends on the order."""
    cases = []
    for seed, m in enumerate(sizes):
        case = random_case(seed % 14, m) if m else Case(lambda t: [])
        fixed = {"eps": EPS, "first": 1e-2, "rtol": 0.0, "pairs": pairs, "target": 1, "frugal": False, "calm": False}
        cases.append(replace(case, **fixed, seen={}))
    return cases


@pytest.mark.parametrize("m", [1, 2, 9])
def test_lines_with_as_many_outputs_each_are_those_of_a_table(m):
    cases = several([m] * 28)
    assert [run.bits() for run in core(cases, ragged=True)] == [run.bits() for run in core(cases)]


@pytest.mark.parametrize("pairs", [1, 2, 5])
def test_lines_with_more_and_fewer_outputs_do_not_know_of_each_other(pairs):
    """Some take more steps than others, and their samples move to where there is room for them."""
    rng = np.random.default_rng(pairs)
    cases = several(rng.integers(0, 10, 56), pairs)
    alone = [one(case).bits() for case in cases]
    assert len({len(case.seen) for case in cases}) > 4
    order = rng.permutation(len(cases))
    assert [run.bits() for run in core(cases, ragged=True)] == alone
    assert [run.bits() for run in core([cases[k] for k in order], ragged=True)] == [alone[k] for k in order]


def test_samples_are_remembered_when_lines_move():
    """One line after the other decides, each as often as it likes, which is when rooms are widened in any order."""
    cases = several([1, 2, 0] * 14, pairs=1)
    trials, seen = begun(cases, ragged=True), {}
    rng = np.random.default_rng(4)
    while (waiting := trials.waiting())[0].size:
        k = rng.integers(waiting[0].size)
        c, h, sides = (part[k] for part in waiting)
        for side, sign in ((UP, 1), (DOWN, -1)):
            if sides & side:
                seen[c, trials.table(c).size, sign] = y = cases[c].at(cases[c].x + sign * h)
                trials.put(np.array([c]), side, y)
        trials.decide(np.array([c]))
    assert max(level for _, level, _ in seen) >= 2, "a room was widened twice"
    for c, level in {key[:2] for key in seen}:
        nothing = np.full(cases[c].m, np.nan)
        for i in range(cases[c].m):
            expected = [seen.get((c, level, -1), nothing)[i], cases[c].at(cases[c].x)[i]]
            expected.append(seen.get((c, level, 1), nothing)[i])
            np.testing.assert_array_equal(trials.around(c, level, i), expected)


def test_a_line_without_outputs_is_finished_at_once():
    trials = begun(several([2, 0, 0, 3]), ragged=True)
    assert list(trials.waiting()[0]) == [0, 3]
    with pytest.raises(TypeError, match="line 1 is finished"):
        trials.put(np.array([1]), UP, np.zeros(0))
    assert trials.steps()[0][1] == 0
    assert not begun(several([0, 0]), ragged=True).waiting()[0].size
    assert not begun(several([0, 0])).waiting()[0].size


def test_the_door_refuses_what_does_not_fit():
    trials = begun(several([2, 1]), ragged=True)
    both = np.array([0, 1])
    for which, Y in [(both, np.zeros(2)), (both, np.zeros((1, 3))), (both[:1], np.zeros(3)), (both, np.zeros((2, 2)))]:
        with pytest.raises(TypeError, match="samples of shape"):
            trials.put(which, UP, Y)
    with pytest.raises(TypeError, match="twice"):
        trials.decide(np.array([1, 0, 1]))
    trials.decide(both)
    for line, level, output in [(0, 0, 2), (1, 0, 1), (0, 1, 0), (0, -1, 0), (0, 0, -1)]:
        with pytest.raises(TypeError, match="no output"):
            trials.around(line, level, output)
    with pytest.raises(TypeError, match="line 2, expected"):
        trials.around(2, 0, 0)


@pytest.mark.parametrize(
    "start", [[0, 2, 1, 3], [1, 2, 2, 3], [0, 1, 3], [0, 1, 2, 3, 3], [0.0, 1.0, 2.0, 3.0], [[0, 1, 2, 3]]]
)
def test_a_start_that_is_none_is_refused(start):
    with pytest.raises(TypeError, match="start: expected 4 numbers"):
        made(np.array(start), 3)


def test_a_start_that_ends_elsewhere_is_refused():
    assert made(np.array([0, 2, 2, 3]), 3).V.shape == (3,)
    with pytest.raises(TypeError, match=r"found \(3,\), expected \(4,\)"):
        made(np.array([0, 2, 2, 4]), 3)


def made(start, total):
    trials = begun(several([1, 1, 1]))
    known = np.zeros(total), np.zeros(total), np.zeros(total, bool)
    return type(trials)(*[np.ones(3)] * 4, *known, EPS, EPS / 2, 1e-3, 0.0, 2, 1, start=start)


# ------------------------------------------------------------------------------------------------------------ families

PIECES = [
    lambda t: t * t * t - t,
    abs,
    lambda t: 1 / (t + 3),
    lambda t: math.sqrt(t) if t >= 0 else math.nan,
    lambda t: math.sin(40 * t),
    lambda t: 1 + 1e-12 * t,
    lambda t: 2.0,
]


class Sum:
    """Outputs that are sums of functions of one entry each; a few entries for each output."""

    def __init__(self, seed, m=24, n=30):
        self.rng = np.random.default_rng(seed)
        self.pattern = (self.rng.random((m, n)) < 0.12) & (np.arange(n) % 8 != 6)
        self.kind = self.rng.integers(0, len(PIECES), (m, n))
        self.weight = self.rng.normal(size=(m, n))
        self.x = np.where(self.rng.random(n) < 0.2, 0.0, self.rng.uniform(-0.5, 2.0, n))
        self.noise = self.rng.choice([0.0, 1e-12, 1e-7], m)
        self.blind = self.rng.random(m) < 0.2

    def __call__(self, x):
        terms = self.weight * [[PIECES[k](float(t)) for k, t in zip(row, x, strict=True)] for row in self.kind]
        terms = np.where(self.pattern, terms, 0.0)
        return np.array([sum(map(float, row)) for row in terms])

    def plan(self, order=4):
        return Adaptive(order, Roughness(self.noise, self.blind, 1e-12), 2.0**-53)

    def groups(self):
        """Columns of one group share no row."""
        group, taken = [], []
        for column in self.pattern.T:
            k = next((k for k, rows in enumerate(taken) if not (rows & column).any()), len(taken))
            taken[k : k + 1] = [column | (taken[k] if k < len(taken) else False)]
            group.append(k)
        return np.array(group, int)


class Lines:
    """The axes through the point of such a function, a few of them nearly at a bound."""

    def __init__(self, f, entry):
        self.f, self.entry, self.x = f, entry, f.x[entry]
        self.size = np.where(self.x == 0, 1.0, abs(self.x))
        self.low, self.high = np.where(entry % 7 == 3, 0.0, 1e3), np.where(entry % 5 == 4, 1e-9, 1e3)
        self.calls = []

    def points(self, place, count, which, at):
        X = np.tile(self.f.x, (count, 1))
        X[place, self.entry[which]] = at
        self.calls.append(count)
        return np.array([self.f(x) for x in X]).reshape(count, -1)


class Sparse(Lines, Ragged):
    """Each line has the outputs that depend on its entry, `wide` doubles for each."""

    def __init__(self, f, wide=1):
        super().__init__(f, np.arange(f.x.size))
        self.start = np.append(0, wide * np.cumsum(f.pattern.sum(axis=0)))
        self.outputs = (wide * np.nonzero(f.pattern.T)[1][:, None] + np.arange(wide)).reshape(-1)
        self.value, self.group = f(f.x)[self.outputs // wide], f.groups()
        self.wide = wide

    def sample(self, which, at):
        place, group = self.places(which)
        np.testing.assert_array_equal(group[place], self.group[which])
        Y = self.points(place, group.size, which, at)
        return np.concatenate(
            [
                Y[p, self.outputs[self.start[c] : self.start[c + 1]] // self.wide]
                for p, c in zip(place, which, strict=True)
            ]
        )


class Alone(Lines, Family):
    """One of these lines, with nothing but the outputs that depend on it."""

    def __init__(self, f, column):
        super().__init__(f, np.array([column]))
        self.rows = np.flatnonzero(f.pattern[:, column])
        self.value = f(f.x)[np.newaxis, self.rows]

    def sample(self, which, at):
        return self.points(np.arange(which.size), which.size, which, at)[:, self.rows]


def each_alone(f, order):
    for column in range(f.x.size):
        family, plan = Alone(f, column), f.plan(order)
        rough = replace(plan.roughness, noise=f.noise[family.rows], blind=f.blind[family.rows])
        yield family, differentiate(family, replace(plan, roughness=rough), EPS)


@pytest.mark.parametrize("held", [1, 200, 2**21])
@pytest.mark.parametrize("order", [2, 4, 8])
def test_a_line_in_a_group_is_what_it_is_alone(held, order, monkeypatch):
    monkeypatch.setattr(adaptive, "HELD", held)
    f = Sum(order)
    family = Sparse(f)
    found, kinks, least = differentiate(family, f.plan(order), EPS), [], 0
    assert found.J.shape == found.error.shape == found.flags.shape == (np.count_nonzero(f.pattern),)
    for column, (alone, expected) in enumerate(each_alone(f, order)):
        own = slice(*family.start[column : column + 2])
        np.testing.assert_array_equal(found.J[own], expected.J[:, 0])
        np.testing.assert_array_equal(found.error[own], expected.error[:, 0])
        np.testing.assert_array_equal(found.flags[own], expected.flags[:, 0])
        assert found.step[column] == expected.step[0]
        kinks += [replace(kink, output=int(alone.rows[kink.output]), column=column) for kink in expected.kinks]
        least += sum(alone.calls)
    assert found.kinks == kinks
    assert sum(family.calls) < 0.6 * least, "groups save evaluations"


def test_those_lines_meet_much():
    functions = {order: Sum(order) for order in (2, 4, 8)}
    found = [differentiate(Sparse(f), f.plan(order), EPS) for order, f in functions.items()]
    flags = np.bitwise_or.reduce(np.concatenate([estimate.flags for estimate in found]))
    for flag in (Flag.ONE_SIDED, Flag.NOT_FINITE, Flag.KINK, Flag.NOISY, Flag.NO_DEPENDENCE):
        assert flags & flag
    assert not any(f.pattern.any(axis=0).all() for f in functions.values()), "some lines have no outputs"


def test_complex_outputs_are_pairs():
    """Both halves are the same function here, so each number is (1 + i) times a real one."""
    f = Sum(4)
    plan, family = f.plan(), Sparse(f, wide=2)
    rough = replace(plan.roughness, noise=np.repeat(f.noise, 2), blind=np.repeat(f.blind, 2))
    found = differentiate(family, replace(plan, roughness=rough), EPS, of_complex=True)
    real = differentiate(Sparse(f), plan, EPS)
    np.testing.assert_array_equal(found.J.real, real.J)
    np.testing.assert_array_equal(found.J.imag, real.J)
    np.testing.assert_array_equal(found.error, np.hypot(real.error, real.error))
    np.testing.assert_array_equal(found.flags, real.flags)
    assert found.kinks == [kink for kink in real.kinks for _ in range(2)]
    assert found.nonfinite == real.nonfinite


def test_blocks_are_whole_groups():
    family = Sparse(Sum(0))
    count = np.diff(family.start)
    size = np.bincount(family.group, count)
    for held in (0, 20, 40, 10**9):
        blocks = family.blocks(held)
        assert sorted(np.concatenate(blocks)) == list(range(count.size))
        owners = [set(family.group[block]) for block in blocks]
        assert sum(map(len, owners)) == size.size, "no group is in two blocks"
        assert all(count[block].sum() <= held or len(own) == 1 for block, own in zip(blocks, owners, strict=True))
        assert all(count[a].sum() + size[min(own)] > held for a, own in zip(blocks, owners[1:], strict=False)), "full"
    assert all(max(a) < min(b) for a, b in pairwise(owners))


def test_no_lines_are_no_blocks():
    f = Sum(0, n=0)
    assert Sparse(f).blocks(10) == []
    found = differentiate(Sparse(f), f.plan(), EPS)
    assert found.J.shape == found.step.shape == (0,)


def test_a_line_that_is_asked_for_twice_is_at_two_points():
    family = Sparse(Sum(0))
    family.group = np.array([5, 2, 5, 2, 9])
    place, group = family.places(np.array([0, 1, 2, 0, 3]))
    assert list(group) == [2, 5, 5]
    assert list(place) == [1, 0, 1, 2, 0]
    assert [part.size for part in family.places(np.arange(0))] == [0, 0]
