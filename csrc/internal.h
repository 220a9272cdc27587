/* SPDX-License-Identifier: BSD-3-Clause
 * internal.h - what the kernels share among themselves; no part of the interface. */
#ifndef NUMJAC_INTERNAL_H
#define NUMJAC_INTERNAL_H

#include "numjac.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>

/* list[c], or c where there is no list. A negative index becomes a huge one, which every check refuses. */
static inline size_t numjac_index(const ptrdiff_t *list, size_t c) { return list ? (size_t)list[c] : c; }

/* Is the lower node of this quotient the point itself? */
static inline int numjac_at_point(const numjac_quotient *quotient) { return quotient->lower == 0.0; }

/* columns.c: column = (or += unless first) weight * (upper - lower) / width. */
void numjac_accumulate(size_t m, double weight, double width, const double *upper, const double *lower, int first,
                       double *column);

/* columns.c: what is not finite becomes NaN, for an infinite quotient is no slope. Returns how many there were. */
size_t numjac_settle(size_t m, double *column);

/* y = f(x), what f returned; an output that f does not write is NaN if the function is guarded. */
static inline int numjac_evaluate(const numjac_function *function, const double *x, double *y) {
    if (function->guarded)
        for (size_t i = 0; i < function->m; i++)
            y[i] = NAN;
    return function->f(function->n, x, function->m, y, function->data);
}

/* share.c: items 0, ..., count - 1, each done once by item(thread, item, queue), which returns 0, or something else to
 * stop. The first four are the caller's, the rest belongs to share.c. */
typedef struct numjac_queue {
    const numjac_team *team;
    size_t count;
    int (*item)(size_t thread, size_t item, struct numjac_queue *queue);
    void *context;

    size_t chunk;
    atomic_size_t next, lowest; /* the next item to be handed out, and the lowest one that stopped */
    atomic_int interrupted;
    size_t left, every; /* evaluations until the first thread asks again, and from one time to the next */
    double asked, polled;
} numjac_queue;

/* NUMJAC_OK, NUMJAC_STOPPED or NUMJAC_INTERRUPTED. */
int numjac_share(numjac_queue *queue);

/* Whether to stop; asked by each thread before it calls f. */
int numjac_interrupted(numjac_queue *queue, size_t thread);

/* columns.c: one outcome out of those of all threads: the lowest column at fault, the sum of what was not finite. */
void numjac_merge(size_t threads, numjac_outcome *outcome);

#endif
