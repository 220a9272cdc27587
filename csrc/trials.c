/* SPDX-License-Identifier: BSD-3-Clause
 * trials.c - one line after the other: where it is sampled next, until the derivatives along it are known.
 *
 * A line begins with one level at a step in proportion to its magnitude. Each further level is the one that the planner
 * finds most promising. What no plan can know of - an edge of the domain, a scale that is hidden, a function that does
 * not move - is left to the rescue: steps become very much smaller or larger, a bounded number of times. */
#include "situation.h"

enum { RESCUES = 5 };
enum { PLANNED, SHRUNK, GROWN }; /* how the last level came about */

#define SHRINK 5        /* the first rescue divides the step by 2^5, the next by 2^10, then 2^20, ... */
#define TINY 20         /* or divided by 2^20 */
#define NEAR_BOUND 30.0 /* a bound nearer than the first step divided by this makes a line one-sided */
#define GAIN 0.263      /* log2(1.2): a level that promises less is not worth its evaluations */
#define LARGE_GAIN 6.64 /* log2(100): one that promises so much more is taken beyond what was asked for */
enum { FEW = 2 };       /* levels, twice as many on one side, from which on a bar is good enough to stop by */
#define POOR 1e-7       /* and if what is known is worse than this */

/* ------------------------------------------------------------------------------------------------------- steps */

/* The multiple of the grid at `there` that is nearest to it, moved inward by `inward` steps of the grid. */
static double on_grid(double there, double eps, int inward) {
    double grid = fmax(ldexp(eps, ilogb(there)), DBL_TRUE_MIN);
    return (rint(there / grid) - copysign(inward, there)) * grid;
}

/* A step that x takes without rounding, on the grid of its number format: away from zero, where the grid is coarser.
 * Beyond x itself, a power of two. */
static double exact(const numjac_trial *t, double h) {
    double x = t->x;
    if (!(h > 0 && h < INFINITY))
        return 0.0;
    if (x == 0 || h > fabs(x)) {
        double below = ldexp(1.0, ilogb(h)), above = 2.0 * below;
        return h > 1.4142135623730951 * below && above <= fmin(t->most, DBL_MAX) ? above : below;
    }
    double there = x + copysign(h, x);
    if (!isfinite(there)) /* at the end of the number range there is only inward */
        there = x - copysign(h, x);
    double step = fabs(on_grid(there, t->eps, 0) - x);
    if (!(step <= t->most)) /* NaN, too */
        step = fabs(on_grid(there, t->eps, 1) - x);
    return step <= t->most ? step : 0.0;
}

/* How far the line may go on all of its sides. */
static double room(const numjac_trial *t) {
    return t->onesided == UP ? t->high : t->onesided == DOWN ? t->low : fmin(t->low, t->high);
}

static double smallest(const numjac_trial *t) {
    double least = t->h[0];
    for (int k = 1; k < t->count; k++)
        least = fmin(least, t->h[k]);
    return least;
}

/* The line is sampled at a step next; or it is finished, if x does not take that step, or has taken it before. */
static void go(numjac_trial *t, double h) {
    t->next = t->count < NUMJAC_LEVELS ? exact(t, fmin(h, t->most)) : 0.0;
    for (int k = 0; k < t->count; k++)
        if (t->h[k] == t->next)
            t->next = 0.0;
}

void numjac_trial_begin(numjac_trial *t) {
    double near = fmin(t->low, t->high), far = fmax(t->low, t->high), h = t->first * t->size;
    t->count = t->rescues = t->still = t->capped = 0;
    t->shrink = SHRINK, t->why = PLANNED;
    t->onesided = near >= fmin(h, far) / NEAR_BOUND ? 0 : t->high > t->low ? UP : DOWN;
    t->sides = t->onesided ? t->onesided : BOTH;
    t->most = room(t);
    t->budget = t->onesided ? 2 * t->pairs + 1 : t->pairs;
    go(t, h);
}

/* --------------------------------------------------------------------------------------------------- decisions */

/* Much smaller steps. */
static void shrink(numjac_trial *t, double from) {
    t->rescues++, t->why = SHRUNK;
    t->budget = t->onesided && t->target == 2 ? 2 * t->pairs : t->pairs > 1 ? t->pairs - 1 : 1;
    go(t, ldexp(from, -t->shrink));
    t->shrink *= 2;
}

/* Nothing moves: the steps may be far too small, or x may be a point of symmetry of something very narrow. */
static void stir(situation *now, int exactly) {
    numjac_trial *t = now->trial;
    double largest = ldexp(now->table->h[now->table->levels - 1], now->unit);
    int stage = t->still++;
    t->next = 0.0;
    if (t->calm || t->rescues >= RESCUES)
        return;
    t->rescues++, t->budget = t->pairs, t->why = GROWN;
    if (stage == 0 || (stage == 1 && !exactly))
        go(t, ldexp(largest, GROW));
    if (exactly && (stage == 0 ? !t->next : stage == 1 && t->x == 0)) /* of a zero the magnitude is a mere guess */
        go(t, ldexp(t->h[0], -TINY));
}

