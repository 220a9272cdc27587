/* SPDX-License-Identifier: BSD-3-Clause
 * columns.c - sample f on the nodes of one column after the other, and combine the samples. */
#include "internal.h"

#include <string.h>

/* Doubles between the workspaces of two threads. */
enum { GAP = 16 };

/* What the threads share. */
typedef struct {
    const numjac_function *function;
    const numjac_table *table;
    double *work;
    size_t room; /* doubles of work for each thread */
    double *J;
    numjac_outcome *outcome;
} job;

/* What one thread owns: its point and the samples at the two nodes of a quotient. */
typedef struct {
    double *x, *upper, *lower;
} workspace;

/* The order of operations is fixed, so that one column has the same bits in every run and in batch.c. */
NUMJAC_WIDE int numjac_accumulate(size_t m, double weight, double width, const double *restrict upper,
                                  const double *restrict lower, int first, double *restrict column) {
    uint64_t carries = 0;
    for (size_t i = 0; i < m; i++) {
        double term = numjac_term(weight, upper[i], lower[i], width);
        column[i] = first ? term : column[i] + term;
        carries |= numjac_carry(column[i]);
    }
    return !(carries >> 63);
}

/* The same with samples that are NaN afterwards, for the next call of f: to write them here costs nothing, as the
 * division takes longer. */
NUMJAC_WIDE static int consume(size_t m, double weight, double width, double *restrict upper, double *restrict lower,
                               int first, double *restrict column) {
    uint64_t carries = 0;
    for (size_t i = 0; i < m; i++) {
        double term = numjac_term(weight, upper[i], lower[i], width);
        upper[i] = lower[i] = NAN;
        column[i] = first ? term : column[i] + term;
        carries |= numjac_carry(column[i]);
    }
    return !(carries >> 63);
}

NUMJAC_WIDE static int consume_upper(size_t m, double weight, double width, double *restrict upper,
                                     const double *restrict value, int first, double *restrict column) {
    uint64_t carries = 0;
    for (size_t i = 0; i < m; i++) {
        double term = numjac_term(weight, upper[i], value[i], width);
        upper[i] = NAN;
        column[i] = first ? term : column[i] + term;
        carries |= numjac_carry(column[i]);
    }
    return !(carries >> 63);
}

size_t numjac_settle(size_t m, double *column) {
    size_t nonfinite = 0;
    for (size_t i = 0; i < m; i++)
        if (!isfinite(column[i])) {
            column[i] = NAN;
            nonfinite++;
        }
    return nonfinite;
}

/* y = f(x with entry j at `at`). */
static int sample(const numjac_function *function, double *x, size_t j, double at, double *y, numjac_outcome *outcome) {
    x[j] = at;
    outcome->at = at;
    outcome->code = function->f(function->n, x, function->m, y, function->data);
    return outcome->code ? NUMJAC_STOPPED : NUMJAC_OK;
}

/* One column: every quotient sampled and added. x is left as it was found. */
static int derivative(const job *all, size_t c, const workspace *own, numjac_outcome *outcome, numjac_queue *queue,
                      size_t thread) {
    const numjac_function *function = all->function;
    const numjac_table *table = all->table;
    double *column = all->J + numjac_index(table->slot, c) * function->m;
    size_t j = numjac_index(table->entry, c);
    int finite = 1; /* after the last quotient, which what was not finite before stays in */
    for (size_t q = 0; q < table->quotients; q++) {
        const numjac_quotient *quotient = table->stencil + q;
        const numjac_pair *node = table->nodes + c * table->quotients + q;
        int beside = !numjac_at_point(quotient);
        int status = sample(function, own->x, j, node->upper, own->upper, outcome);
        if (!status && beside)
            status = numjac_interrupted(queue, thread) || sample(function, own->x, j, node->lower, own->lower, outcome);
        if (status || (q + 1 < table->quotients && numjac_interrupted(queue, thread)))
            return NUMJAC_STOPPED;
        double width = node->upper - node->lower;
        finite = beside
                     ? consume(function->m, quotient->weight, width, own->upper, own->lower, q == 0, column)
                     : consume_upper(function->m, quotient->weight, width, own->upper, function->value, q == 0, column);
    }
    own->x[j] = function->x[j];
    if (!finite)
        outcome->nonfinite += numjac_settle(function->m, column);
    return NUMJAC_OK;
}

/* A column as an item of the queue. */
static int column_of(size_t thread, size_t c, numjac_queue *queue) {
    const job *all = queue->context;
    size_t n = all->function->n, m = all->function->m;
    double *work = all->work + thread * all->room;
    workspace own = {work, work + n, work + n + m};
    numjac_outcome *outcome = all->outcome + thread;
    int status = derivative(all, c, &own, outcome, queue, thread);
    if (status)
        outcome->column = c;
    return status;
}

/* Entries and slots are looked at before anything is written. */
static int check(const numjac_table *table, size_t n, size_t width) {
    for (size_t c = 0; c < table->count; c++)
        if (numjac_index(table->entry, c) >= n || numjac_index(table->slot, c) >= width)
            return NUMJAC_NO_ENTRY;
    return NUMJAC_OK;
}

void numjac_merge(size_t threads, numjac_outcome *outcome) {
    for (size_t thread = 1; thread < threads; thread++) {
        size_t nonfinite = outcome[0].nonfinite + outcome[thread].nonfinite;
        if (outcome[thread].column < outcome[0].column)
            outcome[0] = outcome[thread];
        outcome[0].nonfinite = nonfinite;
    }
}

/* Doubles for one thread, and a gap, so that no two threads write to the same line of a cache. */
static int room(size_t n, size_t m, size_t *size) {
    if (m > (SIZE_MAX - n) / 2 || n + 2 * m > SIZE_MAX - GAP)
        return NUMJAC_TOO_LARGE;
    *size = n + 2 * m + GAP;
    return NUMJAC_OK;
}

int numjac_columns_work(size_t n, size_t m, size_t threads, size_t *size) {
    if (room(n, m, size) || (threads && *size > SIZE_MAX / sizeof(double) / threads))
        return NUMJAC_TOO_LARGE;
    *size *= threads;
    return NUMJAC_OK;
}

int numjac_columns(const numjac_function *function, const numjac_table *table, const numjac_team *team, double *work,
                   size_t width, double *J, numjac_outcome *outcome) {
    size_t n = function->n, m = function->m, size;
    int status = numjac_columns_work(n, m, team->threads, &size);
    if (!status && m && width > SIZE_MAX / sizeof(double) / m)
        status = NUMJAC_TOO_LARGE;
    if (!status)
        status = check(table, n, width);
    if (status)
        return status;
    job all = {function, table, work, size / team->threads, J, outcome};
    for (size_t thread = 0; thread < team->threads; thread++) {
        outcome[thread] = (numjac_outcome){.column = SIZE_MAX};
        if (n)
            memcpy(work + thread * all.room, function->x, n * sizeof(double));
        numjac_blank(2 * m, work + thread * all.room + n); /* an output that f does not write stays NaN */
    }
    numjac_queue queue = {.team = team, .count = table->count, .item = column_of, .context = &all};
    status = numjac_share(&queue);
    numjac_merge(team->threads, outcome);
    return status;
}
