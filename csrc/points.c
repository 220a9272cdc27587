/* SPDX-License-Identifier: BSD-3-Clause
 * points.c - f at many points. */
#include "internal.h"

/* What the threads share. */
typedef struct {
    const numjac_function *function;
    const double *X;
    double *Y;
    numjac_outcome *outcome;
} job;

static int point(size_t thread, size_t row, numjac_queue *queue) {
    const job *all = queue->context;
    numjac_outcome *outcome = all->outcome + thread;
    const numjac_function *function = all->function;
    double *y = all->Y + row * function->m;
    numjac_blank(function->m, y); /* an output that f does not write stays NaN */
    outcome->code = function->f(function->n, all->X + row * function->n, function->m, y, function->data);
    if (outcome->code)
        outcome->column = row;
    return outcome->code;
}

int numjac_points(const numjac_function *function, size_t count, const double *X, const numjac_team *team, double *Y,
                  numjac_outcome *outcome) {
    size_t wider = function->n > function->m ? function->n : function->m;
    if (wider && count > SIZE_MAX / sizeof(double) / wider)
        return NUMJAC_TOO_LARGE;
    job all = {function, X, Y, outcome};
    numjac_queue queue = {.team = team, .count = count, .item = point, .context = &all};
    for (size_t thread = 0; thread < team->threads; thread++)
        outcome[thread] = (numjac_outcome){.column = SIZE_MAX};
    int status = numjac_share(&queue);
    numjac_merge(team->threads, outcome);
    return status;
}
