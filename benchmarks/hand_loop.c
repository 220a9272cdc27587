/* SPDX-License-Identifier: BSD-3-Clause
 * hand_loop.c - the core beside a loop written by hand with the same stencil; compiled by bench_threads.py.
 *
 * Prints for each size and cost of f: nanoseconds of f, of the hand-written Jacobian, of the core's. */
#define _POSIX_C_SOURCE 200809L
#include "numjac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 41 };

static size_t spins;

/* Every output (m = n), and so many dependent operations beside. */
static int f(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)n, (void)data;
    double s = x[0];
    for (size_t k = 0; k < spins; k++)
        s = s * 0.999999 + 1e-9;
    for (size_t i = 0; i < m; i++)
        y[i] = 2.0 * x[i] + s;
    return 0;
}

static void hand(size_t n, const double *x, size_t m, const numjac_pair *nodes, double *work, double *J) {
    double *moved = work, *up = work + n, *low = work + n + m;
    memcpy(moved, x, n * sizeof *x);
    for (size_t j = 0; j < n; j++) {
        moved[j] = nodes[j].upper;
        f(n, moved, m, up, NULL);
        moved[j] = nodes[j].lower;
        f(n, moved, m, low, NULL);
        double width = nodes[j].upper - nodes[j].lower, *column = J + j * m;
        for (size_t i = 0; i < m; i++)
            column[i] = (up[i] - low[i]) / width;
        moved[j] = x[j];
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double d = *(const double *)a - *(const double *)b;
    return (d > 0) - (d < 0);
}

static double median(double *times) {
    qsort(times, ROUNDS, sizeof *times, ascending);
    return times[ROUNDS / 2];
}

static int never(void *context) { return context != NULL; }

int main(void) {
    const size_t sizes[] = {10, 100, 1000};
    const double costs[] = {100, 1000, 10000};
    const numjac_quotient central = {1, -1, 1};
    for (int s = 0; s < 3; s++)
        for (int c = 0; c < 3; c++) {
            size_t n = sizes[s], m = n, size, column;
            double *x = malloc(n * sizeof *x), *y = malloc(m * sizeof *y), *h = malloc(n * sizeof *h);
            double *J = malloc(n * m * sizeof *J), times[3][ROUNDS];
            numjac_pair *nodes = malloc(n * sizeof *nodes);
            for (size_t j = 0; j < n; j++)
                x[j] = 1.0 + (double)j / (double)n;
            double one = 0;
            for (spins = 0; one < costs[c];
                 spins = spins * 5 / 4 + 8) { /* as expensive as that, or as it is at least */
                double t = now();
                for (int k = 0; k < 100; k++)
                    f(n, x, m, y, NULL);
                one = (now() - t) / 100;
            }
            numjac_steps(n, x, NULL, 6e-6, h);
            numjac_nodes(n, x, n, NULL, h, 1, &central, nodes, &column);
            numjac_columns_work(n, m, 1, &size);
            double *work = malloc(size * sizeof *work);
            numjac_function function = {n, m, x, y, f, NULL};
            numjac_table table = {1, &central, n, NULL, NULL, nodes};
            numjac_team team = {1, never, NULL};
            numjac_outcome outcome;
            int repeat = (int)(2e6 / (one * 2 * (double)n)) + 1;
            for (int r = 0; r < ROUNDS; r++)
                for (int which = 0; which < 3; which++) {
                    double t = now();
                    for (int k = 0; k < repeat; k++) {
                        if (which == 0)
                            for (size_t j = 0; j < 2 * n; j++)
                                f(n, x, m, y, NULL);
                        else if (which == 1)
                            hand(n, x, m, nodes, work, J);
                        else
                            numjac_columns(&function, &table, &team, work, n, J, &outcome);
                    }
                    times[which][r] = (now() - t) / repeat;
                }
            printf("%zu %g %g %g %g\n", n, costs[c], median(times[0]) / (2 * (double)n), median(times[1]),
                   median(times[2]));
            free(x), free(y), free(h), free(J), free(nodes), free(work);
        }
    return 0;
}
