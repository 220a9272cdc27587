/* SPDX-License-Identifier: BSD-3-Clause
 * planner.c - where the next level of a table is worth most. */
#include "planner.h"

/* Candidates reach from the smallest step divided by REACH to the largest one times GROW, two to an octave; steps that
 * differ by less than APART tell nothing new. */
#define REACH 256.0
#define GROW 32.0
#define APART 1.15
#define ROOT_2 1.4142135623730951
#define FAINT 0.3      /* below 1 / sqrt(WIDEST), the least norm of weights that add up to 1 */
enum { OCTAVES = 18 }; /* a wider range than this is searched in whole octaves */

/* The steps of a subset with a new one among them: what all models need of it. */
typedef struct {
    int size;
    double H, product; /* the largest step; what the next coefficient is multiplied by */
    double s[WIDEST], r[WIDEST], inverses;
} prospect;

static void weigh(const geometry *table, const double *h, int size, prospect *p) {
    p->size = size, p->H = h[size - 1], p->product = 1.0, p->inverses = 0.0;
    for (int j = 0; j < size; j++) {
        double r = h[j] / p->H;
        p->r[j] = r, p->s[j] = table->onesided ? r : r * r;
        p->product *= p->s[j];
    }
    if (table->onesided && table->target == 2) {
        for (int j = 0; j < size; j++)
            p->inverses += 1.0 / p->s[j];
        p->product *= p->inverses;
    }
}

/* The noise of the extrapolated value in units of the noise of a sample. */
static double noise_of(const geometry *table, const prospect *p) {
    double noise = 0.0;
    int second = table->target == 2, slope = second && table->onesided; /* of the polynomial of one-sided quotients */
    for (int j = 0; j < p->size; j++) {
        double r = p->r[j], w = slope ? p->inverses - 1.0 / p->s[j] : 1.0;
        for (int other = 0; other < p->size; other++)
            if (other != j)
                w *= p->s[other] / (p->s[other] - p->s[j]);
        w *= second && !slope ? 2.0 / (r * r) : (table->onesided ? 2.0 : 1.0) / r;
        noise += w * w;
    }
    return sqrt(noise);
}

/* The truncation that a model predicts for a subset, the first part of the error. */
static double truncation(const geometry *table, const prospect *p, const model *known) {
    double g = p->H / known->H, decay = known->decay * (table->onesided ? g : g * g), term = known->size;
    double unit_then = table->target == 1 ? known->H : known->H * (table->onesided ? p->H : known->H);
    if (decay >= (table->onesided ? 0.5 : 0.25))
        return INFINITY;
    for (int l = 0; l < p->size; l++)
        term *= decay;
    return 2.0 * term * p->product / unit_then;
}

/* Lowers the least errors that are promised to the models to what they predict for a subset. Its noise takes long to
 * find, and is not looked at where truncation alone, or noise at its least, is no less than what is promised already.
 */
static void hear(const geometry *table, const prospect *p, size_t count, const model *known, double *least) {
    double part[NUMJAC_VOICES], noise, unit = table->target == 1 ? p->H : p->H * p->H;
    int better = 0;
    for (size_t v = 0; v < count; v++) {
        part[v] = truncation(table, p, &known[v]);
        better |= part[v] < least[v] && FAINT * known[v].noise < least[v] * unit;
    }
    if (!better)
        return;
    noise = noise_of(table, p);
    for (size_t v = 0; v < count; v++)
        least[v] = numjac_smaller(least[v], part[v] + known[v].noise * noise / unit);
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
            prospect chance;
            weigh(table, p->h + i, size, &chance);
            hear(table, &chance, count, known, least);
        }
    }
    for (size_t v = 0; v < count; v++)
        sum += numjac_log2(least[v]);
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
    double low = fmax(table->h[0] / REACH, DBL_TRUE_MIN), high = GROW * table->h[table->levels - 1];
    high = fmin(capped ? most : fmin(most, high), DBL_MAX);
    *gain = 0.0;
    if (!(high > 0) || !(low < INFINITY))
        return 0.0;
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
    if (!(best < INFINITY))
        return 0.0;
    *gain = now_error / (double)count - best;
    return left >= 2 ? nearer(chosen, table->h[0]) : chosen;
}
