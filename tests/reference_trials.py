"""
The slow twin of trials.c in plain Python: what becomes of one line.

A line is sampled at one step after the other. After each, `decide` finds all derivatives from the samples so far, and
the next step: where the planner finds it most promising, or by the rescue, which makes steps very much smaller or
larger where no plan can help. `path` keeps the names of the decisions, so that tests can tell which were reached.
"""

import math
from dataclasses import dataclass, field

import reference_adaptive as ra
import reference_planner
from reference_adaptive import BOTH, DOWN, JUMP, KINK, LEVELS, NO_DEPENDENCE, NOISY, NOT_FINITE, UNRESOLVED, UP

# What is noise: rounding errors of f, in units of u max|f|, and of its argument, in units of u |x|. The latter count
# for no more than so many times the former, unless f is known to be such that they would not show in its values.
KAPPA, ARGUMENT, MOST_ARGUMENT = 2.0, 0.5, 20.0

# Changes in units of the noise: of an output that moves; one that makes the first level worth going on from; one that
# smaller steps may resolve; an even part that tells a corner from a curve.
MOVING, CLEAR, LOUD, INFORMATIVE = 10.0, 1024.0, 60.0, 75.0
FEW = 2  # levels, twice as many on one side, from which on a bar is good enough to stop by
SURE = 100.0  # how far below the error that is good enough a bar has to be

# What is worth a level: its promise beside what is known, as log2; and beyond what was asked for, where that is poor.
GAIN, LARGE_GAIN, POOR = 0.263, 6.64, 1e-7  # log2(1.2), log2(100), relative
GROW, TINY, RESCUES = 10, 20, 5


