/* SPDX-License-Identifier: BSD-3-Clause
 * extrapolate.c - derivatives and their errors from levels at freely chosen steps.
 *
 * Extrapolation by Lagrange's and Newton's formulas (Stoer and Bulirsch, Introduction to Numerical Analysis, 2.1 and
 * 3.5). What is left out is judged from the coefficients of both parities, so that one derivative that happens to
 * vanish fools nobody, and held against other subsets (Ridders, Adv. Eng. Software 4 (1982)). */
#include "extrapolate.h"

#include <float.h>
#include <math.h>

/* A series counts as resolved if a term is less than this part of the one before; on one side terms are half as
 * far apart. */
static double resolved_below(int onesided) { return onesided ? 0.5 : 0.25; }

/* The root majorant is a bound, not an estimate, for alternating or late-decaying series; see numjac_terms. */
#define ROOT 1.5

double numjac_log2(double x) {
    int exponent;
    double m;
    if (!(x > 0))
        return -DBL_MAX_EXP * 4.0;
    m = 2.0 * frexp(x, &exponent);
    return exponent - 1 + ((-1.0 / 3.0) * m + 2.0) * m - 5.0 / 3.0;
}

double numjac_exp2(double y) {
    double whole = floor(y), part = y - whole;
    if (whole < DBL_MIN_EXP - 60)
        return 0.0;
    return ldexp(((1.0 / 3.0) * part + 2.0 / 3.0) * part + 1.0, whole > DBL_MAX_EXP ? DBL_MAX_EXP : (int)whole);
}

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

/* The polynomials of one output over one subset: coefficients times powers of H. */
typedef struct {
    double odd[WIDEST], even[WIDEST];
} series;

/* Coefficients of the polynomial through y at the abscissae; the first as a correction of y[0], which is nearer. */
static void interpolate(const subset *S, const double *y, double *c) {
    c[0] = 0.0;
    for (int j = 0; j < S->size; j++)
        c[0] += S->W[0][j] * (y[j] - y[0]);
    c[0] += y[0];
    for (int l = 1; l < S->size; l++) {
        c[l] = 0.0;
        for (int j = 0; j < S->size; j++)
            c[l] += S->W[l][j] * (y[j] - y[0]);
    }
}

static void expand(const geometry *table, const subset *S, const levels *output, series *c) {
    double odd[WIDEST] = {0}, even[WIDEST] = {0};
    for (int j = 0; j < S->size; j++) {
        double up = S->H / table->h[S->first + j];
        odd[j] = output->odd[S->first + j] * up;
        even[j] = output->even[S->first + j] * up * up;
    }
    interpolate(S, odd, c->odd);
    if (!table->onesided)
        interpolate(S, even, c->even);
}

/* The terms of the series by level, both parities in one: the larger of each, and no less than its own noise. */
static void join(const geometry *table, const subset *S, const series *c, double noise, double *term) {
    for (int l = 0; l < S->size; l++) {
        double floor = 0.25 * noise * (table->onesided ? S->odd[l] : fmin(S->odd[l], S->even[l]));
        double larger = table->onesided ? fabs(c->odd[l]) : fmax(fabs(c->odd[l]), fabs(c->even[l]));
        term[l] = fmax(larger, floor);
    }
}

/* The ratio of a term to the one before, from the last terms; with one term from its two parities, or the prior. */
static double decay_of(const geometry *table, const subset *S, const series *c, const double *term, double prior) {
    int k = S->size;
    if (k == 1 && table->onesided)
        return prior;
    if (k == 1) {
        double ratio = c->odd[0] != 0 ? fabs(c->even[0]) / fabs(c->odd[0]) : 1.0;
        return fmax(ratio, prior) * fmax(ratio, prior);
    }
    double q = term[k - 1] / term[k - 2];
    if (k >= 3)
        q = fmax(q, 0.5 * sqrt(term[k - 1] / term[k - 3]));
    return fmin(q, 1e3);
}

/* (t / first)^(k / l), the next term if term l of the series told the rate. */
static double power(double t, double first, int k, double l) {
    return t > 0 ? numjac_exp2((numjac_log2(t) - numjac_log2(first)) * (k / l)) : 0.0;
}

/* The next term of the series, relative to its first: by the last ratio, or by the slowest rate of all its terms. */
static double next_term(const geometry *table, const subset *S, const series *c, const double *term, double q) {
    int k = S->size;
    double root = 0.0;
    if (k == 1)
        return q * fmax(1.0, ROOT);
    if (!table->onesided && fabs(c->odd[0]) > fabs(c->even[0]))
        root = power(fabs(c->even[0]), fabs(c->odd[0]), k, 0.5);
    for (int l = table->onesided && term[0] <= term[1] ? 2 : 1; l < k; l++) { /* one that measures tells no rate */
        root = fmax(root, power(fabs(c->odd[l]), term[0], k, l));
        if (!table->onesided)
            root = fmax(root, power(fabs(c->even[l]), term[0], k, l + 0.5));
    }
    return fmax(term[k - 1] / term[0] * q, ROOT * root);
}

/* The terms from one side where the slope vanishes, so that the bend is the largest: as large as its fastest root lets
 * expect, for every other one of an even function vanishes too. */
