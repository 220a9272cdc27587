/* SPDX-License-Identifier: BSD-3-Clause
 * trials.c - one line after the other: where it is sampled next, until the derivatives along it are known.
 *
 * A line begins with one level at a step in proportion to its magnitude. Each further level is the one that the planner
 * finds most promising. What no plan can know of - an edge of the domain, a scale that is hidden, a function that does
 * not move - is left to the rescue: steps become very much smaller or larger, a bounded number of times. */
#include "planner.h"

#include <float.h>
#include <math.h>

_Static_assert(sizeof(geometry) <= sizeof(numjac_desk), "a desk is too small for a table");

enum { UP = 1, DOWN = 2, BOTH = UP | DOWN };
enum { RESCUES = 5 };
enum { PLANNED, SHRUNK, GROWN }; /* how the last level came about */

#define SHRINK 5         /* the first rescue divides the step by 2^5, the next by 2^10, then 2^20, ... */
#define GROW 10          /* where nothing moves it is multiplied by 2^10 */
#define TINY 20          /* or divided by 2^20 */
#define NEAR_BOUND 30.0  /* a bound nearer than the first step divided by this makes a line one-sided */
#define GAIN 0.263       /* log2(1.2): a level that promises less is not worth its evaluations */
#define LARGE_GAIN 6.64  /* log2(100): one that promises so much more is taken beyond what was asked for */
#define KAPPA 5.0        /* rounding errors of f, in units of u max|f| */
#define UNKNOWN 1e300    /* error of an output of which nothing is known yet */
#define MOVING 4.0       /* an output moves if it changes by more than so many noises */
#define SHARP 1e-9        /* a jump is one if it is seen over so small a part of the magnitude */
#define INFORMATIVE 30.0 /* an even part above so many tells a corner from a curve */

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
    if (!(h > 0))
        return 0.0;
    if (x == 0 || h > fabs(x)) {
        double power = ldexp(1.0, ilogb(h));
        power = h > 1.4142135623730951 * power ? 2.0 * power : power;
        return power <= t->most ? power : 0.5 * power;
    }
    double step = fabs(on_grid(x + copysign(h, x), t->eps, 0) - x);
    return step <= t->most ? step : fabs(on_grid(x + copysign(h, x), t->eps, 1) - x);
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
    t->most = t->onesided ? far : near;
    t->budget = t->onesided ? 2 * t->pairs + 1 : t->pairs;
    go(t, h);
}

/* ------------------------------------------------------------------------------------------------------ levels */

/* What is known of a line when a decision is due. */
typedef struct {
    numjac_trial *trial;
    const numjac_outputs *f;
    const double *samples; /* [levels][2][m] */
    geometry *table;
    int order[NUMJAC_LEVELS]; /* usable levels by ascending step */
} situation;

static double sample(const situation *now, int level, int side, size_t i) {
    return now->samples[(2 * (size_t)level + (side == DOWN)) * now->f->m + i];
}

static int usable(const numjac_trial *t, int level) {
    int sides = t->onesided ? t->onesided : BOTH;
    return (t->finite[level] & sides) == sides;
}

/* Which sides of the last level are finite in all outputs that are alive. */
static int finite_sides(const situation *now, int level, const unsigned short *flags) {
    int sides = now->trial->sides;
    for (size_t i = 0; i < now->f->m && sides; i++) {
        if (flags[i] & NUMJAC_NOT_FINITE)
            continue;
        if ((sides & UP) && !isfinite(sample(now, level, UP, i)))
            sides &= ~UP;
        if ((sides & DOWN) && !isfinite(sample(now, level, DOWN, i)))
            sides &= ~DOWN;
    }
    return sides;
}

/* The table of all usable levels. */
static void gather(situation *now) {
    numjac_trial *t = now->trial;
    double h[NUMJAC_LEVELS];
    int count = 0;
    for (int level = 0; level < t->count; level++) {
        int k = count;
        if (!usable(t, level))
            continue;
        for (; k > 0 && h[k - 1] > t->h[level]; k--)
            h[k] = h[k - 1], now->order[k] = now->order[k - 1];
        h[k] = t->h[level], now->order[k] = level;
        count++;
    }
    numjac_geometry(count, h, t->onesided != 0, t->target, now->table);
}

