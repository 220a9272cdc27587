"""
The slow twin of extrapolate.c in plain Python floats; planner.c and trials.c have theirs beside it.

The same arithmetic in the same order, so that steps, flags, derivatives and errors can be compared bit for bit. What
the core does for speed alone - tables that outputs share, candidates that are given up early - is not done here.

Of a line in one variable the odd and the even part are known at some steps h, the *levels*:

    odd = [f(x+h) - f(x-h)] / 2 = f'h + f'''h^3/6 + ...,     even = [f(x+h) + f(x-h)] / 2 - f(x) = f''h^2/2 + ...

or on one side the change +-(f(x+-h) - f(x)). Odd and even stand for both below; on one side there is no even part.
"""

import math
from dataclasses import dataclass

LEVELS, WIDEST, VOICES = 16, 8, 8
NOT_FINITE, NOISY, UNRESOLVED, KINK, JUMP, NO_DEPENDENCE = 1, 16, 32, 64, 128, 256
UP, DOWN, BOTH = 1, 2, 3
TINIEST, LARGEST = 5e-324, 1.7976931348623157e308


# ------------------------------------------------------------------------------------------------- arithmetic of C


def div(a, b):
    """A quotient as IEEE 754 defines it."""
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)


def fmax(a, b):
    """The larger; a NaN gives way to a number."""
    return a if a > b or math.isnan(b) else b


def fmin(a, b):
    """The smaller, likewise."""
    return a if a < b or math.isnan(b) else b


def total(terms):
    """A sum from left to right; sum() compensates since Python 3.12."""
    result = 0.0
    for term in terms:
        result += term
    return result


def scaled(x, k):
    """x 2^k, infinite where that is out of range."""
    try:
        return math.ldexp(x, k)
    except OverflowError:
        return math.copysign(math.inf, x)


def ilogb(x):
    """The exponent of a number; far outside for what has none."""
    if x == 0 or not math.isfinite(x):
        return -(2**31) if x == 0 or math.isnan(x) else 2**31 - 1
    return math.frexp(x)[1] - 1


def within(k, most):
    return max(-most, min(k, most))


def log2(x):
    """log2 by a parabola between powers of two, which it meets; continuous, ascending, to a hundredth."""
    if not x > 0:
        return -4096.0
    if math.isinf(x):
        return 4096.0
    m, exponent = math.frexp(x)
    m *= 2.0
    return exponent - 1 + ((-1.0 / 3.0) * m + 2.0) * m - 5.0 / 3.0


def exp2(y):
    """2^y likewise."""
    if not y >= -1081:
        return 0.0
    if y >= 1024:
        return math.inf
    whole = math.floor(y)
    part = y - whole
    return math.ldexp(((1.0 / 3.0) * part + 2.0 / 3.0) * part + 1.0, whole)


# --------------------------------------------------------------------------------------------------- extrapolation


@dataclass
class Model:
    """What is said of an output: value, error, and the series term_l = size * decay^(l-1) at step H."""

    value: float
    error: float
    size: float = 0.0
    decay: float = 0.0
    H: float = 0.0
    noise: float = 0.0
    resolved: bool = False


@dataclass
class Output:
    """
    The levels of one output, in units of 2^exponent.

    `noise` bounds the errors of its samples up to each level. `argument` is by how much x may be wrong inside f; times
    the slope it adds to the noise, but no more than `most` times as much.
    """

    odd: list
    even: list
    noise: list
    argument: float
    most: float
    exponent: int

    def signal(self):
        """The largest change along the line, in units of the noise."""
        return div(max(max(abs(a), abs(b)) for a, b in zip(self.odd, self.even, strict=True)), self.noise[-1])


def root(t, first, power):
    """(t / first)^power; 0 of what vanishes."""
    return exp2((log2(t) - log2(first)) * power) if t > 0 else 0.0


def lagrange(s, j):
    """Coefficients of the polynomial that is 1 at s_j and 0 at the others, prod (t - s_o) / prod (s_j - s_o)."""
    p, divisor = [1.0], 1.0
    for o, other in enumerate(s):
        if o != j:
            p = [low - other * high for low, high in zip([0.0, *p], [*p, 0.0], strict=True)]  # p(t) * (t - s_o)
            divisor *= s[j] - other
    return [div(c, divisor) for c in p]


