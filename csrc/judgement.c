/* SPDX-License-Identifier: BSD-3-Clause
 * judgement.c - what the samples along a line say of each output. */
#include "situation.h"

_Static_assert(sizeof(geometry) <= sizeof(numjac_desk), "a desk is too small for a table");

#define KAPPA 2.0        /* rounding errors of f, in units of u max|f| */
#define ARGUMENT 0.5     /* rounding errors of the argument inside f, in units of u |x| */
#define MOST_ARGUMENT 20 /* they count for no more than so many times those of f, unless they would not show */
#define MOVING 10.0      /* an output moves if it changes by more than so many noises */
#define CLEAR 1024.0     /* and is worth the first level if it changes by so many */
#define LOUD 60.0        /* smaller steps may resolve an output that changes by so many */
#define SURE 100.0       /* bars of few levels have to be so much below the error that is good enough */
#define UNKNOWN 1e300    /* error of an output of which nothing is known yet */
enum { TINY_EXPONENT = -900 };
#define TINY_NOISE 1e-30  /* above it the grid of subnormal numbers does not show, whatever it is multiplied by */
enum { FARTHEST = 1000 }; /* powers of two in which numbers are measured, at most: 2^1000 and its inverse are normal */
#define SILENT (NUMJAC_NOT_FINITE | NUMJAC_KINK | NUMJAC_JUMP | NUMJAC_NO_DEPENDENCE) /* not asked where to go */

/* Which sides of the last level are finite in all outputs that are alive. */
int numjac_finite_sides(const situation *now, int level, const unsigned short *flags) {
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
    const numjac_trial *t = now->trial;
    double h[NUMJAC_LEVELS];
    int count = 0, unit = ilogb(t->size);
    now->unit = unit > FARTHEST ? FARTHEST : unit < -FARTHEST ? -FARTHEST : unit;
    double longer = ldexp(t->h[0], GROW);
    now->growing = t->count == 1 && longer <= t->most && longer <= 2.0 * t->size;
    now->size = scaled(now, t->size), now->argument = scaled(now, ARGUMENT * now->f->unit * fabs(t->x));
    for (int level = 0; level < t->count; level++) {
        int k = count;
        if (!usable(t, level))
            continue;
        double step = scaled(now, t->h[level]);
        for (; k > 0 && h[k - 1] > step; k--)
            h[k] = h[k - 1], now->order[k] = now->order[k - 1];
        h[k] = step, now->order[k] = level;
        count++;
    }
    numjac_geometry(count, h, t->onesided != 0, t->target, now->table);
}

/* Samples of one output as levels, in units of a power of two near max|f|, whose exponent is returned. */
static int read(const situation *now, size_t i, levels *output) {
    const numjac_trial *t = now->trial;
    double f0 = now->f->value[i], seen[NUMJAC_LEVELS], largest = fabs(f0);
    double above[NUMJAC_LEVELS], below[NUMJAC_LEVELS];
    int count = now->table->levels, sides = t->onesided ? t->onesided : BOTH;
    for (int k = 0; k < count; k++) { /* a side that is not sampled is as if f did not change there */
        above[k] = sides & UP ? sample(now, now->order[k], UP, i) : f0;
        below[k] = sides & DOWN ? sample(now, now->order[k], DOWN, i) : f0;
        seen[k] = largest = numjac_max(largest, numjac_max(fabs(above[k]), fabs(below[k])));
    }
    int exponent = largest > 0 ? numjac_exponent(largest) + 1 : 0;
    exponent = exponent > FARTHEST ? FARTHEST : exponent < -FARTHEST ? -FARTHEST : exponent;
    double down = numjac_power(-exponent), still = f0 * down, half = sides == BOTH ? 0.5 : 1.0;
    for (int k = 0; k < count; k++) {
        double up = above[k] * down, low = below[k] * down;
        output->odd[k] = half * (up - low);
        output->even[k] = sides == BOTH ? 0.5 * ((up - still) + (low - still)) : 0.0;
        output->noise[k] = numjac_max(KAPPA * now->f->unit * seen[k], now->f->noise[i]) * down;
        if (exponent <= TINY_EXPONENT ||
            output->noise[k] < TINY_NOISE) /* subnormal numbers take long to compute with */
            output->noise[k] += 4.0 * DBL_TRUE_MIN * down;
    }
    output->argument = now->argument;
    output->most = now->f->blind[i] ? INFINITY : MOST_ARGUMENT;
    return exponent;
}

/* One-sided levels below x: f(x-h) = f - f'h + f''h^2/2, so all but the slope change their sign with h. */
static double signed_value(const numjac_trial *t, double value) {
    return t->target == 2 && t->onesided == DOWN ? -value : value;
}

/* --------------------------------------------------------------------------------------------------- judgement */

/* Whether an output changes by more than its noise along the line; 0 if not, and -1 if it does not change at all.
 * Before anything else is known, a change that is not far above the noise does not count, if steps can be much longer.
 */
static int moves(const situation *now, const levels *output) {
    double change = numjac_signal(now->table, output);
    return change > (now->growing ? CLEAR : MOVING) ? 1 : change > 0 ? 0 : -1;
}

