/* SPDX-License-Identifier: BSD-3-Clause
 * trials.c - one line after the other: where it is sampled next, until the derivatives along it are known.
 *
 * A line begins with one level at a step in proportion to its magnitude. Each further level is the one that the planner
 * finds most promising. What no plan can know of - an edge of the domain, a scale that is hidden, a function that does
 * not move - is left to the rescue: steps become very much smaller or larger, a bounded number of times. */
#include "planner.h"

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
#define POOR 1e-7        /* and if what is known is worse than this */
#define KAPPA 2.0        /* rounding errors of f, in units of u max|f| */
#define ARGUMENT 0.5     /* rounding errors of the argument inside f, in units of u |x| */
#define MOST_ARGUMENT 20 /* they count for no more than so many times those of f, unless they would not show */
#define MOVING 10.0      /* an output moves if it changes by more than so many noises */
#define CLEAR 1024.0     /* and is worth the first level if it changes by so many */
#define LOUD 60.0        /* smaller steps may resolve an output that changes by so many */
#define UNKNOWN 1e300    /* error of an output of which nothing is known yet */
enum { TINY_EXPONENT = -900 };
#define TINY_NOISE 1e-30  /* above it the grid of subnormal numbers does not show, whatever it is multiplied by */
enum { FARTHEST = 1000 }; /* powers of two in which numbers are measured, at most: 2^1000 and its inverse are normal */
#define SILENT (NUMJAC_NOT_FINITE | NUMJAC_KINK | NUMJAC_JUMP | NUMJAC_NO_DEPENDENCE) /* not asked where to go */

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

/* ------------------------------------------------------------------------------------------------------ levels */

/* What is known of a line when a decision is due. */
typedef struct {
    numjac_trial *trial;
    const numjac_outputs *f;
    const double *samples; /* [levels][2][m] */
    geometry *table;       /* steps in units of 2^unit, near the magnitude of x: their squares are in range */
    int unit;
    double size, argument;     /* the magnitude of x, and the rounding of the argument of f, in the same units */
    int growing;               /* the first level may be the wrong one, and steps can be much longer */
    int order[NUMJAC_LEVELS];  /* usable levels by ascending step */
    model kept[NUMJAC_VOICES]; /* what was found of the first outputs that move */
} situation;

/* A step in units of the table. */
static double scaled(const situation *now, double h) { return ldexp(h, -now->unit); }

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
        seen[k] = largest = numjac_larger(largest, numjac_larger(fabs(above[k]), fabs(below[k])));
    }
    int exponent = largest > 0 ? numjac_exponent(largest) + 1 : 0;
    exponent = exponent > FARTHEST ? FARTHEST : exponent < -FARTHEST ? -FARTHEST : exponent;
    double down = numjac_power(-exponent), still = f0 * down, half = sides == BOTH ? 0.5 : 1.0;
    for (int k = 0; k < count; k++) {
        double up = above[k] * down, low = below[k] * down;
        output->odd[k] = half * (up - low);
        output->even[k] = sides == BOTH ? 0.5 * ((up - still) + (low - still)) : 0.0;
        output->noise[k] = numjac_larger(KAPPA * now->f->unit * seen[k], now->f->noise[i]) * down;
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

/* How many outputs are in which state; of those that move. */
typedef struct {
    size_t alive, moving, changing, unresolved, imprecise;
} census;

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
    all->imprecise += moving > 0 && !(E[i] <= t->rtol * fabs(V[i]));
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
static size_t voices(const situation *now, const unsigned short *flags, const census *all, model *voice) {
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
        now->trial->finite[k] = (unsigned char)finite_sides(now, k, flags);
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
    size_t count = voices(now, flags, all, voice);
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
    if (!count || (t->budget <= 0 && t->rescues >= RESCUES) || (t->rtol > 0 && !all->imprecise && !all->unresolved) ||
        (extra && (t->frugal || t->pairs == 1 || !poor(count, voice))))
        return;
    h = numjac_plan(now->table, scaled(now, t->most), t->capped, t->budget, count, voice, &gain);
    if (h == 0 || (now->table->levels > 1 && !all->unresolved && gain < (extra ? LARGE_GAIN : GAIN)))
        return;
    t->rescues += extra, t->why = PLANNED;
    go(t, ldexp(h, now->unit));
}

/* All outputs as they are known now. */
static census survey(situation *now, double *V, double *E, unsigned short *flags) {
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

void numjac_trial_next(numjac_trial *t, const numjac_outputs *f, const double *samples, double *V, double *E,
                       unsigned short *flags, numjac_desk *desk) {
    situation now = {.trial = t, .f = f, .samples = samples, .table = (geometry *)(void *)desk->memory};
    int level = t->count;
    if (t->next == 0) /* finished */
        return;
    t->h[level] = t->next, t->count++;
    for (size_t i = 0; level == 0 && i < f->m; i++)
        V[i] = NAN, E[i] = INFINITY, flags[i] = isfinite(f->value[i]) ? 0u : (unsigned short)NUMJAC_NOT_FINITE;
    t->finite[level] = (unsigned char)finite_sides(&now, level, flags);
    if (!usable(t, level) && !recover(&now, flags))
        return;
    t->budget -= usable(t, level);
    census all = survey(&now, V, E, flags);
    if (t->why == GROWN && all.unresolved && t->h[level] > t->h[0]) { /* what lies so far away is not the slope at x */
        t->finite[level] = 0, t->next = 0.0;
        survey(&now, V, E, flags);
    } else if (all.moving)
        advance(&now, flags, &all);
    else if (all.alive)
        stir(&now, !all.changing);
    else
        t->next = 0.0;
}