/* Samples of one output as levels, in units of a power of two near max|f|, which is returned. */
static double read(const situation *now, size_t i, levels *output) {
    const numjac_trial *t = now->trial;
    double f0 = now->f->value[i], largest = fabs(f0);
    int count = now->table->levels;
    for (int k = 0; k < count; k++)
        for (int side = UP; side <= DOWN; side++)
            if (!t->onesided || side == t->onesided)
                largest = fmax(largest, fabs(sample(now, now->order[k], side, i)));
    int exponent = largest > 0 ? ilogb(largest) + 1 : 0;
    exponent = exponent > 1000 ? 1000 : exponent < -1000 ? -1000 : exponent;
    double F = ldexp(1.0, exponent), down = 1.0 / F, seen = fabs(f0);
    for (int k = 0; k < count; k++) {
        int level = now->order[k];
        double above = sample(now, level, UP, i), below = sample(now, level, DOWN, i);
        if (t->onesided) {
            double there = t->onesided == UP ? above : below;
            seen = fmax(seen, fabs(there));
            output->odd[k] = t->onesided == UP ? there * down - f0 * down : f0 * down - there * down;
            output->even[k] = 0.0;
        } else {
            seen = fmax(seen, fmax(fabs(above), fabs(below)));
            output->odd[k] = 0.5 * (above * down - below * down);
            output->even[k] = 0.5 * ((above * down - f0 * down) + (below * down - f0 * down));
        }
        output->noise[k] = fmax(KAPPA * now->f->unit * seen, now->f->noise[i]) * down + 4.0 * DBL_TRUE_MIN * down;
    }
    output->argument = now->f->blind[i] ? 0.5 * now->f->unit * fabs(t->x) : 0.0;
    return F;
}

/* One-sided levels below x: f(x-h) = f - f'h + f''h^2/2, so all but the slope change their sign with h. */
static double signed_value(const numjac_trial *t, double value) {
    return t->target == 2 && t->onesided == DOWN ? -value : value;
}

/* --------------------------------------------------------------------------------------------------- judgement */

/* The part of a level that tells a kink: the even one; or a jump, which either may show. */
static double part(const levels *output, int k, int jump) {
    return fmax(fabs(output->even[k]), jump ? fabs(output->odd[k]) : 0.0);
}

/* The exponent of h in that part between two levels; 9 where nothing can be told. */
static double exponent(const situation *now, const levels *output, int k, int jump) {
    double small = part(output, k, jump), large = part(output, k + 1, jump);
    double ratio = now->table->h[k + 1] / now->table->h[k];
    if (ratio < 2.0 || small < INFORMATIVE * output->noise[k + 1] || large == 0)
        return 9.0;
    return (numjac_log2(large) - numjac_log2(small)) / numjac_log2(ratio);
}

/* How many pairs of neighbouring levels, from the smallest upward, have the exponent of a jump, 0, or of a kink, 1. */
static int agreeing(const situation *now, const levels *output, int jump) {
    int k = 0;
    while (k + 1 < now->table->levels && fabs(exponent(now, output, k, jump) - !jump) < 0.3)
        k++;
    return k;
}

/* A corner or a jump at x; 0 if it is neither, NUMJAC_UNRESOLVED if it looks like one and smaller steps have to
 * confirm it: those of a jump down to the smallest, for a pole beside x looks like one from afar. */
static unsigned short corner(const situation *now, const levels *output) {
    if (now->table->onesided)
        return 0;
    int kink = agreeing(now, output, 0), jump = agreeing(now, output, 1);
    if (kink >= 2)
        return NUMJAC_KINK;
    if (jump >= 3 && now->table->h[0] <= SHARP * now->trial->size)
        return NUMJAC_JUMP;
    return kink || jump ? NUMJAC_UNRESOLVED : 0;
}

/* Whether an output changes by more than its noise along the line; 0 if not, and -1 if it does not change at all. */
static int moves(const situation *now, const levels *output) {
    double largest = 0.0, noise = output->noise[now->table->levels - 1];
    for (int k = 0; k < now->table->levels; k++)
        largest = fmax(largest, fmax(fabs(output->odd[k]), fabs(output->even[k])));
    return largest > MOVING * noise ? 1 : largest > 0 ? 0 : -1;
}

