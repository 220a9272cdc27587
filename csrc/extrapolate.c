/* SPDX-License-Identifier: BSD-3-Clause
 * extrapolate.c - derivatives and their errors from levels at freely chosen steps.
 *
 * Extrapolation by Lagrange's and Newton's formulas (Stoer and Bulirsch, Introduction to Numerical Analysis, 2.1 and
 * 3.5). What is left out is judged from the coefficients of both parities, so that one derivative that happens to
 * vanish fools nobody, and held against other subsets (Ridders, Adv. Eng. Software 4 (1982)). */
#include "extrapolate.h"

/* A series counts as resolved if a term is less than this part of the one before; on one side terms are half as
 * far apart. */
static double resolved_below(int onesided) { return onesided ? 0.5 : 0.25; }

/* The root majorant is a bound, not an estimate, for alternating or late-decaying series; see numjac_terms. */
#define ROOT 1.5

/* The inverse of Vandermonde's matrix: W[l][j] is coefficient l of Lagrange's polynomial number j. */
static void invert(int size, const double *s, double W[WIDEST][WIDEST]) {
    for (int j = 0; j < size; j++) {
        double p[WIDEST + 1] = {1.0}, divisor = 1.0;
        int degree = 0;
        for (int other = 0; other < size; other++) {
            if (other == j)
                continue;
            p[degree + 1] = 0.0;
            for (int l = degree + 1; l > 0; l--)
                p[l] = p[l - 1] - s[other] * p[l];
            p[0] = -s[other] * p[0];
            degree++;
            divisor *= s[j] - s[other];
        }
        for (int l = 0; l < size; l++)
            W[l][j] = p[l] / divisor;
    }
}

static void measure(const geometry *table, int first, int size, subset *S) {
    const double *h = table->h + first;
    double inverses = 0.0;
    S->first = first, S->size = size, S->H = h[size - 1], S->product = 1.0;
    for (int j = 0; j < size; j++) {
        double r = h[j] / S->H;
        S->s[j] = table->onesided ? r : r * r;
        S->up[j] = S->H / h[j];
        S->product *= S->s[j];
        inverses += 1.0 / S->s[j];
    }
    if (table->onesided && table->target == 2) /* (d/ds) prod (s - s_j) at 0 */
        S->product *= inverses;
    invert(size, S->s, S->W);
    for (int l = 0; l < size; l++) {
        double odd = 0.0, even = 0.0;
        for (int j = 0; j < size; j++) {
            double r = h[j] / S->H, w = S->W[l][j] / r;
            odd += w * w;
            even += (w / r) * (w / r);
        }
        S->odd[l] = (table->onesided ? 2.0 : 1.0) * sqrt(odd);
        S->even[l] = 2.0 * sqrt(even);
        S->least[l] = table->onesided ? S->odd[l] : numjac_smaller(S->odd[l], S->even[l]);
    }
}

void numjac_geometry(int count, const double *h, int onesided, int target, geometry *table) {
    int number = 0;
    table->levels = count, table->onesided = onesided, table->target = target;
    for (int i = 0; i < count; i++)
        table->h[i] = h[i];
    for (int i = 0; i < count; i++) {
        table->start[i] = number;
        for (int size = 1; size <= WIDEST && i + size <= count; size++)
            measure(table, i, size, &table->at[number++]);
    }
}

/* What one subset says, in units of its H: among others the polynomials, coefficients times powers of H. */
typedef struct {
    double value, truncation, noise, size, decay;
    double level_noise;
    int resolved;
    double odd[WIDEST], even[WIDEST];
} opinion;

/* A level divided by its abscissa's root, or for an even part by the abscissa. */
static double quotient(const subset *S, const double *level, int j, int even) {
    double y = level[j] * S->up[j];
    return even ? y * S->up[j] : y;
}

/* Coefficients of the polynomial through quotients; the first as a correction of that of the nearest level. */
static void interpolate(const subset *S, const double *level, int even, double *c) {
    double beyond[WIDEST], nearest = quotient(S, level, 0, even);
    for (int j = 0; j < S->size; j++)
        beyond[j] = quotient(S, level, j, even) - nearest;
    for (int l = 0; l < S->size; l++) {
        double sum = 0.0;
        for (int j = 0; j < S->size; j++)
            sum += S->W[l][j] * beyond[j];
        c[l] = l == 0 ? sum + nearest : sum;
    }
}

