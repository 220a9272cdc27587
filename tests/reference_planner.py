"""The slow twin of planner.c in plain Python: where the next level of a table is worth most."""

import math

from reference_adaptive import LARGEST, TINIEST, WIDEST, div, fmin, ilogb, log2, scaled, total


def predict(table, h, m):
    """The error that a model promises of levels at steps h: 2 * next term * product + noise of the value."""
    H, size = h[-1], len(h)
    g = H / m.H
    decay = m.decay * (g if table.onesided else g * g)
    if decay >= (0.5 if table.onesided else 0.25):
        return math.inf
    r = [step / H for step in h]
    s = r if table.onesided else [a * a for a in r]
    slope, product, inverses = table.target == 2 and table.onesided, math.prod(s), total(div(1.0, a) for a in s)
    if slope:
        product *= inverses
    noise = 0.0
    for j in range(size):
        w = inverses - div(1.0, s[j]) if slope else 1.0
        for o in range(size):
            if o != j:
                w *= div(s[o], s[o] - s[j])
        both = 2.0 if table.onesided else 1.0
        w *= div(2.0, r[j] * r[j]) if table.target == 2 and not slope else both / r[j]
        noise += w * w
    term = m.size
    for _ in range(size):
        term *= decay
    unit = m.H if table.target == 1 else m.H * (H if table.onesided else m.H)
    return div(2.0 * term * product, unit) + div(m.noise * math.sqrt(noise), table.unit(H))


def promise(table, new, models):
    """
    The mean over models of log2 of the least error, now or by any two to eight levels with a new one among them.

    What is known from a single level is no alternative: beside a second one it will not be accepted.
    """
    steps = sorted([(h, False) for h in table.h] + [(h, True) for h in new])
    least = [m.error if len(table.h) > 1 else math.inf for m in models]
    for i in range(len(steps)):
        for size in range(2, min(WIDEST, len(steps) - i) + 1):
            if any(fresh for _, fresh in steps[i : i + size]):
                h = [step for step, _ in steps[i : i + size]]
                least = [fmin(e, predict(table, h, m)) for e, m in zip(least, models, strict=True)]
    return total(log2(e) for e in least) / len(models)


def candidates(low, high):
    """Two to an octave, one where that would be too many, and the end itself."""
    first = ilogb(low)
    wide = ilogb(high) - first > 18
    for k in range(2 * (ilogb(high) + 1 - first) + 2):
        h = scaled(math.sqrt(2.0) if k % 2 else 1.0, first + k // 2)
        if h >= low and not (k % 2 and wide):
            yield min(h, high)
            if h >= high:
                return


def plan(table, most, capped, left, models):
    """The step that promises most, at most `most`, and by how many powers of 2 the mean error is to shrink."""
    low = max(table.h[0] / 256.0, TINIEST)
    high = fmin(most if capped else fmin(most, 32.0 * table.h[-1]), LARGEST)
    if not (high > 0 and low < math.inf):
        return 0.0, 0.0
    best, chosen = math.inf, 0.0
    for h in candidates(low, high):
        new = [h, 0.5 * h] if left >= 2 else [h]  # a second one, if it may come, is what makes the first pay
        if any(old < 1.15 * step and step < 1.15 * old for old in table.h for step in new):
            continue
        error = promise(table, new, models)
        if error < best:
            best, chosen = error, h
    if math.isinf(best):
        return 0.0, 0.0
    gain = total(log2(m.error) for m in models) / len(models) - best
    if left >= 2:  # the one nearer to the smallest level first
        smallest, half = log2(table.h[0]), 0.5 * chosen
        chosen = chosen if abs(log2(chosen) - smallest) < abs(log2(half) - smallest) else half
    return chosen, gain