/* What can be said of an output that does not move: that it changes by no more than its noise over a step. */
static void at_rest(const situation *now, const levels *output, int still, model *m) {
    int last = now->table->levels - 1, second = now->trial->target == 2 && !now->table->onesided;
    double h = still ? now->trial->h[0] : now->table->h[last], unit = now->trial->target == 2 ? h * h : h;
    double value = second ? output->even[last] : now->trial->target == 2 ? 0.0 : output->odd[last];
    double change = fabs(output->odd[last]) + fabs(output->even[last]);
    m->value = value / unit, m->error = (change + 2.0 * output->noise[last]) / unit;
}

/* How many outputs are in which state; of those that move. */
typedef struct {
    size_t alive, moving, changing, unresolved, imprecise;
} census;

static void settle(const situation *now, size_t i, double F, const levels *output, double *V, double *E,
                   unsigned short *flags, census *all) {
    const numjac_trial *t = now->trial;
    double factor = t->target == 2 ? 2.0 * F : F;
    int moving = moves(now, output);
    model m;
    *flags = 0;
    all->alive++, all->moving += moving > 0, all->changing += moving >= 0;
    if (moving > 0)
        m = numjac_extrapolate(now->table, output, 1.0 / t->size);
    else
        at_rest(now, output, moving < 0, &m);
    unsigned short sharp = moving > 0 ? corner(now, output) : 0;
    if (sharp)
        m.error = INFINITY;
    if (sharp == NUMJAC_JUMP) /* there is no slope */
        m.value = NAN;
    V[i] = signed_value(t, m.value) * factor, E[i] = m.error * factor;
    if (moving < 0)
        *flags |= NUMJAC_NO_DEPENDENCE;
    if (now->f->noise[i] > 16.0 * KAPPA * now->f->unit * F)
        *flags |= NUMJAC_NOISY;
    if (moving == 0 && (*flags & NUMJAC_NOISY)) /* what looks like noise may be a function that varies over less */
        E[i] = m.error = INFINITY;
    if (sharp & (NUMJAC_KINK | NUMJAC_JUMP))
        *flags |= sharp;
    else if (!(m.error < INFINITY))
        *flags |= NUMJAC_UNRESOLVED, all->unresolved++;
    all->imprecise += moving > 0 && !(E[i] <= t->rtol * fabs(V[i]));
}

/* Outputs that are asked where to go: evenly spaced among those that have something to say. */
static size_t voices(const situation *now, const unsigned short *flags, int unresolved, size_t willing, model *voice) {
    size_t count = 0, met = 0, wanted = willing < NUMJAC_VOICES ? willing : NUMJAC_VOICES;
    for (size_t i = 0; i < now->f->m && count < wanted; i++) {
        levels output;
        if ((flags[i] & (NUMJAC_NOT_FINITE | NUMJAC_KINK | NUMJAC_JUMP)) ||
            (unresolved && !(flags[i] & NUMJAC_UNRESOLVED)) || read(now, i, &output) == 0 || moves(now, &output) <= 0)
            continue;
        if (met++ * wanted < count * willing)
            continue;
        double prior = 1.0 / now->trial->size;
        model m = unresolved ? numjac_smallest(now->table, &output, prior)
                             : numjac_extrapolate(now->table, &output, prior);
        if (unresolved && now->table->levels > 1 && m.resolved)
            m.error = UNKNOWN;
        if (m.resolved)
            voice[count++] = m;
    }
    return count;
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
    double largest = now->table->h[now->table->levels - 1];
    int stage = t->still++;
    t->next = 0.0;
    if (t->calm || t->rescues >= RESCUES)
        return;
    t->rescues++, t->budget = t->pairs, t->why = GROWN;
    if (stage == 0 || (stage == 1 && !exactly))
        go(t, ldexp(largest, GROW));
    if (exactly && (stage == 1 || (stage == 0 && !t->next)))
        go(t, ldexp(t->h[0], -TINY));
}