class Subset:
    """Neighbouring levels first ... last, and the polynomial in s = (h/H)^2, on one side s = h/H, through them."""

    def __init__(self, h, first, size, onesided, target):
        self.first, self.size, self.onesided = first, size, onesided
        self.h, self.H = h[first : first + size], h[first + size - 1]
        r = [step / self.H for step in self.h]
        s = r if onesided else [a * a for a in r]
        self.W = [lagrange(s, j) for j in range(size)]
        # What the next coefficient is multiplied by: prod s_j; for a slope at 0 its derivative, prod s_j sum 1/s_j.
        self.product = math.prod(s)
        if onesided and target == 2:
            self.product *= total(div(1.0, a) for a in s)
        # Errors of size 1 in f, of samples independent of each other, in coefficient l.
        self.odd, self.even = [], []
        for l in range(size):
            w = [div(self.W[j][l], r[j]) for j in range(size)]
            self.odd.append((2.0 if onesided else 1.0) * math.sqrt(total(a * a for a in w)))
            self.even.append(2.0 * math.sqrt(total(div(a, b) * div(a, b) for a, b in zip(w, r, strict=True))))

    def polynomial(self, y):
        """Coefficients in s, the value at 0 as a correction of the nearest y."""
        c = [total(self.W[j][l] * (y[j] - y[0]) for j in range(self.size)) for l in range(self.size)]
        return [c[0] + y[0], *c[1:]]


class Opinion:
    """What one subset says of one output, in units of its H."""

    def __init__(self, table, S, output, prior):
        self.S, self.table = S, table
        onesided, k, levels = table.onesided, S.size, slice(S.first, S.first + S.size)
        up = [S.H / h for h in S.h]
        self.odd = S.polynomial([y * u for y, u in zip(output.odd[levels], up, strict=True)])
        self.even = [0.0] * k
        if not onesided:
            self.even = S.polynomial([y * u * u for y, u in zip(output.even[levels], up, strict=True)])
        self.sample_noise = noise = output.noise[S.first + k - 1]
        # A level of the series is the larger of its parities, so that one that vanishes fools nobody, and its noise.
        least = S.odd if onesided else [fmin(a, b) for a, b in zip(S.odd, S.even, strict=True)]
        self.term = [
            fmax(fmax(abs(a), abs(b)), 0.25 * noise * floor)
            for a, b, floor in zip(self.odd, self.even, least, strict=True)
        ]
        row = 1 if onesided and table.target == 2 else 0
        flat = bool(row) and k > 1 and self.term[0] < self.term[1]
        if flat:
            self.level_out()
        even = table.target == 2 and not onesided
        self.value = 0.0 if k <= row else self.even[0] if even else self.odd[row]
        noise += fmin(output.argument / S.H * abs(self.odd[0]), output.most * noise)
        self.noise = noise * (S.even[0] if even else S.odd[min(row, k - 1)])
        self.decay = self.ratio(prior * S.H) if self.term[0] > 0 else 0.0
        self.resolved = self.decay < (0.5 if onesided else 0.25) and k > row + 2 * flat
        self.truncation = 0.0  # of a single level it is told even if it cannot be relied on, see guess
        if self.term[0] > 0 and (self.resolved or k == 1):
            self.truncation = self.next() * self.term[0] * S.product

    def level_out(self):
        """
        Terms from one side where the slope vanishes, so that the bend is the largest of them and takes its place.

        Of an even function every other one vanishes, too: they are as large as the fastest of their roots lets expect.
        """
        term = self.term
        rate = fmax(0.0, max([root(term[l], term[1], 1.0 / (l - 1)) for l in range(2, len(term))], default=0.0))
        term[0] = term[1]
        for l in range(2, len(term)):
            term[l] = rate * term[l - 1]

    def ratio(self, prior):
        """The ratio of terms that follow each other; of a single one that of its parities, or what is expected."""
        k, term = self.S.size, self.term
        if k == 1:
            if self.table.onesided:
                return prior
            q = fmax(div(abs(self.even[0]), abs(self.odd[0])) if self.odd[0] != 0 else 1.0, prior)
            return q * q
        q = div(term[k - 1], term[k - 2])
        if k >= 3:
            q = fmax(q, 0.5 * math.sqrt(div(term[k - 1], term[k - 3])))
        return fmin(q, 1e3)

    def next(self):
        """The next term over the first: by the last ratio, or by 1.5 rho^k, rho the slowest rate that a term tells."""
        k, term = self.S.size, self.term
        if k == 1:
            return self.decay * 1.5
        slowest = 0.0
        if not self.table.onesided and abs(self.odd[0]) > abs(self.even[0]):
            slowest = root(abs(self.even[0]), abs(self.odd[0]), k / 0.5)
        measure = 2 if self.table.onesided and term[0] <= term[1] else 1  # the largest is no part of itself
        for l in range(measure, k):
            slowest = fmax(slowest, root(abs(self.odd[l]), term[0], k / l))
            slowest = fmax(slowest, root(abs(self.even[l]), term[0], k / (l + 0.5)))
        return fmax(div(term[k - 1], term[0]) * self.decay, 1.5 * slowest)

    def at(self, output, level):
        """How far the polynomial misses a level, beyond three noises of that level."""
        even = self.table.target == 2
        if even and self.table.onesided:
            return 0.0
        h = self.table.h[level] / self.S.H
        s, p = h if self.table.onesided else h * h, 0.0
        for c in reversed(self.even if even else self.odd):
            p = p * s + c
        found = div(output.even[level], h * h) if even else div(output.odd[level], h)
        noise = div(2.0, h * h) if even else div(2.0 if self.table.onesided else 1.0, h)
        return abs(found - p) - 3.0 * self.sample_noise * noise

    def absolute(self):
        """The value in absolute units: H for a first derivative, H^2 for half a second one."""
        return div(self.value, self.table.unit(self.S.H))

    def claim(self):
        """The error of a single level if nothing else is there to judge by: 2 T + noise, absolute."""
        return div(2.0 * self.truncation + self.noise, self.table.unit(self.S.H))