/* What can be said of an output that does not move: that it changes by no more than its noise over a step. */
static void at_rest(const situation *now, const levels *output, int still, model *m) {
    int last = now->table->levels - 1, second = now->trial->target == 2 && !now->table->onesided;
    double h = still ? scaled(now, now->trial->h[0]) : now->table->h[last], unit = now->trial->target == 2 ? h * h : h;
    double value = second ? output->even[last] : now->trial->target == 2 ? 0.0 : output->odd[last];
    double change = fabs(output->odd[last]) + fabs(output->even[last]);
    m->value = value / unit, m->error = (change + 2.0 * output->noise[last]) / unit;
}

/* The decay to expect: terms of a series change by the magnitude of x. */
static double prior(const situation *now) { return 1.0 / now->size; }

/* Whether an output is a corner or a jump, or is resolved, and the flags that say so; *m is changed to tell it. */
static unsigned short verdict(const situation *now, size_t i, int exponent, int moving, unsigned short sharp,
                              model *m) {
    unsigned short flags = moving < 0 ? NUMJAC_NO_DEPENDENCE : 0;
    if (now->f->noise[i] > numjac_scale(32.0 * KAPPA * now->f->unit, exponent))
        flags |= NUMJAC_NOISY;
    if (sharp || (moving == 0 && (flags & NUMJAC_NOISY))) /* noise may be a function that varies over less */
        m->error = INFINITY;
    if (sharp == NUMJAC_JUMP) /* there is no slope */
        m->value = NAN;
    if (sharp & (NUMJAC_KINK | NUMJAC_JUMP))
        flags |= sharp;
    else if (!(m->error < INFINITY))
        flags |= NUMJAC_UNRESOLVED, m->error = INFINITY;
    return flags;
}

static void settle(situation *now, size_t i, double *V, double *E, unsigned short *flags, census *all) {
    const numjac_trial *t = now->trial;
    levels output;
    model m;
    int exponent = read(now, i, &output), moving = moves(now, &output);
    int power = exponent + (t->target == 2) - t->target * now->unit;
    if (moving > 0)
        m = numjac_extrapolate(now->table, &output, prior(now));
    else
        at_rest(now, &output, moving < 0, &m);
    if (moving > 0 && i < NUMJAC_VOICES)
        now->kept[i] = m;
    unsigned short sharp = moving > 0 ? numjac_corner(now->table, &output, now->size) : 0;
    if (sharp == NUMJAC_KINK && t->target == 1) /* the mean of both slopes, from as near as there are samples */
        m.value = output.odd[0] / now->table->h[0];
    flags[i] = verdict(now, i, exponent, moving, sharp, &m);
    V[i] = numjac_scale(signed_value(t, m.value), power), E[i] = numjac_scale(m.error, power);
    all->alive++, all->moving += moving > 0, all->changing += moving >= 0;
    if (flags[i] & NUMJAC_UNRESOLVED) /* smaller steps would only make a faint change noisier */
        all->unresolved += moving > 0 && numjac_signal(now->table, &output) > LOUD;
    all->imprecise += moving > 0 && !(SURE * E[i] <= t->rtol * fabs(V[i]));
    if (isinf(V[i])) /* beyond the range of numbers: no fault of the steps */
        V[i] = NAN, E[i] = INFINITY;
    if (isinf(E[i]) && !(flags[i] & (NUMJAC_KINK | NUMJAC_JUMP)))
        flags[i] |= NUMJAC_UNRESOLVED;
}

/* What an output that moves says for itself; not resolved if it has nothing to say. */
static model voice_of(const situation *now, size_t i, int unresolved) {
    levels output;
    model m = {.resolved = 0};
    if (!unresolved && i < NUMJAC_VOICES)
        return now->kept[i];
    read(now, i, &output);
    m = unresolved ? numjac_smallest(now->table, &output, prior(now))
                   : numjac_extrapolate(now->table, &output, prior(now));
    if (unresolved && now->table->levels > 1)
        m.error = UNKNOWN;
    return m;
}

/* Whether an output moves, and loudly if that is asked for. */
static int is_moving(const situation *now, size_t i, int loudly) {
    levels output;
    read(now, i, &output);
    return moves(now, &output) > 0 && (!loudly || numjac_signal(now->table, &output) > LOUD);
}

/* Outputs that are asked where to go: evenly spaced among those that have something to say. */
size_t numjac_voices(const situation *now, const unsigned short *flags, const census *all, model *voice) {
    int unresolved = all->unresolved > 0;
    size_t willing = unresolved ? all->unresolved : all->moving;
    size_t count = 0, met = 0, wanted = willing < NUMJAC_VOICES ? willing : NUMJAC_VOICES;
    for (size_t i = 0; i < now->f->m && count < wanted; i++) {
        if ((flags[i] & SILENT) || (unresolved && !(flags[i] & NUMJAC_UNRESOLVED)))
            continue;
        if ((unresolved || all->moving < all->changing) && !is_moving(now, i, unresolved)) /* else the flags tell */
            continue;
        if (met++ * wanted < count * willing)
            continue;
        voice[count] = voice_of(now, i, unresolved);
        count += voice[count].resolved != 0;
    }
    return count;
}

/* All outputs as they are known now. */
census numjac_survey(situation *now, double *V, double *E, unsigned short *flags) {
    census all = {0, 0, 0, 0, 0};
    gather(now);
    for (size_t i = 0; i < now->f->m; i++) {
        if (flags[i] & NUMJAC_NOT_FINITE)
            V[i] = NAN, E[i] = INFINITY;
        else
            settle(now, i, V, E, flags, &all);
    }
    return all;
}