/* Outputs that are never finite beside x are given up, the others go on. */
static void bury(situation *now, int level, unsigned short *flags) {
    int sides = now->trial->sides;
    for (size_t i = 0; i < now->f->m; i++)
        if (((sides & UP) && !isfinite(sample(now, level, UP, i))) ||
            ((sides & DOWN) && !isfinite(sample(now, level, DOWN, i))))
            flags[i] = NUMJAC_NOT_FINITE;
    now->trial->finite[level] = (unsigned char)sides;
}

/* The last level is not finite. Smaller steps; then one side, if that is always finite; then without the outputs that
 * are to blame. Returns whether there is a table to decide by. */
static int recover(situation *now, unsigned short *flags) {
    numjac_trial *t = now->trial;
    int last = t->count - 1, sides = BOTH, any = 0;
    for (int k = 0; k < t->count; k++)
        sides &= t->finite[k], any |= usable(t, k);
    t->most = fmin(t->most, 0.5 * t->h[last]), t->capped = 1;
    if (any) {
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
        t->most = sides == UP ? t->high : t->low;
        t->budget = 2 * t->pairs + 1 - t->count;
        return 1;
    }
    bury(now, last, flags);
    t->most = t->onesided ? fmax(t->low, t->high) : fmin(t->low, t->high);
    return 1;
}

static void advance(situation *now, const unsigned short *flags, const census *all) {
    numjac_trial *t = now->trial;
    model voice[NUMJAC_VOICES];
    double gain, h, most = now->table->h[0];
    int fresh = t->why == SHRUNK || now->table->levels == 1, extra = t->budget <= 0;
    size_t count = voices(now, flags, all->unresolved > 0, all->unresolved ? all->unresolved : all->moving, voice);
    t->next = 0.0;
    if (t->onesided && t->target == 2 && now->table->levels < (all->unresolved ? 4 : 2)) {
        /* so few points to one side tell no bend, or not how fast its series falls */
        go(t, now->table->levels == 2 ? 4.0 * now->table->h[1] : 0.25 * most);
        return;
    }
    if (all->unresolved && !(fresh && count)) { /* not even the smallest level makes sense */
        if (t->rescues >= RESCUES)
            return;
        t->most = fmin(t->most, most), t->capped = 1;
        shrink(t, most);
        return;
    }
    if (!count || (extra && t->rescues >= RESCUES) || (t->rtol > 0 && !all->imprecise && !all->unresolved))
        return;
    h = numjac_plan(now->table, t->most, t->capped, t->budget, count, voice, &gain);
    if (all->unresolved)
        extra = 0;
    if (h == 0 || (now->table->levels > 1 && !all->unresolved && gain < GAIN) ||
        (extra && (t->frugal || t->pairs == 1 || gain < LARGE_GAIN)))
        return;
    t->rescues += extra, t->why = PLANNED;
    go(t, h);
}

void numjac_trial_next(numjac_trial *t, const numjac_outputs *f, const double *samples, double *V, double *E,
                       unsigned short *flags, numjac_desk *desk) {
    situation now = {t, f, samples, (geometry *)(void *)desk->memory, {0}};
    int level = t->count++;
    census all = {0, 0, 0, 0, 0};
    t->h[level] = t->next;
    for (size_t i = 0; level == 0 && i < f->m; i++)
        flags[i] = isfinite(f->value[i]) ? 0u : (unsigned short)NUMJAC_NOT_FINITE;
    t->finite[level] = (unsigned char)finite_sides(&now, level, flags);
    if (!usable(t, level) && !recover(&now, flags))
        return;
    if (usable(t, level))
        t->budget--;
    gather(&now);
    for (size_t i = 0; i < f->m; i++) {
        levels output;
        if (flags[i] & NUMJAC_NOT_FINITE) {
            V[i] = NAN, E[i] = INFINITY;
            continue;
        }
        double F = read(&now, i, &output);
        settle(&now, i, F, &output, V, E, &flags[i], &all);
    }
    if (all.moving)
        advance(&now, flags, &all);
    else if (all.alive)
        stir(&now, !all.changing);
    else
        t->next = 0.0;
}