class Table:
    """All subsets of the levels at steps h, ascending."""

    def __init__(self, h, onesided, target):
        self.h, self.onesided, self.target = h, onesided, target
        sizes = [(i, size) for i in range(len(h)) for size in range(1, min(WIDEST, len(h) - i) + 1)]
        self.subsets = {(i, size): Subset(h, i, size, onesided, target) for i, size in sizes}

    def unit(self, H):
        return H if self.target == 1 else H * H

    def model(self, o, error):
        error = error if error < math.inf else math.inf
        return Model(o.absolute(), error, o.term[0], fmax(o.decay, 1e-30), o.S.H, o.sample_noise, error < math.inf)

    def smallest(self, output, prior):
        """The model of the smallest level alone."""
        o = Opinion(self, self.subsets[0, 1], output, prior)
        return self.model(o, o.claim() if o.resolved else math.inf)

    def guess(self, opinions):
        """Where nothing is resolved: the level that claims the least error; what it claims is not believed."""
        best = opinions[0, 1]
        for level in range(1, len(self.h)):
            best = opinions[level, 1] if opinions[level, 1].claim() < best.claim() else best
        return self.model(best, math.inf)

    def error_of(self, opinions, key, output):
        """E = 2 T + noise, on one side 4 T; T: the next term, other subsets (Ridders), smaller levels missed."""
        o, (first, size) = opinions[key], key
        if not o.resolved or size == 1:
            return math.inf
        unit, T, others = self.unit(o.S.H), o.truncation, []
        if size < WIDEST and first > 0:
            others.append(opinions[first - 1, size + 1])
        if size < WIDEST and first + size < len(self.h) and opinions[first, size + 1].resolved:
            others.append(opinions[first, size + 1])
        for other in others:
            T = fmax(T, abs(o.value - other.absolute() * unit))
        for level in range(first):
            T = fmax(T, o.at(output, level))
        return div((4.0 if self.onesided else 2.0) * T + o.noise, unit)  # one parity tells less than two

    def extrapolate(self, output, prior):
        """The subset with the least error; the others must not contradict it by more than both admit."""
        if len(self.h) == 1:
            return self.smallest(output, prior)
        opinions = {key: Opinion(self, S, output, prior) for key, S in self.subsets.items()}
        error = {key: self.error_of(opinions, key, output) for key in opinions}
        best = None
        for key in error:
            if error[key] < (math.inf if best is None else error[best]):
                best = key
        if best is None:
            return self.guess(opinions)
        found, factor = self.model(opinions[best], error[best]), 1.0
        for key, o in opinions.items():
            if key != best and error[key] < math.inf and error[key] + error[best] > 0:
                factor = fmax(factor, abs(o.absolute() - found.value) / (error[key] + error[best]))
        found.error *= factor
        return found