@dataclass
class Line:
    """A line: what the caller says of it, and how far it has come."""

    x: float
    size: float
    low: float
    high: float
    eps: float
    first: float
    rtol: float
    pairs: int
    target: int
    frugal: bool = False
    calm: bool = False
    next: float = 0.0
    sides: int = BOTH
    onesided: int = 0
    most: float = 0.0
    budget: int = 0
    rescues: int = 0
    still: int = 0
    shrink: int = 5
    capped: bool = False
    why: str = "planned"
    h: list = field(default_factory=list)
    finite: list = field(default_factory=list)
    flags: list = field(default_factory=list)
    path: list = field(default_factory=list)

    def __post_init__(self):
        """One-sided if the nearer bound is nearer than 1/30 of the first step, or of the farther bound."""
        near, far, h = min(self.low, self.high), max(self.low, self.high), self.first * self.size
        if near < ra.fmin(h, far) / 30.0:
            self.onesided = UP if self.high > self.low else DOWN
            self.path.append("bound")
        self.sides = self.onesided or BOTH
        self.most = self.room()
        self.budget = 2 * self.pairs + 1 if self.onesided else self.pairs
        self.go(h)

    def room(self):
        """How far the line may go on all its sides."""
        return {0: ra.fmin(self.low, self.high), UP: self.high, DOWN: self.low}[self.onesided]

    # ------------------------------------------------------------------------------------------------------- steps

    def on_grid(self, there, inward):
        """The nearest number of the format of x, or the one that is so many farther inward."""
        if not math.isfinite(there):
            return math.nan
        grid = ra.fmax(ra.scaled(self.eps, ra.ilogb(there)), ra.TINIEST)
        multiple = there / grid
        return (float(round(multiple)) - math.copysign(inward, there)) * grid if math.isfinite(multiple) else math.nan

    def exact(self, h):
        """The step that x really takes, going outward, where numbers are farther apart; beyond x a power of two."""
        if not 0 < h < math.inf:
            return 0.0
        if self.x == 0 or h > abs(self.x):
            down = math.ldexp(1.0, ra.ilogb(h))
            up = 2.0 * down
            return up if h > 1.4142135623730951 * down and up <= ra.fmin(self.most, ra.LARGEST) else down
        there = self.x + math.copysign(h, self.x)
        if not math.isfinite(there):
            there = self.x - math.copysign(h, self.x)
        for inward in (0, 1):
            step = abs(self.on_grid(there, inward) - self.x)
            if step <= self.most:
                return step
        return 0.0

    def go(self, h):
        """The next step; none if all levels are used up, or the step was taken before."""
        step = self.exact(ra.fmin(h, self.most)) if len(self.h) < LEVELS else 0.0
        if len(self.h) == LEVELS:
            self.path.append("exhausted")
        self.next = 0.0 if step in self.h else step

    def finite_sides(self, sample):
        """The sides of a level on which all outputs are finite that are not given up."""
        sides = self.sides
        for i, flags in enumerate(self.flags):
            for side in (UP, DOWN):
                if not flags & NOT_FINITE and not math.isfinite(sample[side - 1][i]):
                    sides &= ~side
        return sides

    def usable(self, level):
        sides = self.onesided or BOTH
        return self.finite[level] & sides == sides

    # ------------------------------------------------------------------------------------------------------ rescue

    def reduce(self, h):
        """Much smaller steps: by 2^5, then 2^10, 2^20, ..."""
        self.rescues += 1
        self.why = "shrink"
        self.path.append("shrink")
        self.budget = 2 * self.pairs if self.onesided and self.target == 2 else max(self.pairs - 1, 1)
        self.go(ra.scaled(h, -self.shrink))
        self.shrink *= 2

    def stir(self, table_largest, exactly):
        """
        Nothing moves: steps may be far too small, and 2^10 larger ones tell.

        Or x is a centre of symmetry of something narrow, and 2^20 smaller ones do: at 0, where the magnitude is a mere
        guess, and where there is no room for larger ones.
        """
        stage, self.next = self.still, 0.0
        self.still += 1
        if self.calm or self.rescues >= RESCUES:
            return
        self.rescues += 1
        self.budget, self.why = self.pairs, "grow"
        if stage == 0 or (stage == 1 and not exactly):
            self.path.append("grow")
            self.go(ra.scaled(table_largest, GROW))
        if exactly and (not self.next if stage == 0 else stage == 1 and self.x == 0):
            self.path.append("probe")
            self.go(ra.scaled(self.h[0], -TINY))

    def recover(self, samples):
        """The last level is not finite. Smaller steps, one side, or without the outputs to blame; is there a table?"""
        bad, self.capped = self.h[-1], True
        good = max([h for k, h in enumerate(self.h) if self.usable(k)], default=0.0)
        self.most = ra.fmin(self.most, 0.5 * bad)
        if good:  # the edge is between them, and nobody knows at which power of two
            self.most = ra.fmin(self.most, ra.fmax(math.sqrt(good) * math.sqrt(bad), 2.0 * good))
            self.rescues += 1
            self.path.append("cap")
            return True
        if len(self.h) <= 3:
            self.reduce(min(self.h))
            if self.next:
                return False
        self.capped, self.budget = False, self.pairs
        common = BOTH
        for sides in self.finite:
            common &= sides
        if not self.onesided and common:
            self.path.append("switch")
            self.onesided = self.sides = common
            self.budget = 2 * self.pairs + 1 - len(self.h)
        else:
            self.path.append("bury")
            for i in range(len(self.flags)):
                if not all(math.isfinite(samples[-1][side - 1][i]) for side in (UP, DOWN) if self.sides & side):
                    self.flags[i] = NOT_FINITE
            for k in range(len(self.h)):  # without them more of the levels are finite
                self.finite[k] = self.finite_sides(samples[k])
        self.most = self.room()
        return True


