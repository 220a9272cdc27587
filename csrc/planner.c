/* SPDX-License-Identifier: BSD-3-Clause
 * planner.c - where the next level of a table is worth most. */
#include "planner.h"

#include <math.h>

/* Candidates reach from the smallest step divided by REACH to the largest one times GROW, two to an octave; steps that
 * differ by less than APART tell nothing new. */
#define REACH 256.0
#define GROW 32.0
#define APART 1.15
#define UNPROMISING 4096.0 /* log2 of the error where no subset is resolved */
#define ROOT_2 1.4142135623730951
enum { OCTAVES = 18 }; /* a wider range than this is searched in whole octaves */

/* The steps of a subset with a new one among them: what all models need of it. */
typedef struct {
    int size;
    double H, product, noise; /* the noise of the value in units of the noise of a sample */
} prospect;

static prospect weigh(const geometry *table, const double *h, int size) {
    prospect p = {size, h[size - 1], 1.0, 0.0};
    double s[WIDEST], inverses = 0.0;
    int second = table->target == 2, slope = second && table->onesided; /* of the polynomial of one-sided quotients */
    for (int j = 0; j < size; j++) {
        double r = h[j] / p.H;
        s[j] = table->onesided ? r : r * r;
        p.product *= s[j];
        inverses += 1.0 / s[j];
    }
    for (int j = 0; j < size; j++) {
        double r = h[j] / p.H, w = slope ? inverses - 1.0 / s[j] : 1.0;
        for (int other = 0; other < size; other++)
            if (other != j)
                w *= s[other] / (s[other] - s[j]);
        w *= second && !slope ? 2.0 / (r * r) : (table->onesided ? 2.0 : 1.0) / r;
        p.noise += w * w;
    }
    p.noise = sqrt(p.noise);
    if (slope)
        p.product *= inverses;
    return p;
}

/* The error that a model predicts for a subset. */
static double predict(const geometry *table, const prospect *p, const model *known) {
    double g = p->H / known->H, decay = known->decay * (table->onesided ? g : g * g), term = known->size;
    double unit = table->target == 1 ? p->H : p->H * p->H;
    double unit_then = table->target == 1 ? known->H : known->H * (table->onesided ? p->H : known->H);
    if (decay >= (table->onesided ? 0.5 : 0.25))
        return INFINITY;
    for (int l = 0; l < p->size; l++)
        term *= decay;
    return 2.0 * term * p->product / unit_then + known->noise * p->noise / unit;
}

/* A table with new steps in it: sorted, and which of them are new. */
typedef struct {
    int count;
    double h[NUMJAC_LEVELS + 2];
    unsigned char fresh[NUMJAC_LEVELS + 2];
} plan;

static void insert(plan *p, double h) {
    int k = p->count++;
    for (; k > 0 && p->h[k - 1] > h; k--)
        p->h[k] = p->h[k - 1], p->fresh[k] = p->fresh[k - 1];
    p->h[k] = h, p->fresh[k] = 1;
}

static int far_from_all(const plan *p, double h) {
    for (int k = 0; k < p->count; k++)
        if (p->h[k] < APART * h && h < APART * p->h[k])
            return 0;
    return 1;
}

/* The mean over the models of log2 of the least error that any subset with a new step promises. */
static double promise(const geometry *table, const plan *p, size_t count, const model *known) {
    double least[NUMJAC_VOICES], sum = 0.0;
    for (size_t v = 0; v < count; v++) /* one level alone is not accepted beside others, so it is no alternative */
        least[v] = table->levels > 1 ? known[v].error : INFINITY;
    for (int i = 0; i < p->count; i++) {
        int fresh = p->fresh[i];
        for (int size = 2; size <= WIDEST && i + size <= p->count; size++) {
            fresh |= p->fresh[i + size - 1];
            if (!fresh)
                continue;
            prospect chance = weigh(table, p->h + i, size);
            for (size_t v = 0; v < count; v++)
                least[v] = fmin(least[v], predict(table, &chance, &known[v]));
        }
    }
    for (size_t v = 0; v < count; v++)
        sum += least[v] < INFINITY ? numjac_log2(least[v]) : UNPROMISING;
    return sum / (double)count;
}

/* One candidate, with a second one at half its step if two more levels may come: the second is what makes it pay. */
static double rate(const geometry *table, const plan *now, double h, int left, size_t count, const model *known) {
    plan with = *now;
    if (!far_from_all(now, h))
        return INFINITY;
    insert(&with, h);
    if (left >= 2 && !far_from_all(now, 0.5 * h))
        return INFINITY;
    if (left >= 2)
        insert(&with, 0.5 * h);
    return promise(table, &with, count, known);
}

/* Of two steps that are planned at once, the one nearer to the smallest level comes first. */
static double nearer(double h, double smallest) {
    double half = 0.5 * h;
    return fabs(numjac_log2(h) - numjac_log2(smallest)) < fabs(numjac_log2(half) - numjac_log2(smallest)) ? h : half;
}

double numjac_plan(const geometry *table, double most, int capped, int left, size_t count, const model *known,
                   double *gain) {
    plan now = {.count = table->levels};
    double now_error = 0.0, best = INFINITY, chosen = 0.0;
    for (int k = 0; k < table->levels; k++)
        now.h[k] = table->h[k];
    double low = table->h[0] / REACH, high = capped ? most : fmin(most, GROW * table->h[table->levels - 1]);
    int first = ilogb(low), whole = ilogb(high) - first > OCTAVES;
    for (int k = 0; k <= 2 * (ilogb(high) + 1 - first) + 1; k++) {
        double h = ldexp(k % 2 ? ROOT_2 : 1.0, first + k / 2);
        if (h < low || (k % 2 && whole))
            continue;
        int last = h >= high;
        double error = rate(table, &now, last ? high : h, left, count, known);
        if (error < best)
            best = error, chosen = last ? high : h;
        if (last)
            break;
    }
    for (size_t v = 0; v < count; v++)
        now_error += numjac_log2(known[v].error);
    *gain = best < INFINITY ? now_error / (double)count - best : 0.0;
    return best < INFINITY && left >= 2 ? nearer(chosen, table->h[0]) : chosen;
}
