/* SPDX-License-Identifier: BSD-3-Clause
 * problem.h - functions with known derivatives, and stencils to sample them by. */
#ifndef NUMJAC_PROBLEM_H
#define NUMJAC_PROBLEM_H

#include "check.h"
#include "numjac.h"

#include <math.h>

enum { MOST_QUOTIENTS = 3, LONGEST = 40 };

/* A stencil and its order of accuracy. */
typedef struct {
    size_t order, quotients;
    numjac_quotient stencil[MOST_QUOTIENTS];
} method;

static const method METHODS[] = {
    {1, 1, {{1, 0, 1}}},
    {1, 1, {{-1, 0, 1}}},
    {2, 1, {{1, -1, 1}}},
    {2, 2, {{1, 0, 1.5}, {2, 1, -0.5}}},
    {3, 3, {{1, -1, 2.0 / 3}, {2, 0, -1.0 / 3}, {1, 0, 2.0 / 3}}},
    {4, 2, {{1, -1, 4.0 / 3}, {2, -2, -1.0 / 3}}},
};
enum { METHOD_COUNT = sizeof METHODS / sizeof *METHODS };
static const method *const FORWARD = METHODS, *const CENTRAL = METHODS + 2, *const ORDER_4 = METHODS + 5;

/* A function at a point, differentiated with the same step in every column. */
typedef struct {
    double x[LONGEST], value[LONGEST], h;
    numjac_pair nodes[LONGEST * MOST_QUOTIENTS];
    numjac_function function;
    numjac_table table;
} problem;

/* The columns that are wanted, NULL for 0, 1, 2, ..., and their nodes. */
static inline void choose(problem *p, size_t count, const ptrdiff_t *entry, const ptrdiff_t *slot) {
    double h[LONGEST];
    size_t column;
    for (size_t c = 0; c < count; c++)
        h[c] = p->h;
    p->table.count = count;
    p->table.entry = entry;
    p->table.slot = slot;
    if (numjac_nodes(p->function.n, p->x, count, entry, h, p->table.quotients, p->table.stencil, p->nodes, &column))
        abort();
}

/* Poses f at x_j = 1/2 + j/16, all columns wanted. */
static inline void pose(problem *p, const method *by, size_t n, size_t m, double h, numjac_fn f) {
    for (size_t j = 0; j < n; j++)
        p->x[j] = 0.5 + (double)j / 16;
    f(n, p->x, m, p->value, NULL);
    p->h = h;
    p->function = (numjac_function){n, m, p->x, p->value, f, NULL};
    p->table = (numjac_table){.quotients = by->quotients, .stencil = by->stencil, .nodes = p->nodes};
    choose(p, n, NULL, NULL);
}

/* f_i(x) = sum_j A_ij x_j with A_ij a power of two: no sum below is rounded. */
static inline double linear_slope(size_t i, size_t j) {
    return ldexp((i + j) % 2 ? -1.0 : 1.0, (int)((3 * i + j) % 5));
}

static inline int linear(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)data;
    for (size_t i = 0; i < m; i++) {
        y[i] = 0.0;
        for (size_t j = 0; j < n; j++)
            y[i] += linear_slope(i, j) * x[j];
    }
    return 0;
}

/* f_i(x) = i: its differences are zeros, of either sign. */
static inline int constant(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)n, (void)x, (void)data;
    for (size_t i = 0; i < m; i++)
        y[i] = (double)i;
    return 0;
}

/* f_i(x) = sin(i + sum_j (j + 1) / n * x_j): smooth, every column another, all entries of x in all of f. */
static inline double phase(size_t n, const double *x) {
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
        sum += (double)(j + 1) / (double)n * x[j];
    return sum;
}

static inline int smooth(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)data;
    for (size_t i = 0; i < m; i++)
        y[i] = sin((double)i + phase(n, x));
    return 0;
}

static inline double smooth_slope(size_t n, const double *x, size_t i, size_t j) {
    return (double)(j + 1) / (double)n * cos((double)i + phase(n, x));
}

/* The columns of a problem on some threads; J is [m * width]. The status and the outcome are those of the core. */
static inline int differentiate(const problem *p, size_t threads, size_t width, double *J, numjac_outcome *outcome) {
    size_t size = 0;
    if (numjac_columns_work(p->function.n, p->function.m, threads, &size))
        abort();
    double *work = doubles(size);
    numjac_outcome *outcomes = guarded(threads * sizeof *outcomes);
    const numjac_team team = {.threads = threads};
    int status = numjac_columns(&p->function, &p->table, &team, work, width, J, outcomes);
    *outcome = outcomes[0];
    release(outcomes, threads * sizeof *outcomes);
    release(work, size * sizeof *work);
    return status;
}

#endif