/* The terms of the series by level, both parities in one: the larger of each, and no less than its own noise. */
static void join(const geometry *table, const subset *S, const opinion *o, double *term) {
    for (int l = 0; l < S->size; l++) {
        double floor = 0.25 * o->level_noise * S->least[l], larger = fabs(o->odd[l]);
        if (!table->onesided)
            larger = numjac_larger(larger, fabs(o->even[l]));
        term[l] = numjac_larger(larger, floor);
    }
}

/* The ratio of a term to the one before, from the last terms; with one term from its two parities, or the prior. */
static double decay_of(const geometry *table, const subset *S, const opinion *o, const double *term, double prior) {
    int k = S->size;
    if (k == 1 && table->onesided)
        return prior;
    if (k == 1) {
        double ratio = o->odd[0] != 0 ? fabs(o->even[0]) / fabs(o->odd[0]) : 1.0;
        ratio = numjac_larger(ratio, prior);
        return ratio * ratio;
    }
    double q = term[k - 1] / term[k - 2];
    if (k >= 3)
        q = numjac_larger(q, 0.5 * sqrt(term[k - 1] / term[k - 3]));
    return numjac_smaller(q, 1e3);
}

/* log2 of (t / first)^(k / l), the next term if term l of the series told the rate; 2^first is the first term. */
static double power(double t, double first, int k, double l) {
    return t > 0 ? (numjac_log2(t) - first) * (k / l) : -INFINITY;
}

/* The next term of the series, relative to its first: by the last ratio, or by the slowest rate of all its terms. The
 * greatest of powers of 2 is that of the greatest exponent, for numjac_exp2 ascends. */
static double next_term(const geometry *table, const subset *S, const opinion *o, const double *term) {
    int k = S->size;
    double root = -INFINITY, first;
    if (k == 1)
        return o->decay * ROOT;
    if (!table->onesided && fabs(o->odd[0]) > fabs(o->even[0]))
        root = power(fabs(o->even[0]), numjac_log2(fabs(o->odd[0])), k, 0.5);
    first = numjac_log2(term[0]);
    for (int l = table->onesided && term[0] <= term[1] ? 2 : 1; l < k; l++) { /* one that measures tells no rate */
        root = numjac_larger(root, power(fabs(o->odd[l]), first, k, l));
        if (!table->onesided)
            root = numjac_larger(root, power(fabs(o->even[l]), first, k, l + 0.5));
    }
    return numjac_larger(term[k - 1] / term[0] * o->decay, ROOT * numjac_exp2(root));
}

/* The terms from one side where the slope vanishes, so that the bend is the largest: as large as its fastest root lets
 * expect, for every other one of an even function vanishes too. */
static void level_out(int size, double *term) {
    double rate = -INFINITY, first = numjac_log2(term[1]);
    for (int l = 2; l < size; l++)
        rate = numjac_larger(rate, power(term[l], first, 1, l - 1));
    rate = numjac_exp2(rate);
    term[0] = term[1];
    for (int l = 2; l < size; l++)
        term[l] = rate * term[l - 1];
}

/* The truncation of what is not resolved is of no use to anybody, and not found. */
static void judge(const geometry *table, const subset *S, const levels *output, double prior, opinion *o) {
    double term[WIDEST] = {0}, noise = output->noise[S->first + S->size - 1];
    int row = table->onesided && table->target == 2 ? 1 : 0;
    interpolate(S, output->odd + S->first, 0, o->odd);
    if (!table->onesided)
        interpolate(S, output->even + S->first, 1, o->even);
    o->level_noise = noise;
    join(table, S, o, term);
    int flat = row && S->size > 1 && term[0] < term[1];
    if (flat)
        level_out(S->size, term);
    o->value = S->size <= row ? 0.0 : table->target == 1 || table->onesided ? o->odd[row] : o->even[0];
    noise += numjac_smaller(output->argument / S->H * fabs(o->odd[0]), output->most * noise);
    o->noise = noise * (table->target == 2 && !table->onesided ? S->even[0] : S->odd[S->size > row ? row : 0]);
    o->size = term[0];
    o->decay = term[0] > 0 ? decay_of(table, S, o, term, prior * S->H) : 0.0;
    o->resolved = o->decay < resolved_below(table->onesided) && S->size > row + 2 * flat;
    o->truncation = 0.0;
    if (term[0] > 0 && (o->resolved || S->size == 1))
        o->truncation = next_term(table, S, o, term) * term[0] * S->product;
}

/* Units of a value: H for a first derivative, H^2 for half a second one. */
static double unit_of(const geometry *table, double H) { return table->target == 1 ? H : H * H; }