class Decision:
    """What is found when the samples [level][side][i] of a line are taken into account."""

    def __init__(self, line, value, noise, blind, unit, samples):
        self.line, self.value, self.noise, self.blind, self.u, self.samples = line, value, noise, blind, unit, samples
        m = len(value)
        if not line.h:
            line.flags = [0 if math.isfinite(f) else NOT_FINITE for f in value]
        line.h.append(line.next)
        line.finite.append(line.finite_sides(samples[-1]))
        self.V, self.E = [math.nan] * m, [math.inf] * m
        if not line.usable(-1) and not line.recover(samples):
            return
        if line.usable(-1):
            line.budget -= 1
        self.survey()
        if line.why == "grow" and self.unresolved and line.h[-1] > line.h[0]:  # so far away it is not the slope at x
            line.path.append("drop")
            line.finite[-1], line.next = 0, 0.0
            self.survey()
        elif any(moving > 0 for moving in self.moving.values()):
            self.advance()
        elif self.alive:
            largest = ra.scaled(self.table.h[-1], self.unit)
            line.stir(largest, not any(moving >= 0 for moving in self.moving.values()))
        else:
            line.next = 0.0

    def survey(self):
        """All outputs as they are known now, from the usable levels."""
        line = self.line
        # Steps in units of a power of two near the magnitude of x: neither they nor their squares leave the range.
        self.unit = ra.within(ra.ilogb(line.size), 1000)
        self.order = sorted((k for k in range(len(line.h)) if line.usable(k)), key=lambda k: line.h[k])
        h = [ra.scaled(line.h[k], -self.unit) for k in self.order]
        self.table = ra.Table(h, line.onesided != 0, line.target)
        self.prior = ra.div(1.0, ra.scaled(line.size, -self.unit))
        self.alive = [i for i, flags in enumerate(line.flags) if not flags & NOT_FINITE]
        self.output = {i: self.read(i) for i in self.alive}
        self.moving = {i: self.moves(self.output[i]) for i in self.alive}
        self.precise = True
        self.unresolved = [i for i in self.alive if self.settle(i)]

    def read(self, i):
        """The levels of one output, in units of a power of two near max|f|: nothing overflows or underflows."""
        sides, f0 = self.line.onesided or BOTH, float(self.value[i])
        above = [float(self.samples[k][0][i]) if sides & UP else f0 for k in self.order]
        below = [float(self.samples[k][1][i]) if sides & DOWN else f0 for k in self.order]
        seen = [max(abs(f0), *map(abs, above[: k + 1] + below[: k + 1])) for k in range(len(above))]
        exponent = ra.within(ra.ilogb(seen[-1]) + 1, 1000) if seen[-1] > 0 else 0
        F = math.ldexp(1.0, -exponent)
        half = 0.5 if sides == BOTH else 1.0
        odd = [half * (a * F - b * F) for a, b in zip(above, below, strict=True)]
        even = [0.5 * ((a * F - f0 * F) + (b * F - f0 * F)) for a, b in zip(above, below, strict=True)]
        # f rounds to a part u of its largest value, or worse if it is known to; numbers have a smallest distance.
        noise = [ra.fmax(KAPPA * self.u * s, float(self.noise[i])) * F + 4.0 * ra.TINIEST * F for s in seen]
        argument = ra.scaled(ARGUMENT * self.u * abs(self.line.x), -self.unit)
        most = math.inf if self.blind[i] else MOST_ARGUMENT
        return ra.Output(odd, even if sides == BOTH else [0.0] * len(odd), noise, argument, most, exponent)

    def moves(self, output):
        """
        1 if the output changes by more than its noise, 0 if by less, -1 if not at all.

        Of the first level more is asked, where a much longer one may be had instead.
        """
        line, longer = self.line, ra.scaled(self.line.h[0], GROW)
        growing = len(line.h) == 1 and longer <= line.most and longer <= 2.0 * line.size
        change = output.signal()
        return 1 if change > (CLEAR if growing else MOVING) else 0 if change > 0 else -1

    def at_rest(self, output, still):
        """An output that does not move changes by no more than its noise over the largest step; or the first."""
        line = self.line
        h = ra.scaled(line.h[0], -self.unit) if still else self.table.h[-1]
        second = output.even[-1] if not line.onesided else 0.0
        change = abs(output.odd[-1]) + abs(output.even[-1])
        unit = h * h if line.target == 2 else h
        value = second if line.target == 2 else output.odd[-1]
        return ra.Model(ra.div(value, unit), ra.div(change + 2.0 * output.noise[-1], unit))

    def exponent(self, output, k, part):
        """p in |part| ~ h^p between levels k and k + 1; 9 where the steps are too near or the part is mere noise."""
        small, large = part[k], part[k + 1]
        ratio = self.table.h[k + 1] / self.table.h[k]
        if ratio < 2.0 or small < INFORMATIVE * output.noise[k + 1] or large == 0:
            return 9.0
        return (ra.log2(large) - ra.log2(small)) / ra.log2(ratio)

    def corner(self, output):
        """
        A kink: the even part goes as h^1 from the smallest level on, twice. A jump: something goes as h^0, three times,
        down to 1e-9 of x, for a pole beside x looks like one from afar. Seen less often, unresolved.
        """
        if self.line.onesided:
            return 0
        even = [abs(e) for e in output.even]
        either = [max(abs(a), abs(b)) for a, b in zip(output.odd, output.even, strict=True)]

        def agreeing(part, power):
            count = 0
            while count + 1 < len(even) and abs(self.exponent(output, count, part) - power) < 0.3:
                count += 1
            return count

        kink, jump = agreeing(even, 1.0), agreeing(either, 0.0)
        if kink >= 2:
            return KINK
        if jump >= 3 and self.table.h[0] <= 1e-9 * ra.scaled(self.line.size, -self.unit):
            return JUMP
        return UNRESOLVED if kink or jump else 0

    def settle(self, i):
        """Derivative, error and flags of one output; may smaller steps resolve it? A faint one they make noisier."""
        line, output, moving = self.line, self.output[i], self.moving[i]
        model = self.table.extrapolate(output, self.prior) if moving > 0 else self.at_rest(output, moving < 0)
        sharp, value, error = self.corner(output) if moving > 0 else 0, model.value, model.error
        flags = NO_DEPENDENCE if moving < 0 else 0
        if self.noise[i] > ra.scaled(32.0 * KAPPA * self.u, output.exponent):
            flags |= NOISY
        # What looks like noise may be a function that varies over less than the steps.
        if sharp or (moving == 0 and flags & NOISY) or not error < math.inf:
            error = math.inf
        if sharp == JUMP:
            value = math.nan
        if sharp == KINK and line.target == 1:  # the mean of both slopes, from as near as there are samples
            value = ra.div(output.odd[0], self.table.h[0])
        flags |= sharp if sharp & (KINK | JUMP) else 0 if error < math.inf else UNRESOLVED
        if line.target == 2 and line.onesided == DOWN:  # -(f(x-h) - f) = f'h - f''h^2/2
            value = -value
        # Half the second derivative is what a series has; F and the unit of h are put back.
        power = output.exponent + (line.target == 2) - line.target * self.unit
        self.V[i], self.E[i], line.flags[i] = ra.scaled(value, power), ra.scaled(error, power), flags
        self.precise &= moving <= 0 or SURE * self.E[i] <= line.rtol * abs(self.V[i])
        if math.isinf(self.V[i]):
            self.V[i], self.E[i] = math.nan, math.inf
        if math.isinf(self.E[i]) and not flags & (KINK | JUMP):
            line.flags[i] |= UNRESOLVED
        return flags & UNRESOLVED and self.loud(i)

    def loud(self, i):
        return self.moving[i] > 0 and self.output[i].signal() > LOUD

    def voices(self):
        """Models of at most eight outputs, evenly spaced among those that move and are no corners."""
        flags, models, met = self.line.flags, [], 0
        unresolved = len(self.unresolved) > 0
        willing = len(self.unresolved) or sum(moving > 0 for moving in self.moving.values())
        wanted = min(willing, ra.VOICES)
        for i in self.alive:
            if flags[i] & (KINK | JUMP) or self.moving[i] <= 0:
                continue
            if unresolved and not (flags[i] & UNRESOLVED and self.loud(i)):
                continue
            met += 1
            if len(models) == wanted or (met - 1) * wanted < len(models) * willing:
                continue
            if not unresolved:
                model = self.table.extrapolate(self.output[i], self.prior)
            else:
                model = self.table.smallest(self.output[i], self.prior)
                if len(self.table.h) > 1:  # nothing is known of it, so that any promise counts
                    model.error = 1e300
            if model.resolved:
                models.append(model)
        return models

    def advance(self):
        """Where to go next: on by plan, or down if not even the smallest level makes sense; or nowhere."""
        line, levels = self.line, len(self.table.h)
        extra, unresolved, voices = line.budget <= 0, len(self.unresolved) > 0, self.voices()
        first, line.next = line.why == "shrink" or levels == 1, 0.0
        if line.onesided and line.target == 2 and levels < (4 if unresolved else 2):
            # So few points to one side tell no bend, or not how fast its series falls.
            line.path.append("bend")
            h = self.table.h
            line.go(ra.scaled(4.0 * h[1] if levels == 2 else 0.25 * h[0], self.unit))
            return
        if unresolved and not (first and voices):
            if line.rescues < RESCUES:
                least = ra.scaled(self.table.h[0], self.unit)
                line.most, line.capped = ra.fmin(line.most, least), True
                line.reduce(least)
            return
        if line.rtol > 0 and self.precise and not unresolved and levels >= (2 * FEW if line.onesided else FEW):
            line.path.append("rtol")
            return
        if not voices or (extra and line.rescues >= RESCUES):
            return
        h, gain = reference_planner.plan(self.table, ra.scaled(line.most, -self.unit), line.capped, line.budget, voices)
        extra = extra and not unresolved
        if h == 0 or (levels > 1 and not unresolved and gain < GAIN):
            line.path.append("no gain")
            return
        poor = any(m.error > POOR * abs(m.value) for m in voices)
        if extra and (line.frugal or line.pairs == 1 or gain < LARGE_GAIN or not poor):
            return
        line.rescues += extra
        line.why = "planned"
        line.path.append("extra" if extra else "planned")
        line.go(ra.scaled(h, self.unit))


def decide(line, value, noise, blind, unit, samples):
    """V, E and flags of a line at which samples [level][side][i] were taken, the last of them at line.next."""
    found = Decision(line, value, noise, blind, unit, samples)
    return found.V, found.E, line.flags
