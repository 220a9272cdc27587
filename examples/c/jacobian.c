/* SPDX-License-Identifier: BSD-3-Clause
 * jacobian.c - the Jacobian of an oscillator by central differences, with the core of numjac and without Python. */
#include "numjac.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 2, M = 2 };

static int oscillator(size_t n, const double *x, size_t m, double *y, void *data) {
    const double *stiffness = data;
    (void)n, (void)m;
    y[0] = x[1];
    y[1] = -*stiffness * x[0] - x[0] * x[0] * x[0];
    return 0;
}

int main(void) {
    double stiffness = 3, x[N] = {2, 1}, h[N], J[M * N];
    const numjac_quotient central = {1, -1, 1};
    numjac_pair nodes[N];
    numjac_outcome outcome[2];
    numjac_function f = {.n = N, .m = M, .x = x, .f = oscillator, .data = &stiffness};
    numjac_table table = {.quotients = 1, .stencil = &central, .count = N, .nodes = nodes};
    numjac_team team = {.threads = 2};
    size_t column, size;

    numjac_steps(N, x, NULL, cbrt(2e-16), h);
    int status = numjac_nodes(N, x, N, NULL, h, 1, &central, nodes, &column);
    if (!status)
        status = numjac_columns_work(N, M, team.threads, &size);
    double *work = status ? NULL : malloc(size * sizeof *work);
    if (work)
        status = numjac_columns(&f, &table, &team, work, N, J, outcome);
    free(work);
    if (status || !work) {
        fprintf(stderr, "%s\n", status ? numjac_message(status) : "no memory");
        return 1;
    }
    for (int i = 0; i < M; i++)
        printf("%3.0f %3.0f\n", J[i] + 0.0, J[M + i] + 0.0);
    return 0;
}