/* How far a smaller level is from the polynomial of a subset, beyond its own noise: smaller steps must agree. */
static double disagreement(const geometry *table, const subset *S, const opinion *o, const levels *output, int level) {
    double h = table->h[level] / S->H, s = table->onesided ? h : h * h, p = 0.0;
    int even = table->target == 2;
    const double *c = even ? o->even : o->odd;
    if (even && table->onesided)
        return 0.0;
    for (int l = S->size - 1; l >= 0; l--)
        p = p * s + c[l];
    double found = even ? output->even[level] / (h * h) : output->odd[level] / h;
    double noise = even ? 2.0 / (h * h) : (table->onesided ? 2.0 : 1.0) / h;
    return fabs(found - p) - 3.0 * o->level_noise * noise;
}

/* How far the values of two subsets are apart, in units of the first. */
static double distance(const geometry *table, const opinion *all, const subset *S, const subset *other) {
    double there = all[other - table->at].value / unit_of(table, other->H) * unit_of(table, S->H);
    return fabs(all[S - table->at].value - there);
}

/* The error of an opinion, in absolute units. */
static double error_of(const geometry *table, const opinion *all, int number, const levels *output) {
    const subset *S = &table->at[number];
    const opinion *o = &all[number];
    double T = o->truncation;
    if (!o->resolved)
        return INFINITY;
    if (S->first > 0 && S->size < WIDEST) /* one smaller level more */
        T = numjac_larger(T, distance(table, all, S, &table->at[table->start[S->first - 1] + S->size]));
    if (S->first + S->size < table->levels && S->size < WIDEST && o[1].resolved) /* one larger level more */
        T = numjac_larger(T, distance(table, all, S, S + 1));
    for (int level = 0; level < S->first; level++)
        T = numjac_larger(T, disagreement(table, S, o, output, level));
    return ((table->onesided ? 4.0 : 2.0) * T + o->noise) / unit_of(table, S->H); /* one parity tells less than two */
}

static model model_of(const geometry *table, const opinion *o, const subset *S, double error) {
    model best = {o->value / unit_of(table, S->H),
                  error,
                  o->size,
                  numjac_larger(o->decay, 1e-30),
                  S->H,
                  o->level_noise,
                  error < INFINITY};
    if (!best.resolved) /* NaN, too */
        best.error = INFINITY;
    return best;
}

model numjac_smallest(const geometry *table, const levels *output, double prior) {
    opinion o;
    judge(table, &table->at[0], output, prior, &o);
    double error = (2.0 * o.truncation + o.noise) / unit_of(table, table->at[0].H);
    return model_of(table, &o, &table->at[0], o.resolved ? error : INFINITY);
}

/* Where nothing is resolved, the level that would be the least wrong if it were; its error is infinite. */
static model guess(const geometry *table, const levels *output, double prior) {
    model best = {.error = INFINITY};
    double least = INFINITY;
    for (int level = 0; level < table->levels; level++) {
        const subset *S = &table->at[table->start[level]];
        opinion o;
        judge(table, S, output, prior, &o);
        double error = (2.0 * o.truncation + o.noise) / unit_of(table, S->H);
        if (error < least || level == 0)
            least = error, best = model_of(table, &o, S, INFINITY);
    }
    return best;
}

model numjac_extrapolate(const geometry *table, const levels *output, double prior) {
    opinion all[SUBSETS];
    double error[SUBSETS];
    int last = table->levels - 1, count = table->start[last] + 1, best = -1;
    if (count == 1) /* a single level is good enough only where there is no other */
        return numjac_smallest(table, output, prior);
    for (int k = 0; k < count; k++)
        if (table->at[k].size > 1)
            judge(table, &table->at[k], output, prior, &all[k]);
    for (int k = 0; k < count; k++) {
        error[k] = table->at[k].size > 1 ? error_of(table, all, k, output) : INFINITY;
        if (error[k] < (best < 0 ? INFINITY : error[best]))
            best = k;
    }
    if (best < 0)
        return guess(table, output, prior);
    model found = model_of(table, &all[best], &table->at[best], error[best]);
    double factor = 1.0; /* the others must not contradict it by more than both admit */
    for (int k = 0; k < count; k++) {
        if (k == best || !(error[k] < INFINITY))
            continue;
        double value = all[k].value / unit_of(table, table->at[k].H), both = error[k] + error[best];
        if (both > 0)
            factor = numjac_larger(factor, fabs(value - found.value) / both);
    }
    found.error *= factor;
    return found;
}
