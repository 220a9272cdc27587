/* SPDX-License-Identifier: BSD-3-Clause
 * internal.h - what the kernels share among themselves; no part of the interface. */
#ifndef NUMJAC_INTERNAL_H
#define NUMJAC_INTERNAL_H

#include "numjac.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/* list[c], or c where there is no list. A negative index becomes a huge one, which every check refuses. */
static inline size_t numjac_index(const ptrdiff_t *list, size_t c) { return list ? (size_t)list[c] : c; }

/* Is the lower node of this quotient the point itself? */
static inline int numjac_at_point(const numjac_quotient *quotient) { return quotient->lower == 0.0; }

/* columns.c: column = (or += unless first) weight * (upper - lower) / width. Returns whether all of it is finite. */
int numjac_accumulate(size_t m, double weight, double width, const double *upper, const double *lower, int first,
                      double *column);

/* columns.c: what is not finite becomes NaN, for an infinite quotient is no slope. Returns how many there were. */
size_t numjac_settle(size_t m, double *column);

/* A loop that is compiled twice, for processors with vectors of 256 bits and for all others; which one runs is found
 * when the library is loaded. It has the same operations in the same order, none of them fused, so it has the same
 * bits. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && !defined(NUMJAC_SANITIZED)
#define NUMJAC_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define NUMJAC_WIDE
#endif

/* What one quotient adds to a derivative. */
static inline double numjac_term(double weight, double upper, double lower, double width) {
    return weight * ((upper - lower) / width);
}

/* The last bit of this is set if a number is not finite: all bits of its exponent are set then, and one more carries
 * over. In integers and without a branch, because that is what compilers turn into vectors. */
static inline uint64_t numjac_carry(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return (bits & (UINT64_C(0x7ff) << 52)) + (UINT64_C(1) << 52);
}

/* Outputs before f has written them. */
static inline void numjac_blank(size_t m, double *y) {
    if (m)
        memset(y, 0xff, m * sizeof *y); /* all ones are a NaN, and quickly written */
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

/* share.c: the first thread asks whether to go on. */
int numjac_ask(numjac_queue *queue);

/* Whether to stop; asked by each thread before it calls f. */
static inline int numjac_interrupted(numjac_queue *queue, size_t thread) {
    if (thread == 0 && queue->team->poll && --queue->left == 0)
        return numjac_ask(queue);
    return atomic_load_explicit(&queue->interrupted, memory_order_relaxed);
}

/* columns.c: one outcome out of those of all threads: the lowest column at fault, the sum of what was not finite. */
void numjac_merge(size_t threads, numjac_outcome *outcome);

#endif