/* Outputs that are never finite beside x are given up; for the others all levels so far are as good as they were. */
static void bury(situation *now, int level, unsigned short *flags) {
    int sides = now->trial->sides;
    for (size_t i = 0; i < now->f->m; i++)
        if (((sides & UP) && !isfinite(sample(now, level, UP, i))) ||
            ((sides & DOWN) && !isfinite(sample(now, level, DOWN, i))))
            flags[i] = NUMJAC_NOT_FINITE;
    for (int k = 0; k < now->trial->count; k++)
        now->trial->finite[k] = (unsigned char)numjac_finite_sides(now, k, flags);
}

/* The last level is not finite. Smaller steps; then one side, if that is always finite; then without the outputs that
 * are to blame. Returns whether there is a table to decide by. */
static int recover(situation *now, unsigned short *flags) {
    numjac_trial *t = now->trial;
    int last = t->count - 1, sides = BOTH;
    double good = 0.0; /* the largest step that was finite */
    for (int k = 0; k < t->count; k++) {
        sides &= t->finite[k];
        good = usable(t, k) ? fmax(good, t->h[k]) : good;
    }
    t->most = fmin(t->most, 0.5 * t->h[last]), t->capped = 1;
    if (good > 0) { /* the edge is somewhere between */
        t->most = fmin(t->most, fmax(sqrt(good) * sqrt(t->h[last]), 2.0 * good));
        t->rescues++;
        return 1;
    }
    if (t->count <= 3) {
        shrink(t, smallest(t));
        if (t->next)
            return 0;
    }
    t->capped = 0, t->budget = t->pairs;
    if (!t->onesided && sides) {
        t->onesided = t->sides = sides;
        t->most = room(t);
        t->budget = 2 * t->pairs + 1 - t->count;
        return 1;
    }
    bury(now, last, flags);
    t->most = room(t);
    return 1;
}

/* Whether an output is known to few digits only. */
static int poor(size_t count, const model *voice) {
    int any = 0;
    for (size_t v = 0; v < count; v++)
        any |= voice[v].error > POOR * fabs(voice[v].value);
    return any;
}

static void advance(situation *now, const unsigned short *flags, const census *all) {
    numjac_trial *t = now->trial;
    model voice[NUMJAC_VOICES];
    double gain, h;
    int fresh = t->why == SHRUNK || now->table->levels == 1, extra = t->budget <= 0;
    size_t count = numjac_voices(now, flags, all, voice);
    t->next = 0.0;
    if (t->onesided && t->target == 2 && now->table->levels < (all->unresolved ? 4 : 2)) {
        /* so few points to one side tell no bend, or not how fast its series falls */
        const double *steps = now->table->h;
        go(t, ldexp(now->table->levels == 2 ? 4.0 * steps[1] : 0.25 * steps[0], now->unit));
        return;
    }
    if (all->unresolved && !(fresh && count)) { /* not even the smallest level makes sense */
        if (t->rescues >= RESCUES)
            return;
        double least = ldexp(now->table->h[0], now->unit);
        t->most = fmin(t->most, least), t->capped = 1;
        shrink(t, least);
        return;
    }
    extra = extra && !all->unresolved;
    int enough = t->rtol > 0 && !all->imprecise && !all->unresolved;
    if (!count || (t->budget <= 0 && t->rescues >= RESCUES) ||
        (enough && now->table->levels >= (t->onesided ? 2 * FEW : FEW)) ||
        (extra && (t->frugal || t->pairs == 1 || !poor(count, voice))))
        return;
    h = numjac_plan(now->table, scaled(now, t->most), t->capped, t->budget, count, voice, &gain);
    if (h == 0 || (now->table->levels > 1 && !all->unresolved && gain < (extra ? LARGE_GAIN : GAIN)))
        return;
    t->rescues += extra, t->why = PLANNED;
    go(t, ldexp(h, now->unit));
}

void numjac_trial_next(numjac_trial *t, const numjac_outputs *f, const double *samples, double *V, double *E,
                       unsigned short *flags, numjac_desk *desk) {
    situation now = {.trial = t, .f = f, .samples = samples, .table = (geometry *)(void *)desk->memory};
    int level = t->count;
    if (t->next == 0) /* finished */
        return;
    t->h[level] = t->next, t->count++;
    for (size_t i = 0; level == 0 && i < f->m; i++)
        V[i] = NAN, E[i] = INFINITY, flags[i] = isfinite(f->value[i]) ? 0u : (unsigned short)NUMJAC_NOT_FINITE;
    t->finite[level] = (unsigned char)numjac_finite_sides(&now, level, flags);
    if (!usable(t, level) && !recover(&now, flags))
        return;
    t->budget -= usable(t, level);
    census all = numjac_survey(&now, V, E, flags);
    if (t->why == GROWN && all.unresolved && t->h[level] > t->h[0]) { /* what lies so far away is not the slope at x */
        t->finite[level] = 0, t->next = 0.0;
        numjac_survey(&now, V, E, flags);
    } else if (all.moving)
        advance(&now, flags, &all);
    else if (all.alive)
        stir(&now, !all.changing);
    else
        t->next = 0.0;
}