static void level_out(int size, double *term) {
    double rate = 0.0;
    for (int l = 2; l < size; l++)
        rate = fmax(rate, power(term[l], term[1], 1, l - 1));
    term[0] = term[1];
    for (int l = 2; l < size; l++)
        term[l] = rate * term[l - 1];
}

/* What one subset says, in units of its H. */
typedef struct {
    double value, truncation, noise, size, decay;
    double level_noise;
    int resolved;
    series c;
} opinion;

static opinion judge(const geometry *table, const subset *S, const levels *output, double prior) {
    opinion o;
    double term[WIDEST] = {0}, noise = output->noise[S->first + S->size - 1], slope;
    int row = table->onesided && table->target == 2 ? 1 : 0;
    expand(table, S, output, &o.c);
    join(table, S, &o.c, noise, term);
    slope = fabs(o.c.odd[0]);
    int flat = row && S->size > 1 && term[0] < term[1];
    if (flat)
        level_out(S->size, term);
    o.value = table->target == 1 ? o.c.odd[0] : table->onesided ? o.c.odd[1] : o.c.even[0];
    o.level_noise = noise;
    noise += output->argument / S->H * slope;
    o.noise = noise * (table->target == 2 && !table->onesided ? S->even[0] : S->odd[row]);
    o.size = term[0];
    o.decay = term[0] > 0 ? decay_of(table, S, &o.c, term, prior * S->H) : 0.0;
    o.truncation = term[0] > 0 ? next_term(table, S, &o.c, term, o.decay) * term[0] * S->product : 0.0;
    o.resolved = o.decay < resolved_below(table->onesided) && S->size > row + 2 * flat;
    if (S->size <= row)
        o.value = 0.0;
    return o;
}

/* Units of a value: H for a first derivative, H^2 for half a second one. */
static double unit_of(const geometry *table, double H) { return table->target == 1 ? H : H * H; }

/* How far a smaller level is from the polynomial of a subset, beyond its own noise: smaller steps must agree. */
static double disagreement(const geometry *table, const subset *S, const opinion *o, const levels *output, int level) {
    double h = table->h[level] / S->H, s = table->onesided ? h : h * h, p = 0.0;
    int even = table->target == 2;
    const double *c = even ? o->c.even : o->c.odd;
    if (even && table->onesided)
        return 0.0;
    for (int l = S->size - 1; l >= 0; l--)
        p = p * s + c[l];
    double found = even ? output->even[level] / (h * h) : output->odd[level] / h;
    double noise = even ? 2.0 / (h * h) : (table->onesided ? 2.0 : 1.0) / h;
    return fabs(found - p) - 3.0 * o->level_noise * noise;
}

/* The error of an opinion, in absolute units. */
static double error_of(const geometry *table, const opinion *all, int number, const levels *output) {
    const subset *S = &table->at[number];
    const opinion *o = &all[number];
    double T = o->truncation, unit = unit_of(table, S->H);
    if (!o->resolved || (S->size == 1 && table->levels > 1))
        return INFINITY;
    if (S->first > 0 && S->size < WIDEST) { /* one smaller level more */
        const subset *more = &table->at[table->start[S->first - 1] + S->size];
        double other = all[more - table->at].value / unit_of(table, more->H) * unit;
        T = fmax(T, fabs(o->value - other));
    }
    if (S->first + S->size < table->levels && S->size < WIDEST) { /* one larger level more, if that is resolved */
        const subset *more = S + 1;
        double other = all[more - table->at].value / unit_of(table, more->H) * unit;
        if (all[more - table->at].resolved)
            T = fmax(T, fabs(o->value - other));
    }
    for (int level = 0; level < S->first; level++)
        T = fmax(T, disagreement(table, S, o, output, level));
    return (2.0 * T + o->noise) / unit;
}

static model model_of(const geometry *table, const opinion *o, const subset *S, double error) {
    model best = {o->value / unit_of(table, S->H), error, o->size, fmax(o->decay, 1e-30), S->H, o->level_noise,
                  error < INFINITY};
    return best;
}

model numjac_smallest(const geometry *table, const levels *output, double prior) {
    opinion o = judge(table, &table->at[0], output, prior);
    double error = (2.0 * o.truncation + o.noise) / unit_of(table, table->at[0].H);
    return model_of(table, &o, &table->at[0], o.resolved ? error : INFINITY);
}

model numjac_extrapolate(const geometry *table, const levels *output, double prior) {
    opinion all[SUBSETS];
    double error[SUBSETS];
    int last = table->levels - 1, count = table->start[last] + 1, best = 0;
    error[0] = INFINITY, all[0] = judge(table, &table->at[0], output, prior);
    for (int k = 1; k < count; k++)
        all[k] = judge(table, &table->at[k], output, prior);
    for (int k = 0; k < count; k++) {
        error[k] = error_of(table, all, k, output);
        if (error[k] < error[best])
            best = k;
    }
    model found = model_of(table, &all[best], &table->at[best], error[best]);
    if (!found.resolved)
        return found;
    double factor = 1.0; /* the others must not contradict it by more than both admit */
    for (int k = 0; k < count; k++) {
        double value = all[k].value / unit_of(table, table->at[k].H), both = error[k] + error[best];
        if (k != best && error[k] < INFINITY && both > 0)
            factor = fmax(factor, fabs(value - found.value) / both);
    }
    found.error *= factor;
    return found;
}
